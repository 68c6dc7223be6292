import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, refusalOf, variablesOf } from '../support/project.ts';

const TREE = {
  ...pair('001_a', 'CREATE TABLE IF NOT EXISTS a (id int);', 'DROP TABLE a;'),
  ...pair('002_fill', 'INSERT INTO a VALUES (1);', 'DELETE FROM a WHERE id = 1;'),
};

onServer('newest', 'another history in the same database', ({ freshDatabase }) => {
  test('that records the same migrations is named, by every command, and nothing is made', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TREE);
    const inApp = { variables: { ...variablesOf(database), DB_SCHEMA: 'app' } };
    expect((await project.apply(inApp)).exitCode).toBe(0);
    const refused = await refusalOf(project.apply());
    expect(refused).toMatchInlineSnapshot(`
      "app.schema_migrations in this database records 001_a, 002_fill as applied, and public.schema_migrations records nothing; nothing was changed
        Next: DB_SCHEMA=app npm run migrate:dev -- --env test   where that is the history of this project
              npm run migrate:dev -- --env test --second-history   where the same migrations are to run for public as well"
    `);
    expect(await refusalOf(project.dryRun('up'))).toBe(refused);
    expect(await refusalOf(project.rollback())).toBe(refused);
    expect((await project.status()).problems.map(({ what }) => what)).toEqual([refused.split('\n')[0]]);
    expect(await isThere(database, 'public.schema_migrations')).toBe(false);
    expect((await project.apply(inApp)).exitCode).toBe(0);
  });

  test('is no hindrance once a second one is meant', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TREE);
    await project.apply({ variables: { ...variablesOf(database), DB_SCHEMA: 'app' } });
    expect((await project.apply({ secondHistory: true })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a', '002_fill']);
    await project.write(pair('003_c', 'CREATE TABLE c (id int);', 'DROP TABLE c;'));
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('of other migrations is nobody’s business', async () => {
    const database = await freshDatabase();
    const other = await createProject(database, pair('001_other', 'CREATE TABLE other (id int);', 'DROP TABLE other;'));
    await other.apply({ variables: { ...variablesOf(database), DB_SCHEMA: 'app' } });
    expect((await (await createProject(database, TREE)).apply()).exitCode).toBe(0);
  });

  test('under another name is found too', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TREE);
    await project.apply();
    const renamed = await createProject(database, TREE, { tableName: 'migrations' });
    expect(await refusalOf(renamed.apply())).toContain("Next: in knexfile.ts: tableName: 'schema_migrations'   where that is");
  });

  test('that moved with its schema is found, and taken over by naming its schema', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TREE);
    await project.apply();
    await database.query('ALTER SCHEMA public RENAME TO archive; CREATE SCHEMA public;');
    expect(await refusalOf(project.apply())).toContain('archive.schema_migrations in this database records 001_a, 002_fill as applied');
    expect((await project.apply({ variables: { ...variablesOf(database), DB_SCHEMA: 'archive' } })).exitCode).toBe(0);
  });

  test('makes the whole database what it remembers to be', async () => {
    const database = await freshDatabase();
    const settings = { production: { backup: 'off', consent: 'off' } } as const;
    const project = await createProject(database, pair('001_users', 'CREATE TABLE users (id int);', 'SELECT 1;'), settings);
    await project.apply({ env: 'production' });
    await database.query('CREATE SCHEMA other');
    const hostile = await createProject(database, pair('001_x', 'DROP TABLE public.users;', 'SELECT 1;'), settings);
    const variables = { ...variablesOf(database), DB_SCHEMA: 'other' };
    expect((await refusalOf(hostile.apply({ env: 'development', variables }))).replace(/\d{4}-\d\d-\d\d/, 'DATE')).toMatchInlineSnapshot(`
      "Database "DATABASE" remembers being production (public.schema_migrations, on 127.0.0.1, DATE), and this run is for development
        Next: npm run migrate:prod   where it is still production
              npm run migrate:dev -- --adopt   where it is to be development from now on"
    `);
    expect(await refusalOf(hostile.dryRun('up', undefined, { env: 'development', variables }))).toContain('remembers being production');
    expect((await hostile.apply({ env: 'production', variables, allowDataLoss: ['public.users'] })).exitCode).toBe(0);
  });
});

onServer('newest', 'the schema that a URL names', ({ freshDatabase }) => {
  const urlOf = (url: string, query: string) => ({ DATABASE_URL: `${url}${url.includes('?') ? '&' : '?'}${query}` });

  test.each(['schema=app', 'currentSchema=app', 'options=-c%20search_path%3Dapp%2Cpublic', 'options=--search_path%3Dapp'])(
    'in ?%s is taken',
    async (query) => {
      const database = await freshDatabase();
      const project = await createProject(database, TREE);
      expect((await project.apply({ variables: urlOf(database.url, query) })).exitCode).toBe(0);
      expect(await isThere(database, 'app.schema_migrations')).toBe(true);
      expect(await isThere(database, 'app.a')).toBe(true);
    },
  );

  test('is refused where there are several, and DB_SCHEMA decides', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TREE);
    const variables = urlOf(database.url, 'options=-csearch_path%3Dapp%2Cother');
    expect(await refusalOf(project.apply({ variables }))).toMatchInlineSnapshot(`
      "The connection names several schemas (app, other), and migrations and their history go to one
        Next: set DB_SCHEMA=app"
    `);
    expect((await project.apply({ variables: { ...variables, DB_SCHEMA: 'other' } })).exitCode).toBe(0);
    expect(await isThere(database, 'other.a')).toBe(true);
  });
});
