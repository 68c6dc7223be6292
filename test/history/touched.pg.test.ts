import { expect, test } from 'vitest';
import { asNewRole } from '../bad-input/answer.ts';
import { onOldestAndNewest, onServer } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, refusalOf, up } from '../support/project.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

// Each is read from the text, so nothing of the plan begins.
const READ = [
  ['DROP TABLE', 'DROP TABLE IF EXISTS schema_migrations;'],
  ['DROP TABLE outside of a transaction', 'CREATE TABLE zz (id int);\n-- part: no-transaction\nDROP TABLE schema_migrations;'],
  ['ALTER TABLE', 'ALTER TABLE schema_migrations ADD COLUMN data_version int;'],
  ['RENAME', 'ALTER TABLE public.schema_migrations_journal RENAME TO old;'],
  ['SET SCHEMA', 'CREATE SCHEMA x; ALTER TABLE schema_migrations SET SCHEMA x;'],
  ['TRUNCATE', 'TRUNCATE schema_migrations;'],
  ['DELETE', 'DELETE FROM schema_migrations;'],
  ['by the search path', 'SET search_path = public; DROP TABLE schema_migrations_lock;'],
  ['CREATE TABLE', 'CREATE TABLE public.schema_migrations (version varchar NOT NULL);'],
  [
    'CREATE TRIGGER',
    'CREATE TRIGGER t BEFORE UPDATE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();',
  ],
  ['CREATE RULE', 'CREATE RULE r AS ON INSERT TO schema_migrations DO INSTEAD NOTHING;'],
  ['row security', 'ALTER TABLE schema_migrations ENABLE ROW LEVEL SECURITY;'],
  ['its schema renamed', 'ALTER SCHEMA public RENAME TO archive;'],
  ['its schema dropped', 'DROP SCHEMA public CASCADE;'],
] as const;

// None can be read: the server is asked before COMMIT.
const MEASURED = [
  ['a DO block', "DO $$ BEGIN EXECUTE 'DROP TABLE schema_migrations'; END $$;"],
  ['rows deleted in a DO block', "DO $$ BEGIN EXECUTE 'DELETE FROM schema_' || 'migrations'; END $$;"],
  ['a row of constants', "INSERT INTO schema_migrations (name, batch) VALUES ('x', 7);"],
  [
    'a trigger on every table',
    `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
DO $$ DECLARE t record; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
  EXECUTE format('CREATE TRIGGER touch BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION touch()', t.tablename); END LOOP; END $$;`,
  ],
  [
    'row security on every table',
    `DO $$ DECLARE t record; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
  EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t.tablename); EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t.tablename); END LOOP; END $$;`,
  ],
] as const;

onServer('newest', 'a migration that changes the history', ({ freshDatabase }) => {
  test.each(READ)('is refused before the run: %s', async (_, sql) => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...FIRST, [up('002_x')]: 'CREATE TABLE early (id int);', [up('003_x')]: sql });
    const refused = await refusalOf(project.apply());
    expect(refused).toMatch(/^This .* (changes|drops|moves) .*, where the migration history is kept/);
    expect(refused).toContain('db/migrations/003_x.sql:');
    expect(await refusalOf(project.dryRun('up'))).toBe(refused);
    expect(await historyOf(database)).toEqual([]);
    expect(await isThere(database, 'early')).toBe(false);
  });

  test.each(MEASURED)('is rolled back before its COMMIT: %s', async (_, sql) => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply();
    await project.write({ [up('002_x')]: `CREATE TABLE zz (id int);\n${sql}` });
    const { exitCode, outcome } = await project.apply();
    expect([exitCode, outcome?.failed?.failure.code]).toEqual([3, 'history-touched']);
    expect(outcome?.failed?.failure.what).toContain('nothing of it was kept');
    expect(await historyOf(database)).toEqual(['001_a']);
    expect(await isThere(database, 'zz')).toBe(false);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('outside of a transaction is told truly: what is done stays, and is not recorded', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply();
    const loop = "DO $$ BEGIN EXECUTE 'DROP TABLE schema_' || 'migrations'; END $$;";
    await project.write({ [up('002_x')]: `CREATE TABLE zz (id int);\n-- part: no-transaction\n${loop}` });
    const { exitCode, outcome } = await project.apply();
    expect([exitCode, outcome?.failed?.failure.code]).toEqual([1, 'history-changed']);
    expect(outcome?.failed?.failure.what).toContain('it runs without a transaction, so that stays, and it is not recorded');
    expect(await isThere(database, 'zz')).toBe(true);
  });

  test('may use tables of that name in a schema of its own', async () => {
    const database = await freshDatabase();
    const sql = 'CREATE SCHEMA x; CREATE TABLE x.schema_migrations (version int); SET search_path = x; DROP TABLE schema_migrations;';
    expect((await (await createProject(database, { [up('001_x')]: sql })).apply()).exitCode).toBe(0);
  });

  test('is no matter once the history has moved, as its refusal says', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply();
    await project.write({ [up('002_move')]: 'ALTER SCHEMA public RENAME TO archive; CREATE SCHEMA public;' });
    const refused = await refusalOf(project.apply());
    const [, statements = ''] = /or keep the history elsewhere: (.*) and in knexfile/.exec(refused) ?? [];
    await database.query(statements);
    const moved = await createProject(database, FIRST, { schemaName: 'lockstep' });
    await moved.write({ [up('002_move')]: 'ALTER SCHEMA public RENAME TO archive; CREATE SCHEMA public;' });
    expect((await moved.apply()).exitCode).toBe(0);
    expect((await database.query('SELECT name FROM lockstep.schema_migrations ORDER BY id')).map(({ name }) => name)).toEqual([
      '001_a',
      '002_move',
    ]);
    expect((await moved.audit()).findings).toEqual([]);
  });
});

