import { expect, test } from 'vitest';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, down, pair, type TestProject, type Tree, up } from '../support/project.ts';
import { ACTIVE, again, applied, definitionOf, rowsOf, statesOf, USERS } from './steps.ts';

onOldestAndNewest('repeatable files', ({ freshDatabase }) => {
  const start = async (tree: Tree): Promise<{ readonly project: TestProject; readonly database: TestDatabase }> => {
    const database = await freshDatabase();
    return { database, project: await createProject(database, { ...USERS, ...tree }) };
  };

  test('run behind the migrations, are recorded, and rest while they read the same', async () => {
    const { project, database } = await start({ [again('active_users')]: ACTIVE });
    expect(await statesOf(project)).toEqual(['repeatable/active_users new']);
    expect((await project.dryRun('up')).steps.map(({ migration }) => migration.name)).toEqual(['001_users', 'repeatable/active_users']);
    expect(await applied(project)).toMatchInlineSnapshot(`
      "test: there
      Plan: apply 1 migration and 1 repeatable file
        001_users
        repeatable/active_users   (new)
      1/2 001_users
      1/2 001_users applied in N ms
      2/2 repeatable/active_users
      2/2 repeatable/active_users applied in N ms
      Applied 1 migration and 1 repeatable file in N ms (test)
      journal: 4 events, head H
      "
    `);
    expect(await rowsOf(database)).toEqual([
      { name: '001_users', batch: 1 },
      { name: 'repeatable/active_users', batch: null },
    ]);
    expect(await statesOf(project)).toEqual(['repeatable/active_users applied']);
    expect(await applied(project)).toMatchInlineSnapshot(`
      "test: there
      "
    `);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('run again when their text changes', async () => {
    const { project, database } = await start({ [again('active_users')]: ACTIVE });
    await applied(project);
    await project.write({ [again('active_users')]: ACTIVE.replace('WHERE active', 'WHERE active AND id > 0') });
    expect(await statesOf(project)).toEqual(['repeatable/active_users changed']);
    expect(await applied(project)).toMatchInlineSnapshot(`
      "test: there
      Plan: apply 1 repeatable file
        repeatable/active_users   (changed)
      1/1 repeatable/active_users
      1/1 repeatable/active_users applied in N ms
      Applied 1 repeatable file in N ms (test)
      journal: 7 events, head H
      "
    `);
    expect(await definitionOf(database, 'active_users')).toContain('id > 0');
    expect((await project.audit()).findings).toEqual([]);
  });

  test('run in the order of what they need, whatever they are called', async () => {
    const { project, database } = await start({
      [again('a_report')]: 'CREATE OR REPLACE VIEW report AS SELECT label(name) AS label FROM "Zed";',
      [again('views/b')]: 'CREATE OR REPLACE VIEW "Zed" AS SELECT * FROM active_users;',
      [again('views/z')]: ACTIVE,
      [again('y_label')]:
        'CREATE OR REPLACE FUNCTION label(t text) RETURNS text LANGUAGE sql AS $$ SELECT upper(t) || (SELECT count(*) FROM active_users) $$;',
      [again('x_trigger')]: 'CREATE OR REPLACE TRIGGER t BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch();',
      [again('z_touch')]:
        'CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM * FROM report; RETURN NEW; END $$;',
      [again('b_grant')]: 'GRANT SELECT ON report TO PUBLIC;',
    });
    await applied(project);
    const order = await database.query(
      "SELECT name FROM schema_migrations_journal WHERE event = 'step-done' AND name LIKE 'repeat%' ORDER BY id",
    );
    expect(order.map(({ name }) => name)).toEqual([
      'repeatable/views/z',
      'repeatable/views/b',
      'repeatable/y_label',
      'repeatable/a_report',
      'repeatable/z_touch',
      'repeatable/x_trigger',
      'repeatable/b_grant',
    ]);
  });

  test('are all kept, or none', async () => {
    const { project, database } = await start({
      [again('a')]: ACTIVE,
      [again('b')]: 'SELECT 1;\nCREATE VIEW b AS SELECT nothing FROM users;',
    });
    const { exitCode, screen, outcome } = await project.apply();
    expect(exitCode).toBe(1);
    expect(outcome?.failed?.failure.where).toMatchObject({ file: 'db/repeatable/b.sql', line: 2, column: 25 });
    expect(screen).toContain('repeatable/b failed');
    expect(await rowsOf(database)).toEqual([{ name: '001_users', batch: 1 }]);
    expect(await definitionOf(database, 'active_users')).toBeNull();
    const { attempts } = await project.status();
    expect(attempts.map(({ name, state }) => `${name} ${state}`)).toEqual(['repeatable/b failed']);
    await project.write({ [again('b')]: 'CREATE VIEW b AS SELECT name FROM users;' });
    await applied(project);
    expect((await project.status()).attempts).toEqual([]);
  });

  test('bring back what a migration had to drop', async () => {
    const { project, database } = await start({
      [again('active_users')]: ACTIVE,
      [again('b')]: 'CREATE OR REPLACE VIEW b AS SELECT * FROM active_users;',
    });
    await applied(project);
    await project.write(pair('002_rename', 'DROP VIEW active_users CASCADE; ALTER TABLE users ALTER name TYPE varchar(50);', 'SELECT 1;'));
    await applied(project);
    expect(await definitionOf(database, 'b')).toContain('active_users');
    expect(await statesOf(project)).toEqual(['repeatable/active_users applied', 'repeatable/b applied']);
  });

  test('come back when somebody dropped them by hand', async () => {
    const { project, database } = await start({ [again('active_users')]: ACTIVE });
    await applied(project);
    await database.query('DROP VIEW active_users');
    expect(await statesOf(project)).toEqual(['repeatable/active_users lost']);
    await applied(project);
    expect(await definitionOf(database, 'active_users')).toContain('users');
  });

  test('take along what depends on one that drops first', async () => {
    const { project, database } = await start({
      [again('z')]: 'DROP VIEW IF EXISTS z CASCADE; CREATE VIEW z AS SELECT id FROM users;',
      [again('a')]: 'CREATE OR REPLACE VIEW a AS SELECT id FROM z;',
    });
    await applied(project);
    await project.write({ [again('z')]: 'DROP VIEW IF EXISTS z CASCADE; CREATE VIEW z AS SELECT id, name FROM users;' });
    await applied(project);
    expect(await definitionOf(database, 'a')).toContain('z');
  });

  test('are asked to be dropped when their file is deleted, and forgotten when that is done', async () => {
    const { project, database } = await start({ [again('active_users')]: ACTIVE });
    await applied(project);
    project.remove(again('active_users'));
    expect(await applied(project)).toMatchInlineSnapshot(`
      "test: there
      Note: the file of repeatable/active_users was deleted, and what it made is still there: view public.active_users
        Next: npm run migrate:make -- drop_active_users   and write into it: DROP VIEW public.active_users;
      "
    `);
    expect(await statesOf(project)).toEqual(['repeatable/active_users deleted']);
    await project.write(pair('002_drop', 'DROP VIEW active_users;', ACTIVE));
    await applied(project);
    expect(await statesOf(project)).toEqual([]);
    expect(await rowsOf(database)).toEqual([
      { name: '001_users', batch: 1 },
      { name: '002_drop', batch: 2 },
    ]);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('read as before when a release is rolled back', async () => {
    const { project, database } = await start({ [again('active_users')]: ACTIVE });
    await applied(project);
    const wide = 'CREATE OR REPLACE VIEW active_users AS SELECT id, name, mail FROM users WHERE active;';
    await project.write({
      ...pair('002_mail', 'ALTER TABLE users ADD mail text;', 'DROP VIEW active_users; ALTER TABLE users DROP mail;'),
      [again('active_users')]: wide,
      [again('later')]: 'CREATE OR REPLACE FUNCTION later() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;',
    });
    await applied(project);
    expect(await definitionOf(database, 'active_users')).toContain('mail');
    const back = await project.rollback();
    expect(back.screen).not.toContain('Failed');
    expect(await definitionOf(database, 'active_users')).not.toContain('mail');
    expect(await statesOf(project)).toEqual(['repeatable/active_users changed', 'repeatable/later applied']);
    expect((await project.audit()).findings).toEqual([]);
    await applied(project);
    expect(await definitionOf(database, 'active_users')).toContain('mail');
  });

  test('read as before although CREATE OR REPLACE cannot take a column away', async () => {
    const { project, database } = await start({
      [again('active_users')]: ACTIVE,
      [again('b')]: 'CREATE OR REPLACE VIEW b AS SELECT id FROM active_users;',
    });
    await applied(project);
    await project.write({
      ...pair('002_more', 'SELECT 1;', 'SELECT 1;'),
      [again('active_users')]: 'CREATE OR REPLACE VIEW active_users AS SELECT id, name, active FROM users;',
    });
    await applied(project);
    const back = await project.rollback();
    expect(back.exitCode).toBe(0);
    expect(back.screen).toContain(
      'Note: b, active_users had to be dropped and made again; what was granted on them outside of these files is gone',
    );
    expect(await definitionOf(database, 'active_users')).toMatch(/WHERE (users\.)?active/);
    expect(await definitionOf(database, 'b')).toContain('active_users');
    expect((await project.audit()).findings).toEqual([]);
  });

  test('say what to write where CREATE OR REPLACE cannot', async () => {
    const { project } = await start({ [again('active_users')]: ACTIVE });
    await applied(project);
    await project.write({ [again('active_users')]: 'CREATE OR REPLACE VIEW active_users AS SELECT id FROM users;' });
    expect((await project.apply()).outcome?.failed?.failure.next).toBe(
      'CREATE OR REPLACE VIEW only adds columns at the end: write DROP VIEW IF EXISTS before it in db/repeatable/active_users.sql, then run npm run migrate:dev -- --env test again',
    );
  });

  test('wait while a run stops at an older version', async () => {
    const { project, database } = await start({
      ...pair('002_mail', 'ALTER TABLE users ADD mail text;', 'SELECT 1;'),
      [again('mails')]: 'CREATE OR REPLACE VIEW mails AS SELECT mail FROM users;',
    });
    expect((await project.apply({ to: '001' })).exitCode).toBe(0);
    expect(await rowsOf(database)).toEqual([{ name: '001_users', batch: 1 }]);
    await applied(project);
    expect(await statesOf(project)).toEqual(['repeatable/mails applied']);
  });

  test('let no setting or role through to the next one', async () => {
    const { project, database } = await start({
      [again('a')]:
        "SET search_path = pg_catalog; SET lock_timeout = '7s'; CREATE OR REPLACE VIEW public.a AS SELECT 1 AS one; SET ROLE pg_monitor;",
      [again('b')]:
        "CREATE TABLE IF NOT EXISTS found AS SELECT current_user = session_user AS is_me, current_setting('search_path') AS path, current_setting('lock_timeout') AS patience;",
    });
    await applied(project);
    expect(await database.query('SELECT * FROM found')).toEqual([
      { is_me: true, path: expect.not.stringContaining('pg_catalog'), patience: expect.not.stringContaining('7s') },
    ]);
  });

  test('are refused where they cannot share a transaction', async () => {
    const { project } = await start({ [again('maintenance')]: 'SELECT 1;\nVACUUM users;' });
    await expect(project.apply()).rejects.toMatchObject({
      code: 'repeatable-parts',
      what: 'VACUUM cannot run in one transaction with all other repeatable files',
      where: { file: 'db/repeatable/maintenance.sql', line: 2, column: 1 },
    });
  });

  test('a rollback file that drops the view is no loss of data', async () => {
    const { project } = await start({ [down('001_users')]: 'DROP VIEW active_users; DROP TABLE users;', [again('active_users')]: ACTIVE });
    await applied(project);
    const { exitCode, screen } = await project.rollback();
    expect(screen).not.toContain('Failed');
    expect(exitCode).toBe(0);
    expect((await project.status()).repeatables.map(({ state }) => state)).toEqual(['lost']);
    expect(up('001_users')).toBe('db/migrations/001_users.sql');
  });
});
