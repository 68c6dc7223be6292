import { spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { findAccount } from '../../src/dev-server/account.ts';
import type { TestDatabase } from '../support/database.ts';
import { until } from '../support/wait.ts';

/** The program, where it is installed. Debian puts it outside the PATH of ordinary users. */
export function findPgBouncer(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin'];
  return folders.map((folder) => path.join(folder, 'pgbouncer')).find((program) => existsSync(program));
}

/** Two doors to one database, by name: `transaction` and `session`. @returns the port */
export async function startPgBouncer(database: TestDatabase): Promise<number> {
  const account = findAccount();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-pgbouncer-'));
  const port = await freePort();
  const target = `host=${database.host} port=${database.port} dbname=${database.database} user=${database.user} password=${database.password}`;
  const file = path.join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
transaction = ${target} pool_mode=transaction
session = ${target} pool_mode=session
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
`,
  );
  // It does not run as root.
  if (account) {
    chmodSync(folder, 0o755);
    for (const it of [folder, file]) chownSync(it, account.uid, account.gid);
  }
  const bouncer = spawn(findPgBouncer() ?? 'pgbouncer', [file], {
    stdio: 'ignore',
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  onTestFinished(() => {
    bouncer.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await until('PgBouncer to answer', async () => {
    if (bouncer.exitCode !== null) throw new Error(`pgbouncer ended with ${bouncer.exitCode}`);
    const client = new pg.Client({ host: '127.0.0.1', port, user: database.user, database: 'session' });
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    );
  });
  return port;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
