import { expect, test } from 'vitest';
import { onEachServer } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, refusalOf, up } from '../support/project.ts';

const TABLE = pair('001_t', 'CREATE TABLE t (id int, v int);', 'DROP TABLE t;');
const INDEX = { [up('002_i')]: 'CREATE INDEX CONCURRENTLY t_id ON t (id);\nCREATE INDEX CONCURRENTLY t_v ON t (v);\n' };

onEachServer('the rollback of a script that cannot run in a transaction', ({ freshDatabase }) => {
  test('is rolled back part by part too', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      ...INDEX,
      'db/migrations/rollbacks/002_i.sql': 'DROP INDEX CONCURRENTLY t_v;\nDROP INDEX CONCURRENTLY t_id;',
    });
    await project.apply();
    expect((await project.rollback()).exitCode).toBe(0);
    expect(await isThere(database, 't_v')).toBe(false);
    expect(await historyOf(database)).toEqual(['001_t']);
  });

  test('is refused when a rollback of everything lacks a file, before anything is undone', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...TABLE, ...INDEX });
    await project.apply();
    expect(await refusalOf(project.rollback({ to: '0' }))).toMatchInlineSnapshot(`
      "A rollback file is missing, so nothing was rolled back: db/migrations/rollbacks/002_i.sql
        Next: touch db/migrations/rollbacks/002_i.sql   and write the SQL that undoes it"
    `);
    expect(await historyOf(database)).toEqual(['001_t', '002_i']);
  });

  test('that stays applied in part is what a rollback undoes, and not the one below it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      ...pair('002_x', 'CREATE TABLE x (id int);\nCREATE INDEX CONCURRENTLY i ON x (nope);', 'DROP TABLE IF EXISTS x;'),
    });
    expect((await project.apply()).exitCode).toBe(1);
    const { exitCode, screen } = await project.rollback();
    expect([exitCode, screen]).toEqual([0, expect.stringContaining('002_x is applied in part')]);
    expect(await historyOf(database)).toEqual(['001_t']);
    expect(await isThere(database, 'x')).toBe(false);
    await project.write(pair('002_x', 'CREATE TABLE x (id int);', 'DROP TABLE x;'));
    expect((await project.apply()).exitCode).toBe(0);
  });
});
