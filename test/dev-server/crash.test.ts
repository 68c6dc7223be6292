import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findAccount } from '../../src/dev-server/account.ts';
import { type DevServer, findDevServer, resetDevServer, startDevServer, stopDevServer } from '../../src/dev-server/dev-server.ts';
import { makePreparedProject } from './prepared-project.ts';
import { connect, killGroup, makeBin, makeProject, newestBin, pidOf, query, spawnStart, until } from './scratch-project.ts';

const isLinux = process.platform === 'linux';

test('comes back after kill -9 of the server, with what was committed', async () => {
  const root = await makePreparedProject();
  const first = await startDevServer(root);
  await query(first, 'create table kept as select 1 as id');
  process.kill(pidOf(first), 'SIGKILL');
  const second = await startDevServer(root);
  expect(second.wasRunning).toBe(false);
  expect(await query(second, 'select id from kept')).toEqual([{ id: 1 }]);
});

test('waits for a backend that outlives its killed server', async () => {
  const root = await makePreparedProject();
  const server = await startDevServer(root);
  const client = await connect(server);
  const [row] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows;
  const backend = Number(row?.pid);
  // It computes, so it does not notice that its server is gone.
  const working = client.query('select count(*) from generate_series(1, 1e12) as n').catch(() => undefined);
  await until(
    'the query runs',
    async () => (await query(server, `select state from pg_stat_activity where pid = ${backend}`))[0]?.['state'] === 'active',
  );
  process.kill(pidOf(server), 'SIGKILL');
  const again = startDevServer(root);
  await until('a start has met the backend', () => fs.readFileSync(server.logFile, 'utf8').includes('is still in use'));
  process.kill(backend, 'SIGKILL');
  expect((await again).wasRunning).toBe(false);
  await working;
});

test.runIf(isLinux)('comes back while the killed server is a zombie', async () => {
  const root = await makePreparedProject();
  await startDevServer(root);
  await stopDevServer(root);
  const pid = await startUnderNegligentParent(root);
  process.kill(pid, 'SIGKILL');
  await until('it is a zombie', () => /\) Z/.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')));
  expect(await findDevServer(root)).toBeUndefined();
  expect(await stopDevServer(root)).toBe(false);
  expect((await startDevServer(root)).wasRunning).toBe(false);
  expect(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z/);
});

test('does not take an unrelated process for its server after a reboot', async () => {
  const root = await makePreparedProject();
  const server = await startDevServer(root);
  const leftover = await leavePidFile(root, server);
  const stranger = spawn('sleep', ['1000'], { stdio: 'ignore' });
  onTestFinished(() => void stranger.kill('SIGKILL'));
  fs.writeFileSync(path.join(server.dataDir, 'postmaster.pid'), leftover.replace(/^\d+/, String(stranger.pid)));
  expect(await findDevServer(root)).toBeUndefined();
  expect(await stopDevServer(root)).toBe(false);
  expect((await startDevServer(root)).wasRunning).toBe(false);
  expect(stranger.exitCode).toBeNull();
  expect(stranger.signalCode).toBeNull();
});

test('does not take another PostgreSQL for its server after a reboot', async () => {
  const [root, other] = [await makePreparedProject(), await makePreparedProject()];
  const server = await startDevServer(root);
  const leftover = await leavePidFile(root, server);
  const neighbour = await startDevServer(other);
  const lines = leftover.split('\n');
  lines[0] = String(pidOf(neighbour));
  lines[3] = String(neighbour.port);
  fs.writeFileSync(path.join(server.dataDir, 'postmaster.pid'), lines.join('\n'));
  expect(await findDevServer(root)).toBeUndefined();
  expect(await resetDevServer(root)).toBe(true);
  expect(await findDevServer(other)).toMatchObject({ port: neighbour.port });
});

test('starts beside an empty pid file', async () => {
  const root = await makePreparedProject();
  const { dataDir } = await startDevServer(root);
  await stopDevServer(root);
  fs.writeFileSync(path.join(dataDir, 'postmaster.pid'), '');
  expect((await startDevServer(root)).wasRunning).toBe(false);
});

test('clears away what a killed first start left', async () => {
  const root = await makeProject();
  const marker = path.join(path.dirname(root), 'halfway');
  const initdb = `while [ "$1" != -D ]; do shift; done; echo 18 > "$2/PG_VERSION"; mkdir "$2/base"; cp "$2/PG_VERSION" "${marker}" 2>/dev/null; exec sleep 1000`;
  const child = spawnStart(root, { EMBEDDED_PG_BIN: await makeBin(root, initdb) });
  await until('initdb is half done', () => leftovers(root).some((name) => fs.existsSync(path.join(root, '.lockstep', name, 'base'))));
  killGroup(child);
  await new Promise((resolve) => child.once('close', resolve));
  expect(leftovers(root)).toEqual([expect.stringMatching(/^pg18\.new-\w+$/), expect.stringMatching(/^pg18\.new-\w+\.password$/)]);
  const server = await startDevServer(root);
  expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(leftovers(root)).toEqual(['pg18']);
});

test('clears away what a killed reset left', async () => {
  const root = await makePreparedProject();
  const { dataDir } = await startDevServer(root);
  await stopDevServer(root);
  fs.renameSync(dataDir, `${dataDir}.old-1234`);
  await startDevServer(root);
  expect(leftovers(root)).toEqual(['pg18']);
});

function leftovers(root: string): readonly string[] {
  const folder = path.join(root, '.lockstep');
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
}

/** What a power cut leaves: a pid file without its server. */
async function leavePidFile(root: string, { dataDir }: DevServer): Promise<string> {
  const text = fs.readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8');
  await stopDevServer(root);
  return text;
}

/** The shell becomes a sleep, which never asks how its children ended. */
async function startUnderNegligentParent(root: string): Promise<number> {
  const dataDir = path.join(root, '.lockstep', 'pg18');
  const account = findAccount();
  const command = `"${path.join(await newestBin(root), 'postgres')}" -D "${dataDir}" -p 24950 >/dev/null 2>&1 & exec sleep 1000`;
  const parent = spawn('/bin/sh', ['-c', command], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    ...(account && { uid: account.uid, gid: account.gid }),
  });
  onTestFinished(() => killGroup(parent));
  await until('it is up', async () => Boolean(await findDevServer(root)));
  return pidOf({ dataDir });
}
