import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair, steady } from '../support/project.ts';
import { findOwnBinaries, startOwnServer } from './own-server.ts';

const binaries = findOwnBinaries();

onServer('newest', 'a synchronous standby that never comes', () => {
  test.skipIf(!binaries)('is named, and one signal is enough to go without it', async () => {
    if (!binaries) return;
    const server = await startOwnServer(binaries, 10);
    onTestFinished(() => server.end());
    const admin = new pg.Client({ ...server, database: 'postgres' });
    await admin.connect();
    const project = await createProject({ ...server, database: 'postgres' } as unknown as TestDatabase, {
      ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;'),
    });
    expect((await project.apply()).exitCode).toBe(0);
    await project.write({ ...pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'), ...pair('003_c', 'SELECT 1;', 'SELECT 1;') });
    await admin.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await admin.query("ALTER DATABASE postgres SET synchronous_commit = 'on'");
    await admin.query('SELECT pg_reload_conf()');
    const controller = new AbortController();
    const seen: string[] = [];
    const done: string[] = [];
    const running = project.apply({
      interruption: controller.signal,
      emit: (event) => {
        if (event.type === 'step-done') done.push(event.name);
        if (event.type !== 'note' && event.type !== 'notice') return;
        seen.push(event.text);
        controller.abort('SIGINT');
      },
    });
    await running;
    expect([...new Set(seen)].map(steady).sort()).toMatchInlineSnapshot(`
      [
        "a COMMIT is done here and waits for a synchronous standby to confirm it (synchronous_standby_names = 'nobody'); Ctrl+C ends the wait, and what is committed stays",
        "canceling wait for synchronous replication due to user request",
      ]
    `);
    const { rows } = await admin.query('SELECT name FROM schema_migrations ORDER BY id');
    expect(rows.map(({ name }) => name)).toEqual(['001_a', ...done]);
    await admin.end();
  });
});
