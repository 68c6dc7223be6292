import { expect, test } from 'vitest';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, pair, type TestProject, type Tree, variablesOf } from '../support/project.ts';
import { ACTIVE, again, applied, definitionOf, statesOf, USERS } from './steps.ts';

onOldestAndNewest('repeatable files, where it gets hard', ({ freshDatabase }) => {
  const start = async (tree: Tree): Promise<{ readonly project: TestProject; readonly database: TestDatabase }> => {
    const database = await freshDatabase();
    return { database, project: await createProject(database, { ...USERS, ...tree }) };
  };

  test('come back behind a migration that failed, and where a run stops before the newest version', async () => {
    const { project, database } = await start({ [again('active_users')]: ACTIVE });
    await applied(project);
    const drop = 'DROP VIEW IF EXISTS active_users; ALTER TABLE users ALTER name TYPE varchar(9);';
    await project.write({ ...pair('002_type', drop, 'SELECT 1;'), ...pair('003_bad', 'SELECT 1/0;', 'SELECT 1;') });
    const failed = await project.apply();
    expect(failed.exitCode).toBe(1);
    expect(failed.screen).toContain('Note: repeatable/active_users: dropped by what was applied before, and there again');
    expect(failed.outcome?.notReached).toEqual([]);
    expect((await project.audit()).findings).toEqual([]);
    expect(await definitionOf(database, 'active_users')).toContain('users');
    await database.query('DROP VIEW active_users');
    await project.write(pair('003_bad', 'SELECT 1;', 'SELECT 1;'));
    await project.write(pair('004_last', 'SELECT 1;', 'SELECT 1;'));
    expect((await project.apply({ to: '003' })).exitCode).toBe(0);
    expect(await definitionOf(database, 'active_users')).toContain('users');
  });

  test('are taken up again where a rollback could not bring them back', async () => {
    const { project, database } = await start({
      [again('f')]: "CREATE OR REPLACE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
      [again('v')]: ACTIVE,
    });
    await applied(project);
    await project.write({
      ...pair('002_c', 'ALTER TABLE users ADD c text;', 'DROP VIEW IF EXISTS active_users; ALTER TABLE users DROP c;'),
      [again('f')]: "DROP FUNCTION IF EXISTS f(int); CREATE OR REPLACE FUNCTION f(b int) RETURNS int LANGUAGE sql AS 'SELECT 2';",
      [again('v')]: 'CREATE OR REPLACE VIEW active_users AS SELECT id, name, c FROM users;',
      [again('w')]: 'CREATE OR REPLACE VIEW w AS SELECT c FROM active_users;',
    });
    await applied(project);
    // Something that is none of these files' stands on the function: it cannot be replaced.
    await database.query('CREATE VIEW by_hand AS SELECT f(1)');
    await database.query('DROP VIEW w');
    const failed = await project.rollback();
    expect(failed.exitCode).toBe(1);
    expect(failed.outcome?.failed?.failure.next).toContain('--to 001_users   tries it again, when what is in its way is gone');
    await database.query('DROP VIEW by_hand');
    const again2 = await project.rollback({ to: '001' });
    expect(again2.exitCode).toBe(0);
    expect(await definitionOf(database, 'active_users')).toMatch(/WHERE (users\.)?active/);
    expect(await database.query('SELECT f(a => 1)')).toEqual([{ f: 1 }]);
  });

  test('run their grants again with what these were on', async () => {
    const { project, database } = await start({
      [again('v')]: ACTIVE,
      [again('a_grants')]: "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC; COMMENT ON VIEW active_users IS 'x';",
    });
    await applied(project);
    const mayRead = () => database.query("SELECT has_table_privilege('public', 'active_users', 'SELECT') AS may");
    expect(await mayRead()).toEqual([{ may: true }]);
    await project.write(pair('002_type', 'DROP VIEW active_users; ALTER TABLE users ALTER name TYPE varchar(9);', 'SELECT 1;'));
    await applied(project);
    expect(await mayRead()).toEqual([{ may: true }]);
    expect(await statesOf(project)).toEqual(['repeatable/a_grants applied', 'repeatable/v applied']);
  });

  test('are told by what they leave behind, whatever they made on the way, in whatever schema', async () => {
    const { project, database } = await start({
      [again('a_temp')]:
        'CREATE TEMP TABLE tmp AS SELECT 1; CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$; SELECT helper(); DROP FUNCTION helper();',
      [again('b_path')]: 'CREATE SCHEMA IF NOT EXISTS app; SET LOCAL search_path = app; CREATE OR REPLACE VIEW "order" AS SELECT 1 AS one;',
      [again('c_swap')]: 'CREATE TABLE swap_new (id int); DROP TABLE IF EXISTS swap; ALTER TABLE swap_new RENAME TO swap;',
      [again('z_core')]: 'CREATE SCHEMA IF NOT EXISTS core; CREATE OR REPLACE VIEW core.people AS SELECT 1 AS id;',
      [again('y_api')]: 'CREATE SCHEMA IF NOT EXISTS api; CREATE OR REPLACE VIEW api.people AS SELECT id FROM core.people;',
    });
    await applied(project);
    expect((await project.status()).repeatables.map(({ state }) => state)).toEqual(['applied', 'applied', 'applied', 'applied', 'applied']);
    await database.query('DROP VIEW app."order"');
    expect(await statesOf(project)).toContain('repeatable/b_path lost');
  });

  test('stay as they are for a reader with DB_SCHEMA', async () => {
    const database = await freshDatabase();
    await database.query('CREATE SCHEMA app');
    const project = await createProject(database, { ...USERS, [again('v')]: ACTIVE });
    const variables = { ...variablesOf(database), DB_SCHEMA: 'app' };
    expect((await project.apply({ variables })).exitCode).toBe(0);
    expect((await project.status({ variables })).repeatables.map(({ state }) => state)).toEqual(['applied']);
  });

  test('are none of them there when the session dies among them, and all of them after the next run', async () => {
    const { project, database } = await start({
      [again('a')]: ACTIVE,
      [again('b')]: 'SELECT pg_terminate_backend(pg_backend_pid()) FROM users HAVING count(*) = 0;',
    });
    expect((await project.apply()).exitCode).toBe(1);
    expect(await definitionOf(database, 'active_users')).toBeNull();
    await database.query('INSERT INTO users VALUES (1)');
    await applied(project);
    expect(await definitionOf(database, 'active_users')).toContain('users');
    expect((await project.audit()).findings).toEqual([]);
  });

  test('may be renamed, and may not share a name', async () => {
    const { project } = await start({ [again('v')]: ACTIVE });
    await applied(project);
    project.remove(again('v'));
    await project.write({ [again('views/active_users')]: ACTIVE });
    expect(await applied(project)).not.toContain('was deleted');
    await applied(project);
    expect(await statesOf(project)).toEqual(['repeatable/views/active_users applied']);
    await project.write({ 'db/repeatable/views/active_users.SQL': ACTIVE });
    await expect(project.apply()).rejects.toMatchObject({ code: 'same-repeatable' });
  });
});
