import { expect, test } from 'vitest';
import { onEachServer } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, refusalOf, steady, up, variablesOf } from '../support/project.ts';

const THREE = {
  ...pair('001_a', '-- Description: Makes a\nCREATE TABLE a (id int);', 'DROP TABLE a;'),
  ...pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'),
  ...pair('003_c', 'CREATE TABLE c (id int);', 'DROP TABLE c;'),
};

onEachServer('baseline', ({ freshDatabase }) => {
  const existing = async () => {
    const database = await freshDatabase();
    await database.query('create table a (id int); create table b (id int)');
    return { database, project: await createProject(database, THREE) };
  };

  test('marks what is there as applied, executes nothing, and the next run goes on after it', async () => {
    const { database, project } = await existing();
    const { exitCode, screen } = await project.baseline({ to: '002' });
    expect(exitCode).toBe(0);
    expect(steady(screen)).toMatchInlineSnapshot(`
      "Marked 2 as applied in DATABASE (test); nothing was executed
        001_a
        002_b
      journal: COUNT events, head HEAD
      "
    `);
    expect(
      await database.query('select name, batch, description, duration_ms, applied_by from schema_migrations order by id'),
    ).toMatchObject([
      { name: '001_a', batch: 1, description: 'Makes a', duration_ms: null, applied_by: 'postgres' },
      { name: '002_b', batch: 2 },
    ]);
    expect((await project.apply()).outcome?.done).toMatchObject([{ name: '003_c' }]);
    expect((await project.audit()).findings).toEqual([]);
    await project.write({ [up('001_a')]: 'create table a (id int);' });
    expect((await project.status()).drifts).toMatchObject([{ kind: 'reformatted' }]);
    await project.write({ [up('001_a')]: 'create table a (id bigint);' });
    expect((await project.status()).drifts).toMatchObject([{ kind: 'edited' }]);
    expect((await project.rollback({ to: '0' })).exitCode).toBe(0);
    expect(await isThere(database, 'a')).toBe(false);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('shows what it would mark, and touches nothing, with --dry-run', async () => {
    const { database, project } = await existing();
    const { screen } = await project.baseline({ to: '002_b', dryRun: true });
    expect(steady(screen)).toMatchInlineSnapshot(`
      "Dry run: would mark 2 as applied in DATABASE, without executing anything
        001_a
        002_b
      "
    `);
    expect(await isThere(database, 'schema_migrations')).toBe(false);
  });

  test('refuses what is applied, what lies below, what would jump over another, and what does not exist', async () => {
    const { project } = await existing();
    await project.baseline({ to: '002' });
    expect(await refusalOf(project.baseline({ to: '002' }))).toMatchInlineSnapshot(`
      "002_b is in history already
        Next: npm run migrate:status   lists what is applied"
    `);
    await project.write(pair('000_early', 'SELECT 1;', 'SELECT 1;'));
    expect(await refusalOf(project.baseline({ to: '000' }))).toMatchInlineSnapshot(`
      "000_early lies below 002_b, which is in history already
        Next: npm run migrate:make -- --renumber 000   gives it the next number"
    `);
    expect(await refusalOf(project.baseline({ to: '003' }))).toMatchInlineSnapshot(`
      "000_early lies below 002_b and is not applied; a baseline does not jump over it
        Next: npm run migrate:make -- --renumber 000   gives it the next number"
    `);
    expect(await refusalOf(project.baseline({ to: '9' }))).toMatchInlineSnapshot(`
      "There is no migration with version 9; the highest is 003
        Next: npm run migrate:status   lists the versions"
    `);
    expect(await refusalOf(project.baseline({}))).toMatchInlineSnapshot(`
      "migrate:baseline needs a version, a tool, or a table of stock Knex
        Next: npm run migrate:baseline -- --to 001
              npm run migrate:baseline -- --from-knex
              npm run migrate:baseline -- --from goose"
    `);
  });

  test('of a table of stock Knex that was upgraded in place leaves an event for each row', async () => {
    const { database, project } = await existing();
    await database.query(
      'create table schema_migrations (id serial primary key, name varchar(255), batch int, migration_time timestamptz)',
    );
    await database.query("insert into schema_migrations (name, batch, migration_time) values ('001_a', 1, now()), ('002_b', 1, now())");
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a', '002_b', '003_c']);
    const { findings, entries } = await project.audit();
    expect(findings).toEqual([]);
    expect(entries.filter(({ event }) => event === 'baselined').map(({ name }) => name)).toEqual(['001_a', '002_b']);
  });
});

onEachServer("stock Knex's own history beside ours", ({ freshDatabase }) => {
  test('is not applied once more: the run is refused with the command that takes it over', async () => {
    const database = await freshDatabase();
    await database.query(
      "create table knex_migrations (id serial primary key, name text, batch int, migration_time timestamptz); insert into knex_migrations (name, batch) values ('001_a.js', 1), ('002_b.js', 1); create table a (id int); create table b (id int)",
    );
    const project = await createProject(database, THREE);
    expect((await project.status()).problems).toMatchObject([
      {
        what: 'knex_migrations says that stock Knex applied 001_a and 1 more of these already',
        next: 'npm run migrate:baseline -- --env test --from-knex   takes its history over',
      },
    ]);
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "knex_migrations says that stock Knex applied 001_a and 1 more of these already; nothing was changed
        Next: npm run migrate:baseline -- --env test --from-knex   takes its history over"
    `);
    expect((await project.baseline({ table: 'knex_migrations' })).exitCode).toBe(0);
    expect((await project.status()).problems).toEqual([]);
    expect((await project.apply()).outcome?.done).toMatchObject([{ name: '003_c' }]);
  });

  test('that may not be read is told with what lets it be', async () => {
    const database = await freshDatabase();
    const user = `u_${database.database}`;
    await database.query(
      `create table knex_migrations (id serial primary key, name text, batch int, migration_time timestamptz);
       create role ${user} login password 'x'; grant usage, create on schema public to ${user}`,
    );
    const project = await createProject(database, THREE);
    const variables = { ...variablesOf(database), DB_USER: user, DB_PASSWORD: 'x' };
    const what = `User "${user}" may not read public.knex_migrations, in which stock Knex keeps its history`;
    const next = `as the owner of the table: GRANT SELECT ON "public"."knex_migrations" TO "${user}";`;
    expect((await project.status({ variables })).problems).toMatchObject([{ what, next }]);
    expect(await refusalOf(project.apply({ variables }))).toContain('in which stock Knex keeps its history');
    await database.query(next.replace(/^.*: /, ''));
    expect((await project.apply({ variables })).exitCode).toBe(0);
    await database.query(`drop owned by ${user}; drop role ${user}`);
  });

  test('of another project is left alone', async () => {
    const database = await freshDatabase();
    await database.query(
      "create table knex_migrations (id serial primary key, name text, batch int, migration_time timestamptz); insert into knex_migrations (name, batch) values ('001_theirs.js', 1)",
    );
    expect((await (await createProject(database, THREE)).apply()).exitCode).toBe(0);
  });
});
