import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { historyOf, pair } from '../support/project.ts';
import { sampleSize } from '../support/sample-size.ts';

// More of the same on request: ROUNDS=20 npx vitest run test/journeys/race
const ROUNDS = sampleSize('ROUNDS', { everyday: 1, inCi: 2 });

const FILES = {
  ...pair('002_t', 'CREATE TABLE t (id int); INSERT INTO t VALUES (1);', 'DROP TABLE t;'),
  ...pair('003_i', 'CREATE INDEX CONCURRENTLY t_id ON t (id);', 'DROP INDEX CONCURRENTLY t_id;'),
  ...pair('004_more', 'INSERT INTO t VALUES (2);', 'DELETE FROM t WHERE id = 2;'),
};

onServer('newest', 'runners at once on a fresh database', ({ freshDatabase }) => {
  for (let round = 1; round <= ROUNDS; round += 1) {
    test(`apply every migration exactly once, four of ours and four stock (round ${round})`, async () => {
      const database = await freshDatabase();
      const { ours, knex } = await createCheckout(database, FILES);
      const runs = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (i % 2 ? knex(['migrate:latest']) : ours(['migrate-up', '--env', 'development']))),
      );
      expect(runs.filter(({ code }) => code !== 0)).toEqual([]);
      expect(await historyOf(database)).toEqual(['001_init', '002_t', '003_i', '004_more']);
      expect(await database.query('select id from t order by id')).toEqual([{ id: 1 }, { id: 2 }]);
      expect(await database.query('select count(*)::int as n from pg_index where not indisvalid')).toEqual([{ n: 0 }]);
    });
  }

  for (let round = 1; round <= ROUNDS; round += 1) {
    test(`carry on when one of them is killed (round ${round})`, async () => {
      const database = await freshDatabase();
      const { ours, start } = await createCheckout(database, FILES);
      const runs = Array.from({ length: 8 }, (_, i) =>
        i % 2 ? start('knex', ['migrate:latest']) : start('ours', ['migrate-up', '--env', 'development']),
      );
      const victim = Math.floor(Math.random() * runs.length);
      await Promise.race([sleep(Math.random() * 4_000), runs[victim]?.finished]);
      runs[victim]?.child.kill('SIGKILL');
      const codes = await Promise.all(runs.map(async ({ finished }) => (await finished).code));
      expect(codes.filter((code, i) => i !== victim && code !== 0)).toEqual([]);
      expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
      expect(await historyOf(database)).toEqual(['001_init', '002_t', '003_i', '004_more']);
      expect(await database.query('select id from t order by id')).toEqual([{ id: 1 }, { id: 2 }]);
      expect(await database.query('select count(*)::int as n from pg_index where not indisvalid')).toEqual([{ n: 0 }]);
    });
  }
});
