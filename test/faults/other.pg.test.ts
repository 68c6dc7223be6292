import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findAccount } from '../../src/dev-server/account.ts';
import { answerOf, asNewRole } from '../bad-input/answer.ts';
import { onEachServer, onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair, refusalOf, up } from '../support/project.ts';

// What strikes a run from the side, and is not a message of its connection. Full connections and standbys: test/bad-input/own-server.

const FIRST = pair('001_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;');
const SECOND = pair('002_u', 'CREATE TABLE u (id int);', 'DROP TABLE u;');

/** A file system of a few megabytes; undefined where nobody may mount one. */
function mountSmall(): string | undefined {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  const account = findAccount();
  if (account) chownSync(folder, account.uid, account.gid);
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

onServer('newest', 'a disk that is full', ({ freshDatabase }) => {
  test('rolls the migration back and says so, and the next run goes on when there is room', async ({ skip }) => {
    const database = await freshDatabase();
    const folder = mountSmall();
    if (!folder) return skip('nobody may mount a small file system here');
    const space = `small_${database.database}`;
    await database.query(`CREATE TABLESPACE ${space} LOCATION '${folder}'`);
    onTestFinished(async () => {
      await database.query('DROP TABLE IF EXISTS big');
      await database.query(`DROP TABLESPACE ${space}`);
    });
    const rows = (count: number) =>
      `CREATE TABLE big (v text) TABLESPACE ${space}; INSERT INTO big SELECT repeat(md5(i::text), 30) FROM generate_series(1, ${count}) i;`;
    const project = await createProject(database, {
      ...FIRST,
      ...pair('002_big', rows(20_000), 'DROP TABLE big;'),
      ...pair('003_u', 'CREATE TABLE u ();', 'DROP TABLE u;'),
    });
    const { exitCode, outcome } = await project.apply();
    expect(exitCode).toBe(1);
    expect(outcome?.failed?.failure).toMatchObject({ sqlstate: '53100', next: expect.stringContaining('free disk space on the server') });
    expect(await historyOf(database)).toEqual(['001_t']);
    expect((await project.status()).attempts).toMatchObject([{ name: '002_big', state: 'failed' }]);
    await project.write(pair('002_big', rows(10), 'DROP TABLE big;'));
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_t', '002_big', '003_u']);
  });
});

/** Sets something for a role of its own, under which the project then works. */
async function asRoleWith(database: TestDatabase, setting: string): Promise<TestDatabase> {
  const own = await asNewRole(database);
  await database.query(`GRANT ALL ON SCHEMA public TO ${own.user}; ALTER ROLE ${own.user} SET ${setting}`);
  return own;
}

onEachServer('settings that a role brings along', ({ freshDatabase }) => {
  test('a short idle_in_transaction_session_timeout does not strike between our own messages', async () => {
    const database = await freshDatabase();
    const own = await asRoleWith(database, "idle_in_transaction_session_timeout = '300ms'");
    const code = `export const up = async (knex) => { await knex.raw('CREATE TABLE c ()'); await new Promise((done) => setTimeout(done, 900)); await knex.raw('CREATE TABLE d ()'); };\nexport const down = async () => {};\n`;
    const project = await createProject(own, { ...FIRST, 'migrations/002_c.mjs': code });
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_t', '002_c']);
  });

  test('a statement_timeout fails the statement, keeps nothing, and says how to raise it', async () => {
    const database = await freshDatabase();
    const own = await asRoleWith(database, "statement_timeout = '400ms'");
    const project = await createProject(own, { ...FIRST, [up('002_slow')]: 'CREATE TABLE s ();\nSELECT pg_sleep(5);' });
    const { exitCode, outcome } = await project.apply();
    expect(exitCode).toBe(1);
    expect(outcome?.failed?.failure).toMatchObject({ sqlstate: '57014', next: expect.stringContaining('SET LOCAL statement_timeout') });
    expect(await historyOf(database)).toEqual(['001_t']);
    await project.write({ [up('002_slow')]: "SET LOCAL statement_timeout = '1min';\nCREATE TABLE s ();\nSELECT pg_sleep(0.6);" });
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('default_transaction_read_only is refused with the statement that lifts it', async () => {
    const database = await freshDatabase();
    const own = await asRoleWith(database, 'default_transaction_read_only = on');
    const project = await createProject(own, FIRST);
    const message = await refusalOf(project.apply());
    expect(message).toContain('SET default_transaction_read_only = off');
    await database.query(/ALTER ROLE [^;]*;/.exec(message)?.[0].replace('DATABASE_role', own.user) ?? '');
    expect((await project.apply()).exitCode).toBe(0);
  });
});

onEachServer('tables that somebody changed by hand', ({ freshDatabase }) => {
  const applied = async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...FIRST, ...SECOND });
    await project.apply();
    return { database, project };
  };

  test("a lock table with two rows, both locked, is nobody's lock", async () => {
    const { database, project } = await applied();
    await database.query('INSERT INTO schema_migrations_lock (is_locked) VALUES (1); UPDATE schema_migrations_lock SET is_locked = 1');
    await project.write(pair('003_v', 'CREATE TABLE v ();', 'DROP TABLE v;'));
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query('SELECT max(is_locked) AS locked FROM schema_migrations_lock')).toEqual([{ locked: 0 }]);
  });

  test('a journal that was dropped is made again, and history goes on', async () => {
    const { database, project } = await applied();
    await database.query('DROP TABLE schema_migrations_journal');
    await project.write(pair('003_v', 'CREATE TABLE v ();', 'DROP TABLE v;'));
    expect((await project.status()).applied.map(({ name }) => name)).toEqual(['001_t', '002_u']);
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_t', '002_u']);
  });

  test('a history row that was deleted stops the run, which would do it twice, and repair brings it back', async () => {
    const { database, project } = await applied();
    await database.query("DELETE FROM schema_migrations WHERE name = '002_u'");
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatch(/^exit 3\n002_u was applied, and its row of history was deleted by hand; to apply it again would do it twice/);
    expect((await project.status()).drifts).toMatchObject([{ kind: 'unrecorded', stops: true }]);
    expect((await project.repair({ consents: [{ kind: 'reinsert', name: '002_u' }] })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_t', '002_u']);
  });

  test('a history row that was renamed stops the run, with the way back', async () => {
    const { database, project } = await applied();
    await database.query("UPDATE schema_migrations SET name = '002_other' WHERE name = '002_u'");
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatch(/^exit 3\n[\s\S]*002_other is applied, and its files are gone: they were renamed to 002_u\n/);
    await database.query("UPDATE schema_migrations SET name = '002_u' WHERE name = '002_other'");
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a clock that jumps back changes neither order nor what is rolled back', async () => {
    const { database, project } = await applied();
    await database.query("UPDATE schema_migrations SET migration_time = now() + interval '10 years' WHERE name = '001_t'");
    await project.write(pair('003_v', 'CREATE TABLE v ();', 'DROP TABLE v;'));
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.rollback()).outcome?.done.map(({ name }) => name)).toEqual(['003_v']);
    expect((await project.rollback()).outcome?.done.map(({ name }) => name)).toEqual(['002_u']);
    expect(await historyOf(database)).toEqual(['001_t']);
  });
});
