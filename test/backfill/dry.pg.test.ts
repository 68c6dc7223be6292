import { expect, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { type DryBackfillWish, dryBackfills } from '../../src/journeys/dry-backfills.ts';
import { estimate } from '../../src/model/dry-backfill.ts';
import { dryBackfillsText } from '../../src/report/dry-backfills-text.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, pair, refusalOf, steady, variablesOf } from '../support/project.ts';

const USERS = pair(
  '001_users',
  'CREATE TABLE users (id int PRIMARY KEY, n int); INSERT INTO users SELECT g, 0 FROM generate_series(1, 5000) g; ANALYZE users;',
  'DROP TABLE users;',
);
const FILL = pair('002_fill', '-- part: backfill batch=700 pause=5ms\nUPDATE users SET n = n + 1;', '-- empty: nothing');

onOldestAndNewest('backfill:dry', ({ freshDatabase }) => {
  const look = (root: string, database: TestDatabase, wish: Partial<DryBackfillWish> = {}) =>
    dryBackfills({
      project: defineProject({ root }),
      env: 'test',
      variables: variablesOf(database),
      emit: () => {},
      interruption: new AbortController().signal,
      ...wish,
    });

  async function begin(tree = FILL) {
    const database = await freshDatabase();
    const { root, write, apply } = await createProject(database, USERS);
    await apply();
    await write(tree);
    return { database, root, apply };
  }

  test('measures the first batch, and nothing of it stays', async () => {
    const { database, root } = await begin();
    const dry = await look(root, database);
    const [only] = dry.backfills;
    expect(only).toMatchObject({ name: '002_fill', along: ['id'], rows: 5000, batch: 700, measured: { rows: 700 } });
    expect(only && estimate(only)?.batches).toBe(8);
    expect(only?.explain.join('\n')).toContain('actual');
    expect(await database.query('SELECT sum(n)::int AS n FROM users')).toEqual([{ n: 0 }]);
    expect(await database.query("SELECT to_regclass('schema_migrations_backfills') AS t")).toEqual([{ t: null }]);
  });

  test('only reads where it is not to measure', async () => {
    const { database, root } = await begin();
    const dry = await look(root, database, { isMeasured: false });
    const text = steady(dryBackfillsText(dry)).replace(/cost=\S+ rows=\d+/g, 'cost=COST');
    expect(text).toContain(
      '002_fill   db/migrations/002_fill.sql:2:1\n  UPDATE users   along id   5,000 rows, as the server estimates\n  8 batches of 700 rows',
    );
    expect(text).toContain('Update on users');
    expect(text).toContain('--measure');
    expect(dry.backfills[0]).not.toHaveProperty('measured');
  });

  test('says so where what it changes is not there yet, and goes on with the next', async () => {
    const more = pair(
      '003_more',
      'ALTER TABLE users ADD m int;\n-- part: backfill\nUPDATE users SET m = n WHERE m IS NULL;',
      'ALTER TABLE users DROP m;',
    );
    const none = pair(
      '004_none',
      'CREATE TABLE later (id int PRIMARY KEY);\n-- part: backfill\nDELETE FROM later WHERE id > 3;',
      'DROP TABLE later;',
    );
    const { database, root } = await begin({ ...more, ...none, ...FILL });
    for (const isMeasured of [true, false]) {
      const { backfills } = await look(root, database, { isMeasured });
      expect(backfills.map(({ name, problem }) => [name, problem])).toEqual([
        ['002_fill', undefined],
        ['003_more', expect.stringContaining('column "m" does not exist')],
        ['004_none', 'there is no table later'],
      ]);
    }
  });

  test('goes on from where an earlier run has come', async () => {
    const poison = pair('002_fill', '-- part: backfill batch=1000\nUPDATE users SET n = 1 / (id - 3500);', '-- empty: nothing');
    const { database, root, apply } = await begin(poison);
    expect((await apply()).exitCode).toBe(1);
    const { backfills } = await look(root, database, { isMeasured: false });
    expect(backfills).toMatchObject([{ done: 3000, rows: 2000 }]);
  });

  test('looks also where something else is in the way of a run', async () => {
    const { database, root } = await begin({ ...FILL, ...pair('003_next', '-- requires: 009\nSELECT 1;', 'SELECT 1;') });
    expect((await look(root, database)).backfills).toMatchObject([{ name: '002_fill' }]);
  });

  test('without a backfill there is nothing to tell', async () => {
    const { database, root } = await begin({});
    expect(await refusalOf(look(root, database))).toContain('Nothing that is pending has a backfill');
  });
});
