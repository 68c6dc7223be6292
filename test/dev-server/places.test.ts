import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findAccount } from '../../src/dev-server/account.ts';
import { placesOf } from '../../src/dev-server/data-places.ts';
import { findDevServer, startDevServer, stopDevServer } from '../../src/dev-server/dev-server.ts';
import { makePreparedProject } from './prepared-project.ts';
import { isRoot, makeProject, newestBinaries, pidOf, query, removeAtEnd, resultOf, spawnStart } from './scratch-project.ts';

test('keeps its data in the project', async () => {
  const root = await makeProject();
  const { dataDir, logFile } = await startDevServer(root);
  expect(dataDir).toBe(path.join(root, '.lockstep/pg18'));
  expect(logFile).toBe(path.join(dataDir, 'server.log'));
});

test.runIf(isRoot)('keeps the data of a project in a private home outside of it', async () => {
  const root = await makeProject('project', 0o700);
  const server = await startDevServer(root);
  expect(server.dataDir).toBe(path.join(placesOf(root).fallback, 'pg18'));
  expect(server.dataDir).toMatch(/^\/var\/lib\/lockstep\/[0-9a-f]{12}\/pg18$/);
  expect(await findDevServer(root)).toEqual({ ...server, wasRunning: true });
  expect(await stopDevServer(root)).toBe(true);
});

test.runIf(isRoot)('runs a copy of binaries that are in a private home', async () => {
  const root = await makeProject('project', 0o700);
  copyPackage(root);
  const server = await startDevServer(root, [root]);
  expect(fs.readdirSync(placesOf(root).fallback).sort()).toEqual(['native-18', 'pg18']);
  expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('works in a folder whose name a shell would misread', async () => {
  const root = await makeProject('it\'s "my" $HOME `x` ü');
  const server = await startDevServer(root);
  expect(await findDevServer(root)).toEqual({ ...server, wasRunning: true });
  expect(server.dataDir).toBe(path.join(placesOf(root).fallback, 'pg18'));
});

test.runIf(isRoot)('works for a project on a read-only disk, with a package that lacks its links', async ({ skip }) => {
  const root = await makeProject();
  copyPackage(root);
  skip(!mount(root, 'ro'), 'mounting is not allowed here');
  const server = await startDevServer(root, [root]);
  expect(server.dataDir).toBe(path.join(placesOf(root).fallback, 'pg18'));
  expect(await startDevServer(root, [root])).toEqual({ ...server, wasRunning: true });
});

test.runIf(isRoot)('works for a project on a disk without execution', async ({ skip }) => {
  const root = await makeProject();
  copyPackage(root);
  skip(!mount(root, 'noexec'), 'mounting is not allowed here');
  const server = await startDevServer(root, [root]);
  expect(fs.readdirSync(placesOf(root).fallback)).toContain('native-18');
  expect(await startDevServer(root, [root])).toEqual({ ...server, wasRunning: true });
});

test.runIf(isRoot)('uses the data folder of a user who may not write into the project', async () => {
  const [root, home] = [await makeProject(), await makeProject('home')];
  const nobody = findAccount();
  expect(nobody).toBeDefined();
  fs.chownSync(home, nobody?.uid ?? 0, nobody?.gid ?? 0);
  const start = () => resultOf(spawnStart(root, { XDG_DATA_HOME: home, HOME: home, TMPDIR: home }, nobody));
  const first = await start();
  onTestFinished(() => void process.kill(pidOf(first), 'SIGQUIT'));
  expect(first.dataDir).toBe(path.join(home, 'lockstep', path.basename(placesOf(root).fallback), 'pg18'));
  expect(await start()).toEqual({ ...first, wasRunning: true });
});

test.runIf(isRoot)('refuses when neither place can hold its data', async () => {
  const [root, home] = [await makeProject(), await makeProject('home')];
  const nobody = findAccount();
  const attempt = resultOf(spawnStart(root, { XDG_DATA_HOME: home, HOME: home, TMPDIR: '/tmp' }, nobody));
  await expect(attempt).rejects.toThrow(
    `neither ${root}/.lockstep nor ${home}/lockstep/${path.basename(placesOf(root).fallback)} can be written`,
  );
});

test.runIf(isRoot)('tells another account whose server it is', async () => {
  const [root, home] = [await makeProject(), await makeProject('home')];
  await startDevServer(root);
  const stranger = { name: 'stranger', uid: 54_321, gid: 54_321 };
  fs.chownSync(home, stranger.uid, stranger.gid);
  const owner = findAccount()?.name;
  await expect(resultOf(spawnStart(root, { HOME: home, TMPDIR: home }, stranger))).rejects.toThrow(
    `The development server's data folder belongs to another account (${owner})`,
  );
});

test('does not take the server of the original for that of a copied project', async () => {
  const root = await makePreparedProject();
  const original = await startDevServer(root);
  await query(original, 'create table kept as select 1 as id');
  await query(original, 'checkpoint');
  const copy = `${root}-copy`;
  fs.cpSync(root, copy, { recursive: true });
  removeAtEnd(copy);
  expect(fs.existsSync(path.join(copy, '.lockstep/pg18/postmaster.pid'))).toBe(true);
  expect(await findDevServer(copy)).toBeUndefined();
  expect(await stopDevServer(copy)).toBe(false);
  const copied = await startDevServer(copy);
  expect(copied.port).not.toBe(original.port);
  expect(await query(copied, 'select id from kept')).toEqual([{ id: 1 }]);
  expect(await findDevServer(root)).toEqual({ ...original, wasRunning: true });
});

test('starts in a project that was moved', async () => {
  const root = await makePreparedProject();
  await query(await startDevServer(root), 'create table kept as select 1 as id');
  await stopDevServer(root);
  const moved = `${root}-moved`;
  fs.renameSync(root, moved);
  removeAtEnd(moved);
  expect(await query(await startDevServer(moved), 'select id from kept')).toEqual([{ id: 1 }]);
});

test.runIf(process.platform === 'linux')('finds and stops its server in a project that was moved meanwhile', async () => {
  const root = await makePreparedProject();
  const before = await startDevServer(root);
  const moved = `${root}-moved`;
  fs.renameSync(root, moved);
  removeAtEnd(moved);
  expect(await startDevServer(moved)).toMatchObject({ port: before.port, wasRunning: true });
  expect(await stopDevServer(moved)).toBe(true);
});

/** As npm leaves it when install scripts are denied: without links. */
function copyPackage(root: string): void {
  const source = path.dirname(newestBinaries().native ?? '');
  const target = path.join(root, 'node_modules', `pg18-${process.platform}-${process.arch}`);
  fs.cpSync(source, target, { recursive: true, filter: (file) => !fs.lstatSync(file).isSymbolicLink() });
}

function mount(folder: string, option: string): boolean {
  if (spawnSync('mount', ['--bind', folder, folder]).status !== 0) return false;
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return spawnSync('mount', ['-o', `remount,bind,${option}`, folder]).status === 0;
}
