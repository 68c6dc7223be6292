import { expect, test } from 'vitest';
import { isInOrder } from '../../src/model/status.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, historyOf, pair } from '../support/project.ts';

const TREE = {
  ...pair('001_t', 'CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 0); INSERT INTO t SELECT generate_series(1, 300);', 'DROP TABLE t;'),
  ...pair('002_fill', '-- part: backfill in background\nUPDATE t SET n = n + 1;', 'UPDATE t SET n = 0;'),
  ...pair('003_gone', 'DROP TABLE t;', 'CREATE TABLE t (id int PRIMARY KEY, n int);'),
};

onOldestAndNewest('a backfill whose table a later migration drops', ({ freshDatabase }) => {
  test('fails in its worker, is offered by repair, and given up there', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TREE, { test: { backfills: 'background', dataLoss: 'show' } });
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.work()).exitCode).toBe(1);
    expect(isInOrder(await project.status())).toBe(false);
    expect((await project.repair()).screen).toContain('npm run migrate:repair -- --give-up 002_fill');
    const { exitCode, screen } = await project.repair({ consents: [{ kind: 'give-up', name: '002_fill' }] });
    expect([exitCode, screen], screen).toMatchObject([0, expect.stringContaining('002_fill given up')]);
    expect(isInOrder(await project.status())).toBe(true);
    expect(await historyOf(database)).toEqual(['001_t', '002_fill', '003_gone']);
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.work()).exitCode).toBe(0);
  });
});
