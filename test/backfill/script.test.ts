import { expect, test } from 'vitest';
import { nextBatch } from '../../src/backfill/pace.ts';
import { othersPerSecond } from '../../src/backfill/yield.ts';
import { withRange } from '../../src/sql/script/backfill.ts';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { sqlFile } from '../sql/sql-file.ts';

async function rewritten(sql: string): Promise<string> {
  const { parts } = await parseScript(sqlFile(`-- part: backfill\n${sql}`));
  const [part] = parts;
  if (part?.mode !== 'backfill') throw new Error('no backfill');
  return withRange(`-- part: backfill\n${sql}`, part.backfill, 'RANGE').text.replace('-- part: backfill\n', '');
}

test.each([
  ['UPDATE t SET a = 1;', 'UPDATE t SET a = 1 WHERE RANGE;'],
  ['UPDATE t SET a = 1 WHERE a IS NULL OR b;', 'UPDATE t SET a = 1 WHERE (a IS NULL OR b) AND RANGE;'],
  [
    "UPDATE t x SET a = (SELECT 1 WHERE true), b = ' WHERE ' FROM u WHERE u.id = x.id -- why\n;",
    "UPDATE t x SET a = (SELECT 1 WHERE true), b = ' WHERE ' FROM u WHERE (u.id = x.id) AND RANGE -- why\n;",
  ],
  ['DELETE FROM t WHERE a < 3', 'DELETE FROM t WHERE (a < 3) AND RANGE'],
  [
    'INSERT INTO u (id) SELECT id FROM t ON CONFLICT DO NOTHING;',
    'INSERT INTO u (id) SELECT id FROM t WHERE RANGE ON CONFLICT DO NOTHING;',
  ],
  [
    'INSERT INTO u (id) SELECT id FROM t WHERE a ON CONFLICT (id) DO NOTHING;',
    'INSERT INTO u (id) SELECT id FROM t WHERE (a) AND RANGE ON CONFLICT (id) DO NOTHING;',
  ],
  [
    'INSERT INTO u (id) SELECT substring(a FROM 1 FOR 3) FROM t WHERE a FOR KEY SHARE ON CONFLICT DO NOTHING;',
    'INSERT INTO u (id) SELECT substring(a FROM 1 FOR 3) FROM t WHERE (a) AND RANGE FOR KEY SHARE ON CONFLICT DO NOTHING;',
  ],
])('writes the range into %s', async (sql, expected) => {
  expect(await rewritten(sql)).toBe(expected);
});

test.each([
  ['SELECT 1;', 'it is none of UPDATE, DELETE and INSERT … SELECT'],
  ['WITH x AS (SELECT 1) UPDATE t SET a = 1;', 'it has a WITH'],
  ['UPDATE t SET a = 1 RETURNING a;', 'RETURNING gives its rows to nobody'],
  ['UPDATE t SET a = (SELECT max(a) FROM t);', 'it reads the table that it changes a second time'],
  ['DELETE FROM t USING t o WHERE o.id = t.id;', 'it reads the table that it changes a second time'],
  ['INSERT INTO u SELECT id FROM t;', 'without ON CONFLICT DO NOTHING'],
  ['INSERT INTO u SELECT a, count(*) FROM t GROUP BY a ON CONFLICT DO NOTHING;', 'are about all rows at once'],
  ['INSERT INTO u VALUES (1) ON CONFLICT DO NOTHING;', 'INSERT INTO cannot run in batches'],
])('refuses %s', async (sql, why) => {
  await expect(parseScript(sqlFile(`-- part: backfill\n${sql}`))).rejects.toThrow(why);
});

test('reads what the line above says, and takes one statement', async () => {
  const { parts } = await parseScript(
    sqlFile(
      '-- part: backfill batch=5000 pause=50ms along=a,b\n-- verify: SELECT count(*) FROM t WHERE a IS NULL\nUPDATE t SET a = 1 WHERE a IS NULL;\nSELECT 1;',
    ),
  );
  expect(parts).toMatchObject([
    {
      mode: 'backfill',
      backfill: { batch: 5000, pauseMs: 50, along: ['a', 'b'], verify: 'SELECT count(*) FROM t WHERE a IS NULL', saysWhatIsLeft: true },
    },
    { mode: 'transaction' },
  ]);
  const later = await parseScript(sqlFile('-- part: backfill in background batch=7\nUPDATE t SET a = 1;'));
  expect(later.parts).toMatchObject([{ mode: 'backfill', backfill: { batch: 7, inBackground: true } }]);
  await expect(parseScript(sqlFile('-- part: backfill batch=7 in background\nUPDATE t SET a = 1;'))).rejects.toThrow('does not know');
  await expect(parseScript(sqlFile('-- part: backfill fast\nUPDATE t SET a = 1;'))).rejects.toThrow(
    '-- part: does not know "backfill fast"',
  );
});

test('the pace converges to its target, never starves and stays within bounds', () => {
  for (const perRowMs of [0.0001, 0.01, 0.2, 3, 40]) {
    let rows = 1_000;
    for (let i = 0; i < 30; i += 1) rows = nextBatch(rows, { tookMs: rows * perRowMs });
    expect(rows).toBe(Math.max(10, Math.min(50_000, Math.round(200 / perRowMs))));
  }
  expect(nextBatch(1_000, { tookMs: 0 })).toBe(2_000);
  expect(nextBatch(1_000, { tookMs: 60_000 })).toBe(10);
  // A fifth of the time beside an application.
  expect(nextBatch(1_000, { tookMs: 200, isGentle: true })).toBe(200);
});

test('tells the transactions of others from ours, which the server counts late', () => {
  /** Looks at this distance for so long; each stands for four transactions of ours, and the server is told of them once a second. */
  const simulate = (paces: readonly (readonly [everyMs: number, forMs: number])[], othersASecond: number) => {
    const looks: { at: number; commits: number }[] = [];
    const seen: (number | undefined)[] = [];
    let [at, told, toldAt] = [0, 0, 0];
    for (const [everyMs, forMs] of paces)
      for (const until = at + forMs; at < until; at += everyMs) {
        if (at - toldAt >= 1_000) [told, toldAt] = [looks.length * 4, at];
        looks.push({ at, commits: told + Math.floor((at * othersASecond) / 1_000) });
        seen.push(othersPerSecond(looks, 1));
      }
    return seen.filter((one) => one !== undefined);
  };
  // Short batches at first, as nobody knows, and then long ones.
  const alone = [
    [40, 1_600],
    [200, 10_000],
  ] as const;
  expect(Math.max(...simulate(alone, 0))).toBeLessThan(20);
  const beside = [
    [40, 1_600],
    [80, 10_000],
  ] as const;
  expect(Math.min(...simulate(beside, 200))).toBeGreaterThan(20);
  expect(
    othersPerSecond(
      [
        { at: 0, commits: 0 },
        { at: 1_000, commits: 9_000 },
      ],
      1,
    ),
  ).toBeUndefined();
});
