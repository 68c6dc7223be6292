import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, historyOf, pair } from '../support/project.ts';
import { answerOf } from './answer.ts';

const TWO = {
  ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;'),
  ...pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'),
};
const STOCK = 'create table schema_migrations (id serial primary key, name varchar(255), batch int, migration_time timestamptz)';

onServer('newest', 'a history table', ({ freshDatabase }) => {
  test('of golang-migrate is left alone', async () => {
    const database = await freshDatabase();
    await database.query('create table schema_migrations (version bigint not null primary key, dirty boolean not null)');
    await database.query('insert into schema_migrations values (7, false)');
    const project = await createProject(database, TWO);
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      The table public.schema_migrations belongs to another program: its columns are version, dirty
        Next: in knexfile.ts: tableName: 'lockstep_migrations'   keeps the history beside it
              or, where no program uses the table any more: ALTER TABLE "public"."schema_migrations" RENAME TO "schema_migrations_old";"
    `);
    for (const run of [() => project.rollback(), () => project.status(), () => project.dryRun('up')])
      expect(await answerOf(database, run)).toBe(answer);
    expect(await database.query('select * from schema_migrations')).toEqual([{ version: '7', dirty: false }]);
  });

  test('of Rails is left alone', async () => {
    const database = await freshDatabase();
    await database.query('create table schema_migrations (version varchar primary key)');
    const project = await createProject(database, TWO);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      The table public.schema_migrations belongs to another program: its columns are version
        Next: in knexfile.ts: tableName: 'lockstep_migrations'   keeps the history beside it
              or, where no program uses the table any more: ALTER TABLE "public"."schema_migrations" RENAME TO "schema_migrations_old";"
    `);
  });

  test('that is no table is left alone', async () => {
    const database = await freshDatabase();
    await database.query("create view schema_migrations as select '7'::text as version");
    const project = await createProject(database, TWO);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      The table public.schema_migrations belongs to another program: its columns are version
        Next: in knexfile.ts: tableName: 'lockstep_migrations'   keeps the history beside it
              or, where no program uses the table any more: ALTER TABLE "public"."schema_migrations" RENAME TO "schema_migrations_old";"
    `);
  });

  test('that was turned into a view is refused in words of its own', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply();
    await database.query('alter table schema_migrations rename to kept; create view schema_migrations as table kept');
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      public.schema_migrations is a view, and the migration history is kept in ordinary tables
        Next: put the ordinary table back under this name, or in knexfile.ts: tableName: 'lockstep_migrations'
              what is there now: SELECT * FROM "public"."schema_migrations";"
    `);
    for (const run of [() => project.rollback(), () => project.status(), () => project.audit()])
      expect(await answerOf(database, run)).toBe(answer);
  });

  test('of another program gives way to a schema of its own', async () => {
    const database = await freshDatabase();
    await database.query('create table schema_migrations (version varchar primary key)');
    const project = await createProject(database, TWO);
    const { host, port, user, password } = database;
    const variables = { DB_HOST: host, DB_PORT: String(port), DB_USER: user, DB_PASSWORD: password, DB_NAME: database.database };
    expect((await project.apply({ variables: { ...variables, DB_SCHEMA: 'migrations' } })).exitCode).toBe(0);
    expect(await database.query('select name from migrations.schema_migrations order by id')).toEqual([
      { name: '001_a' },
      { name: '002_b' },
    ]);
  });

  test('of stock Knex that lists a migration twice stops the run, and the command repairs it', async () => {
    const database = await freshDatabase();
    await database.query(STOCK);
    await database.query('create table a (id int)');
    await database.query("insert into schema_migrations (name, batch, migration_time) values ('001_a', 1, now()), ('001_a', 1, now())");
    const project = await createProject(database, TWO);
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 3
      The table public.schema_migrations lists a migration more than once: 001_a (ids 1, 2)
        Next: keep the first row of each: DELETE FROM "public"."schema_migrations" WHERE id IN (2);"
    `);
    await database.query(/DELETE.*;/.exec(answer)?.[0] ?? '');
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a', '002_b']);
  });
});

onServer('newest', 'a version to go back to', ({ freshDatabase }) => {
  const rollbackTo = async (to: string): Promise<string> => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply();
    const answer = await answerOf(database, () => project.rollback({ to }));
    expect(await answerOf(database, () => project.dryRun('down', to))).toBe(answer);
    return answer;
  };

  test('that is not applied', async () => {
    expect(await rollbackTo('007')).toMatchInlineSnapshot(`
      "exit 2
      Version 007 is not applied; applied are 001, 002
        Next: npm run migrate:status   lists what is applied"
    `);
  });

  test('that is no number', async () => {
    expect(await rollbackTo('latest')).toMatchInlineSnapshot(`
      "exit 2
      Version latest is not applied; applied are 001, 002
        Next: npm run migrate:status   lists what is applied"
    `);
  });

  test('that is negative', async () => {
    expect(await rollbackTo('-1')).toMatchInlineSnapshot(`
      "exit 2
      Version -1 is not applied; applied are 001, 002
        Next: npm run migrate:status   lists what is applied"
    `);
  });

  test('that is empty', async () => {
    expect(await rollbackTo('')).toMatchInlineSnapshot(`
      "exit 2
      The version is empty (--to, or DB_MIGRATION_VERSION for a rollback)
        Next: npm run migrate:status   lists the versions; to go without one, leave it out"
    `);
  });

  test('with nothing applied', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    expect(await answerOf(database, () => project.rollback({ to: '001' }))).toMatchInlineSnapshot(`
      "exit 2
      Version 001 is not applied; nothing is
        Next: npm run migrate:status   lists what is applied"
    `);
    expect(await answerOf(database, () => project.rollback())).toMatchInlineSnapshot(`
      "exit 0
      Nothing to roll back (test: DATABASE on HOST:PORT, PostgreSQL VERSION)
      "
    `);
  });

  test('or to stop at that does not exist, or is empty', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    expect(await answerOf(database, () => project.apply({ to: '9' }))).toMatchInlineSnapshot(`
      "exit 2
      There is no migration with version 9; the highest is 002
        Next: npm run migrate:status   lists the versions"
    `);
    expect(await answerOf(database, () => project.apply({ to: '' }))).toMatchInlineSnapshot(`
      "exit 2
      The version is empty (--to, or DB_MIGRATION_VERSION for a rollback)
        Next: npm run migrate:status   lists the versions; to go without one, leave it out"
    `);
    expect(await answerOf(database, () => project.dryRun('up', ''))).toContain('exit 2\nThe version is empty');
  });
});
