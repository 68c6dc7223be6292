import knex from 'knex';
import { expect, test } from 'vitest';
import { defineProject, LockstepError, openProject, withMigratedDatabase } from '../../src/index.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { dropTemplates } from '../support/templates.ts';

const urlOf = ({ user, password, host, port, database }: TestDatabase): string =>
  `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;

onServer('newest', 'a project in a program', ({ freshDatabase }) => {
  test('is applied, looked at and rolled back, with typed answers and events', async () => {
    const database = await freshDatabase();
    const { root } = await createProject(database, { ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;') });
    const events: string[] = [];
    const opened = openProject(defineProject({ root }), {
      env: 'test',
      connection: urlOf(database),
      onEvent: ({ type }) => void events.push(type),
    });
    expect((await opened.dryRun()).steps.map(({ migration }) => migration.name)).toEqual(['001_a']);
    expect((await opened.apply()).done.map(({ name }) => name)).toEqual(['001_a']);
    expect((await opened.apply()).done).toEqual([]);
    expect((await opened.status()).applied.map(({ name }) => name)).toEqual(['001_a']);
    expect((await opened.rollback()).done.map(({ name }) => name)).toEqual(['001_a']);
    expect((await opened.audit()).findings).toEqual([]);
    expect(events).toContain('step-done');
  });

  test('throws what is refused, returns what failed, and heeds a signal', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...pair('001_a', 'SELECT 1 / 0;', 'SELECT 1;') });
    const opened = openProject(defineProject({ root: project.root }), { env: 'test', connection: urlOf(database) });
    expect((await opened.apply()).failed?.failure.sqlstate).toBe('22012');
    await project.write(pair('001_a', 'SELECT 1 +;', 'SELECT 1;'));
    await expect(opened.apply()).rejects.toThrow(LockstepError);
    await project.write(pair('001_a', 'SELECT pg_sleep(60);', 'SELECT 1;'));
    const stop = new AbortController();
    const onEvent = ({ type }: { readonly type: string }) => void (type === 'step-started' && setTimeout(() => stop.abort('SIGTERM'), 50));
    const { failed } = await openProject(defineProject({ root: project.root }), {
      env: 'test',
      connection: urlOf(database),
      signal: stop.signal,
      onEvent,
    }).apply();
    expect(failed).toMatchObject({ name: '001_a', interrupted: true });
  });

  test('takes over the settings of a Knex instance, a password that is asked for and its search path among them', async () => {
    const database = await freshDatabase();
    const { root } = await createProject(database, { ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;') });
    const { host, port, user, password } = database;
    const known = { host, port, user, password, database: database.database, ssl: false };
    for (const [connection, searchPath, schema] of [
      [known, undefined, 'public'],
      [async () => known, ['app', 'public'], 'app'],
    ] as const) {
      const client = knex({ client: 'pg', connection, ...(searchPath && { searchPath: [...searchPath] }) });
      const opened = openProject(defineProject({ root }), { env: 'test', connection: client });
      expect((await opened.apply()).done.map(({ name }) => name)).toEqual(['001_a']);
      expect(await database.query(`SELECT to_regclass('${schema}.a') IS NOT NULL AS there`)).toEqual([{ there: true }]);
      await opened.rollback();
      await client.destroy();
    }
  });

  test('tells its events as they come, ends with the run, and throws what refuses it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;') });
    const opened = openProject(defineProject({ root: project.root }), { env: 'test', connection: urlOf(database) });
    const run = opened.apply();
    const types: string[] = [];
    for await (const { type } of run.events) types.push(type);
    expect([types.includes('step-started'), types.at(-1)]).toEqual([true, 'run-ended']);
    expect((await run).done.map(({ name }) => name)).toEqual(['001_a']);
    const later: string[] = [];
    for await (const { type } of run.events) later.push(type);
    expect(later).toEqual(types);
    await project.write(pair('002_b', 'SELECT 1 +;', 'SELECT 1;'));
    const seen = async (): Promise<void> => {
      for await (const _ of opened.apply().events);
    };
    await expect(seen()).rejects.toThrow(LockstepError);
  });

  test('plans by files and history; a dry run asks the gates too', async () => {
    const database = await freshDatabase();
    await database.query('CREATE TABLE solo (id int); INSERT INTO solo VALUES (1)');
    const project = await createProject(database, { ...pair('001_gone', 'DROP TABLE solo;', 'CREATE TABLE solo (id int);') });
    const opened = openProject(defineProject({ root: project.root }), { env: 'production', connection: urlOf(database) });
    expect((await opened.plan()).steps.map(({ migration }) => migration.name)).toEqual(['001_gone']);
    await expect(opened.dryRun()).rejects.toThrow(/would lose 1 row of solo/);
    await project.write(pair('002_b', 'SELECT 1 +;', 'SELECT 1;'));
    await expect(opened.plan()).rejects.toThrow(LockstepError);
  });

  test('begins nothing once its signal is aborted, and ends in the middle of a step', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;'),
      ...pair('002_b', 'CREATE TABLE b (id int); SELECT pg_sleep(600);', 'DROP TABLE b;'),
    });
    const open = (stop: AbortController) =>
      openProject(defineProject({ root: project.root }), { env: 'test', connection: urlOf(database), signal: stop.signal });
    const before = new AbortController();
    before.abort();
    await expect(open(before).apply()).rejects.toThrow(/^Interrupted by its AbortSignal while waiting for .* nothing was changed/);
    const stop = new AbortController();
    const run = open(stop).apply();
    for await (const { type } of run.events) if (type === 'step-done') stop.abort('the deploy was cancelled');
    const { done, failed } = await run;
    expect([done.map(({ name }) => name), failed]).toMatchObject([['001_a'], { name: '002_b', interrupted: true }]);
    expect((await database.query("SELECT to_regclass('a') IS NOT NULL AS a, to_regclass('b') IS NOT NULL AS b"))[0]).toEqual({
      a: true,
      b: false,
    });
  });

  test('gives each test file a database of its own, cloned from one that was migrated once', async () => {
    const database = await freshDatabase();
    const { root, write } = await createProject(database, { ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;') });
    const project = defineProject({ root });
    const [one, other] = await Promise.all([1, 2].map(() => withMigratedDatabase(project, { connection: urlOf(database) })));
    expect(one?.url).not.toBe(other?.url);
    const status = await openProject(project, { env: 'test', connection: one?.url ?? '' }).status();
    expect(status.applied.map(({ name }) => name)).toEqual(['001_a']);
    await write(pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'));
    await (await withMigratedDatabase(project, { connection: urlOf(database) })).drop();
    await one?.drop();
    await other?.drop();
    expect(await dropTemplates(database, root)).toBe(1);
  });
});