onServer('newest', 'what others have put on the tables of the history', ({ freshDatabase }) => {
  test('is named once, with the statements that take it away', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply();
    await database.query(`CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.updated_at := now(); RETURN NEW; END';
      CREATE TRIGGER touch BEFORE UPDATE ON schema_migrations FOR EACH ROW EXECUTE FUNCTION touch();
      CREATE TRIGGER touch BEFORE UPDATE ON schema_migrations_lock FOR EACH ROW EXECUTE FUNCTION touch();
      CREATE TRIGGER touch BEFORE UPDATE ON schema_migrations_journal FOR EACH ROW EXECUTE FUNCTION touch();`);
    const refused = await refusalOf(project.rollback());
    expect(refused).toMatchInlineSnapshot(`
      "Somebody else's 3 triggers and rules are on the tables of the migration history in schema "public"
        Next: DROP TRIGGER touch ON public.schema_migrations; DROP TRIGGER touch ON public.schema_migrations_journal; DROP TRIGGER touch ON public.schema_migrations_lock;
              and leave them out where it comes from: in a loop over all tables with AND tablename <> ALL ('{schema_migrations,schema_migrations_lock,schema_migrations_journal}')"
    `);
    expect((await project.status()).problems.map(({ code }) => code)).toContain('history-obstructed');
    expect(await refusalOf(project.apply())).toBe(refused);
    await database.query(/Next: (.*)/.exec(refused)?.[1] ?? '');
    expect((await project.rollback()).exitCode).toBe(0);
  });

  test('row security is named for all of them at once', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    await database.query(`GRANT USAGE, CREATE ON SCHEMA public TO ${role.user}`);
    const project = await createProject(role, FIRST);
    await project.apply();
    await database.query(
      ['', '_lock', '_journal']
        .map(
          (end) =>
            `ALTER TABLE schema_migrations${end} FORCE ROW LEVEL SECURITY; ALTER TABLE schema_migrations${end} ENABLE ROW LEVEL SECURITY;`,
        )
        .join(' '),
    );
    const refused = await refusalOf(project.apply());
    for (const end of ['', '_lock', '_journal'])
      expect(refused).toContain(`ALTER TABLE "public"."schema_migrations${end}" DISABLE ROW LEVEL SECURITY;`);
    expect(refused).toContain('BYPASSRLS');
  });
});

onOldestAndNewest('a part that makes its session read-only', ({ freshDatabase }) => {
  test('does not keep us from recording what is done', async () => {
    const database = await freshDatabase();
    const sql = 'CREATE TABLE r1 (i int);\nSET default_transaction_read_only = on;\n-- part: no-transaction\nVACUUM a;\n';
    const project = await createProject(database, { ...FIRST, [up('002_x')]: sql });
    const { exitCode, screen } = await project.apply();
    expect(screen).not.toContain('nothing of it was kept');
    expect(exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a', '002_x']);
  });
});
