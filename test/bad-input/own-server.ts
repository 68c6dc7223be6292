import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findAccount } from '../../src/dev-server/account.ts';
import { type Binaries, findBinaries } from '../../src/dev-server/binaries.ts';
import { readPassword } from '../../src/dev-server/init-data.ts';
import { runProgram } from '../../src/dev-server/run-program.ts';
import { startServer } from '../../src/dev-server/start-server.ts';
import { usableBin } from '../../src/dev-server/usable-binaries.ts';
import type { TestServer } from '../support/cheap-server.ts';
import { endServer, makeRunFolder } from '../support/servers.ts';

// Away from the ports of the shared servers.
const FIRST_PORT = 25_500 + (process.pid % 400);
const REPLICA = 1_000;

export interface OwnServer extends TestServer {
  /** Starts it again as a hot standby of nobody: `standby.signal` alone makes one. */
  readonly becomeStandby: () => Promise<void>;
  /** Starts it again, and beside it a copy that streams from it and can be read. */
  readonly addReplica: () => Promise<TestServer>;
  /** Leaves nothing behind. */
  readonly end: () => Promise<void>;
}

export const findOwnBinaries = (): Binaries | undefined => findBinaries(18, [import.meta.dirname]);

/** A server that a test may fill up and restart. */
export async function startOwnServer(binaries: Binaries, maxConnections: number): Promise<OwnServer> {
  const folder = await makeRunFolder();
  const dataDir = path.join(folder, 'pg18');
  const account = findAccount();
  const bin = await usableBin(binaries, { account, stage: folder });
  const { port } = await startServer({ major: 18, bin, dataDir, account, port: FIRST_PORT, maxConnections, isDurable: false });
  const controlOf =
    (data: string) =>
    async (...args: readonly string[]): Promise<void> => {
      const all = [...args, '-D', data, '-w', '-s'];
      const { status, output } = await runProgram(path.join(bin, 'pg_ctl'), all, { account, leavesServer: true });
      if (status !== 0) throw new Error(output);
    };
  const control = controlOf(dataDir);
  const copyDir = path.join(folder, 'replica');
  const server = { major: 18, host: '127.0.0.1', port, user: 'postgres', password: readPassword(dataDir) };
  return {
    ...server,
    addReplica: async () => {
      await control('stop', '-m', 'fast');
      execFileSync('cp', ['-a', dataDir, copyDir]);
      writeFileSync(path.join(copyDir, 'standby.signal'), '');
      const { host, user, password } = server;
      const from = `primary_conninfo = 'host=${host} port=${port} user=${user} password=${password}'\nwal_receiver_status_interval = 1\n`;
      appendFileSync(path.join(copyDir, 'postgresql.auto.conf'), from);
      await control('start', '-o', `-p ${port} -c wal_level=replica -c max_wal_senders=4`, '-l', path.join(dataDir, 'server.log'));
      const own = { ...server, port: port + REPLICA };
      await controlOf(copyDir)('start', '-o', `-p ${own.port} -c wal_level=replica`, '-l', path.join(copyDir, 'server.log'));
      return own;
    },
    end: async () => {
      if (existsSync(copyDir)) await endServer(copyDir);
      await endServer(dataDir);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
    becomeStandby: async () => {
      await control('stop', '-m', 'fast');
      writeFileSync(path.join(dataDir, 'standby.signal'), '');
      await control('start', '-o', `-p ${port}`, '-l', path.join(dataDir, 'server.log'));
    },
  };
}
