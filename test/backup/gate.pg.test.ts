import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { onOldestAndNewest, onServer } from '../support/database.ts';
import { historyOf, isThere, pair, refusalOf, steady } from '../support/project.ts';
import { createBackupProject, DROP, DUMPABLE, fakeDump, REAL, rowsOf } from './backup-project.ts';

onServer(DUMPABLE, 'the backup gate with a pg_dump', ({ freshDatabase }) => {
  test('takes a dump, reads every block back, counts its rows, and then lets the run go on', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' }, DROP);
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(0);
    expect(await isThere(database, 'users')).toBe(false);
    const [backup] = project.backups();
    expect(backup?.manifest).toMatchObject({
      method: 'pg_dump',
      scope: 'database',
      environment: 'test',
      server: { major: 15 },
      database: { name: database.database, encoding: 'UTF8' },
      proof: { kind: 'read' },
    });
    expect(rowsOf(backup?.manifest ?? { tables: [] })).toEqual({ users: 1000, orders: 500, events_25: 213, events_26: 187 });
    expect(backup?.manifest.lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    expect(screen).toContain('Restore: npm run migrate:restore -- .lockstep/backups/');
    const modes = [
      backup?.folder ?? '',
      path.join(backup?.folder ?? '', 'database.dump'),
      path.join(backup?.folder ?? '', 'manifest.json'),
    ];
    expect(modes.map((file) => statSync(file).mode & 0o777)).toEqual([0o700, 0o600, 0o600]);
    const [journal] = await database.query(
      "select details -> 'backup' as backup from schema_migrations_journal where event = 'run-started' order by id desc limit 1",
    );
    expect(journal?.['backup']).toMatchObject({ method: 'pg_dump', sha256: backup?.manifest.file.sha256, proof: 'read' });
  });

  test('shows pg_dump no password where other users of the machine could read it', async () => {
    const database = await freshDatabase();
    const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-fake-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const pgDump = fakeDump(root, `echo "$@" > "$0.arguments"; exec ${REAL}/pg_dump "$@"`);
    const project = await createBackupProject(database, { method: 'auto', pgDump }, DROP);
    const { screen } = await project.apply();
    const traces = [
      screen,
      readFileSync(`${pgDump}.arguments`, 'utf8'),
      readFileSync(path.join(project.backups()[0]?.folder ?? '', 'manifest.json'), 'utf8'),
    ];
    expect(traces[1]).toMatch(/^--format=custom --verbose --snapshot=\S+ --lock-wait-timeout=60000\n$/);
    expect(traces.join()).not.toContain(database.password);
  });

  test('streams to a command, and reads along what it is given', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto', command: 'cat > "taken-$LOCKSTEP_BACKUP"' }, DROP);
    const there = process.cwd();
    process.chdir(project.root);
    onTestFinished(() => process.chdir(there));
    expect((await project.apply()).exitCode).toBe(0);
    const [backup] = project.backups();
    const [taken = ''] = readdirSync(project.root).filter((name) => name.startsWith('taken-'));
    expect(
      createHash('sha256')
        .update(readFileSync(path.join(project.root, taken)))
        .digest('hex'),
    ).toBe(backup?.manifest.file.sha256);
    expect(rowsOf(backup?.manifest ?? { tables: [] })).toMatchObject({ users: 1000 });
    expect(readdirSync(backup?.folder ?? '')).toEqual(['manifest.json']);
    const into = `${database.database}_back`;
    expect(await refusalOf(project.restore({ file: backup?.folder ?? '', into }))).toContain('Next: fetch it to');
  });

  test('refuses when the command that takes the backup fails', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(
      database,
      { method: 'auto', command: 'cat > /dev/null; echo no such bucket >&2; exit 7' },
      DROP,
    );
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "The backup command failed (exit 7): no such bucket; nothing was changed
        Next: run the command of backup.command in knexfile.ts by hand, with any file on its standard input"
    `);
    expect(await historyOf(database)).toEqual(['001_shop']);
    expect(project.names()).toEqual([]);
  });
});

onServer(18, 'the backup gate without a pg_dump for the server', ({ freshDatabase }) => {
  test('copies the tables that the plan touches and those that point to them, and says what that is not', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' }, DROP);
    const { exitCode, screen } = await project.apply();
    expect(exitCode).toBe(0);
    const [backup] = project.backups();
    expect(backup?.manifest).toMatchObject({ method: 'copy', scope: 'some tables', server: { major: 18 } });
    expect(rowsOf(backup?.manifest ?? { tables: [] })).toEqual({ users: 1000, orders: 500 });
    expect(steady(screen)).toContain(
      'it brings back tables that are gone, and the rows of those that stay beside them (--into a new database)',
    );
  });

  test.each([
    ['what it renames before it drops it', 'ALTER TABLE users RENAME TO old; DROP TABLE old CASCADE;', { users: 1000, orders: 500 }],
    ['what a search path of its own leads to', 'SET search_path TO deep; DELETE FROM a;', { a: 1, b: 1, c: 1 }],
    ['what DELETE hands on', 'DELETE FROM deep.a;', { a: 1, b: 1, c: 1 }],
    ['what TRUNCATE empties along the chain', 'TRUNCATE users CASCADE;', { users: 1000, orders: 500, lines: 1 }],
    ['those whose type loses an attribute', 'ALTER TYPE place DROP ATTRIBUTE zip;', { homes: 1 }],
    ['what lies behind a view', 'DELETE FROM deep.seen;', { a: 1, b: 1, c: 1 }],
    ['what loses a column with a schema', 'DROP SCHEMA words CASCADE;', { letters: 1 }],
    ['what loses a column with a table', 'DROP TABLE homes CASCADE;', { homes: 1, albums: 1 }],
  ])('copies %s', async (_, sql, rows) => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'copy' }, pair('002_x', sql, 'SELECT 1;'));
    await database.query(`CREATE SCHEMA deep; CREATE TABLE deep.a (id int PRIMARY KEY); CREATE TABLE deep.b (id int PRIMARY KEY REFERENCES deep.a ON DELETE CASCADE);
      CREATE TABLE deep.c (id int REFERENCES deep.b ON DELETE CASCADE); CREATE TYPE place AS (zip text); CREATE TABLE homes (at place); CREATE TABLE lines (id int REFERENCES orders);
      CREATE VIEW deep.seen AS SELECT * FROM deep.a; CREATE SCHEMA words; CREATE TYPE words.state AS ENUM ('new'); CREATE TABLE letters (state words.state); CREATE TABLE albums (home homes);
      INSERT INTO letters VALUES ('new'); INSERT INTO albums VALUES (NULL);
      INSERT INTO deep.a VALUES (1); INSERT INTO deep.b VALUES (1); INSERT INTO deep.c VALUES (1); INSERT INTO homes VALUES (row('z')); INSERT INTO lines VALUES (1);`);
    expect((await project.apply()).exitCode).toBe(0);
    expect(rowsOf(project.backups()[0]?.manifest ?? { tables: [] })).toMatchObject(rows);
  });

  test("refuses under 'pg_dump', naming both versions and the remedies", async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'pg_dump' }, DROP);
    const said = await refusalOf(project.apply());
    expect(said.replace(/pg_dump is .*?, and an older|no pg_dump was found/, 'pg_dump is FOUND, and an older')).toMatchInlineSnapshot(`
      "The server is PostgreSQL VERSION; pg_dump is FOUND, and an older pg_dump refuses a newer server; nothing was changed
        Next: apt-get install postgresql-client-18   (from apt.postgresql.org where the distribution has none)
              or point PG_DUMP at a pg_dump 18 or newer
              or in knexfile.ts: backup: 'copy'   saves the tables that the plan touches, which is no database backup
              or in knexfile.ts: backup: { external: 'snapshot id' }   records the snapshot that you took elsewhere"
    `);
    expect(await historyOf(database)).toEqual(['001_shop']);
  });

  test('copies all tables for a DO block, whose doings nobody sees', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(
      database,
      { method: 'auto' },
      pair('002_do', 'DO $$ BEGIN DELETE FROM events; END $$;', 'SELECT 1;'),
    );
    await project.apply();
    expect(rowsOf(project.backups()[0]?.manifest ?? { tables: [] })).toEqual({
      users: 1000,
      orders: 500,
      events_25: 213,
      events_26: 187,
    });
  });

  test('copies nothing for a plan that takes nothing, and says so', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(
      database,
      { method: 'auto' },
      pair('002_add', 'ALTER TABLE users ADD COLUMN x int; CREATE INDEX ON users (x);', 'ALTER TABLE users DROP COLUMN x;'),
    );
    const { screen } = await project.apply();
    expect(screen).toContain('Note: no backup is needed: the plan takes no row and no value from a table that is there');
    expect(project.names()).toEqual([]);
    await project.rollback();
    expect(rowsOf(project.backups()[0]?.manifest ?? { tables: [] })).toEqual({ users: 1000, orders: 500 });
  });
});

onOldestAndNewest('the backup gate', ({ freshDatabase }) => {
  test('lets an empty database pass, and says so', async () => {
    const { firstScreen, names } = await createBackupProject(await freshDatabase(), { method: 'auto' });
    expect(firstScreen).toContain('Note: no backup is needed: the database holds no table yet');
    expect(names()).toEqual([]);
  });

  test("records the operator's statement, and wants it named", async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { external: 'snap-0123' }, DROP);
    await project.apply({ to: '001' });
    expect((await project.status()).applied).toHaveLength(1);
    const unnamed = await createBackupProject(database, { method: 'external' }, DROP);
    expect(await refusalOf(unnamed.apply())).toContain("Next: in knexfile.ts: backup: { external: 'snapshot id' }");
    expect((await project.apply()).screen).toContain('the operator states that snapshot "snap-0123" is one');
    const rows = await database.query(
      "select details -> 'backup' as backup from schema_migrations_journal where event = 'run-started' order by id desc limit 1",
    );
    expect(rows[0]?.['backup']).toEqual({ method: 'external', external: 'snap-0123' });
  });

  test('shows the newest backup in status', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' }, DROP);
    await project.backUp();
    await project.apply();
    const { backups } = await project.status();
    expect(backups.map(({ proof }) => proof)).toEqual(['read', 'read']);
    expect(backups[0]?.folder).toBe(project.backups().at(-1)?.folder);
  });
});
