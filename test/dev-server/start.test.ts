import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { findDevServer, resetDevServer, startDevServer, stopDevServer } from '../../src/dev-server/dev-server.ts';
import { makePreparedProject } from './prepared-project.ts';
import { makeProject, newestBinaries, pidOf, query, resultOf, spawnStart } from './scratch-project.ts';

test('starts on first use and outlives the command that started it', async () => {
  const root = await makeProject();
  expect(await findDevServer(root)).toBeUndefined();
  const started = await resultOf(spawnStart(root));
  expect(started).toMatchObject({ host: '127.0.0.1', user: 'postgres', major: 18, wasRunning: false });
  expect(await query(started, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('finds the server of an earlier command', async () => {
  const root = await makePreparedProject();
  const first = await startDevServer(root);
  const second = await startDevServer(root);
  expect(second).toEqual({ ...first, wasRunning: true });
  expect(await findDevServer(root)).toEqual(second);
});

test('keeps the data and the port over a stop and a start', async () => {
  const root = await makePreparedProject();
  const first = await startDevServer(root);
  await query(first, 'create table kept as select 42 as answer');
  expect(await stopDevServer(root)).toBe(true);
  expect(await findDevServer(root)).toBeUndefined();
  const second = await startDevServer(root);
  expect(second).toEqual(first);
  expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('stops nothing where nothing runs', async () => {
  const root = await makeProject();
  expect(await stopDevServer(root)).toBe(false);
  await startDevServer(root);
  await stopDevServer(root);
  expect(await stopDevServer(root)).toBe(false);
});

test('starts empty after a reset, with another password', async () => {
  const root = await makeProject();
  expect(await resetDevServer(root)).toBe(false);
  const first = await startDevServer(root);
  await query(first, 'create table gone ()');
  expect(await resetDevServer(root)).toBe(true);
  expect(fs.readdirSync(path.join(root, '.lockstep'))).toEqual([]);
  const second = await startDevServer(root);
  expect(await query(second, "select to_regclass('gone') as gone")).toEqual([{ gone: null }]);
  expect(second.password).not.toBe(first.password);
});

test('is durable, private and the same on every system', async () => {
  const server = await startDevServer(await makeProject());
  const settings = await query(
    server,
    `
    select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories',
      'max_connections', 'TimeZone', 'password_encryption', 'server_encoding') order by name`,
  );
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '127.0.0.1',
    max_connections: '100',
    password_encryption: 'scram-sha-256',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
    TimeZone: 'UTC',
    unix_socket_directories: '',
  });
  expect(await query(server, "select lower('ÉÄ') as low")).toEqual([{ low: 'éä' }]);
});

test('keeps its password from other accounts and asks for it', async () => {
  const server = await startDevServer(await makeProject());
  const file = path.join(server.dataDir, 'lockstep.password');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.statSync(server.dataDir).mode & 0o777).toBe(0o700);
  expect(fs.readFileSync(file, 'utf8')).toBe(server.password);
  const { host, port, user } = server;
  const stranger = new pg.Client({ host, port, user, password: 'guess', database: 'postgres' });
  await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
});

test('makes the links that denied install scripts left out', async () => {
  const root = await makeProject();
  const original = newestBinaries().native;
  const packageFolder = path.join(root, 'node_modules', `pg18-${process.platform}-${process.arch}`);
  fs.cpSync(path.join(original ?? '', '..'), packageFolder, {
    recursive: true,
    filter: (source) => !fs.lstatSync(source).isSymbolicLink(),
  });
  await startDevServer(root, [root]);
  expect(fs.lstatSync(path.join(packageFolder, 'native/lib/libpq.so.5')).isSymbolicLink()).toBe(true);
});

test('takes the next port when its own is taken, and its own again later', async () => {
  const root = await makePreparedProject();
  const { port: own } = await startDevServer(root);
  await stopDevServer(root);
  const release = await occupy(own);
  const { port: other } = await startDevServer(root);
  expect(other).not.toBe(own);
  await stopDevServer(root);
  await release();
  expect((await startDevServer(root)).port).toBe(own);
});

test('has one server for eight first starts at once', async () => {
  const root = await makeProject();
  const servers = await Promise.all(Array.from({ length: 8 }, () => resultOf(spawnStart(root))));
  const [first] = servers;
  expect(new Set(servers.map(({ port, password, dataDir }) => `${port} ${password} ${dataDir}`)).size).toBe(1);
  expect(servers.filter(({ wasRunning }) => !wasRunning)).toHaveLength(1);
  expect(fs.readdirSync(path.join(root, '.lockstep'))).toEqual(['pg18']);
  expect(first && pidOf(first)).toBeGreaterThan(0);
});

async function occupy(port: number): Promise<() => Promise<void>> {
  const { createServer } = await import('node:net');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return () => new Promise((resolve) => server.close(() => resolve()));
}
