// Names that want quotes, of the longest, and tables as they come: right files and a way back.
import { expect, test } from 'vitest';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { onOldestAndNewest, onServer } from '../support/database.ts';
import { createProject, pair, refusalOf } from '../support/project.ts';
import { HARD, HOSTILE, long, REFUSED, REFUSED_TABLES } from './hostile-cases.ts';
import { pictureOf } from './picture-of.ts';

onOldestAndNewest('a recipe meets', ({ freshDatabase }) => {
  test.each(HARD.map((one) => [[one.recipe, ...one.words].join(' '), one] as const))('%s', async (_, { recipe, words, fill, rows }) => {
    const database = await freshDatabase();
    await database.query(HOSTILE);
    const project = await createProject(database, pair('001_begin', 'SELECT 1;', 'SELECT 1;'));
    await project.apply();
    const before = await pictureOf(database);
    const names = (await project.make({ recipe, words, ...(fill !== undefined && { fill }) })).filter((file) => file.includes('rollbacks'));
    for (const _time of ['forth', 'and again']) {
      const forth = await project.apply();
      expect(forth.exitCode, forth.screen).toBe(0);
      if (rows !== undefined)
        expect(await database.query(`SELECT count(*)::int AS rows, sum(n::bigint)::int AS sum FROM (${rows}) all_rows`)).toEqual([
          { rows: 300, sum: 45_150 },
        ]);
      const back = await project.rollback({ to: '001' });
      expect(back.exitCode, back.screen).toBe(0);
      expect(back.outcome?.done).toHaveLength(names.length);
      expect(compareSnapshots(before, await pictureOf(database))).toEqual([]);
    }
  });
});

onServer('newest', 'a recipe refuses, and writes nothing:', ({ freshDatabase }) => {
  test('tables and names that it would break', async () => {
    const database = await freshDatabase();
    await database.query(HOSTILE + REFUSED_TABLES);
    const project = await createProject(database, pair('001_begin', 'SELECT 1;', 'SELECT 1;'));
    await project.apply();
    for (const { recipe, words, fill, says } of REFUSED)
      expect
        .soft(
          await refusalOf(project.make({ recipe, words, ...(fill !== undefined && { fill }) })).catch(String),
          [recipe, ...words].join(' '),
        )
        .toMatch(says);
    expect(await database.query(`SELECT count(*)::int AS rows FROM ${long('a')}`)).toEqual([{ rows: 300 }]);
    expect((await project.status()).pending).toEqual([]);
  });
});
