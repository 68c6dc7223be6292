import { expect, test } from 'vitest';
import { defineProject, LockstepError, openProject, withMigratedDatabase } from '../../src/index.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';

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
    const left = await database.query("SELECT datname FROM pg_database WHERE datname LIKE 'lockstep_te%'");
    for (const { datname } of left)
      await database.query(`ALTER DATABASE ${datname} IS_TEMPLATE false`).then(() => database.query(`DROP DATABASE ${datname}`));
    expect(left.length).toBe(1);
  });
});
