import { expect, test } from 'vitest';
import { judgeLoad } from '../../src/rehearse/judge-load.ts';
import { measureLoad } from '../../src/rehearse/measure-load.ts';
import type { Recorded } from '../../src/rehearse/recorded.ts';
import { temporaryBytes } from '../../src/rehearse/temporary-files.ts';

const WAL_START = 1_000_000;
const nothing = { held: [], filenodes: { 1: 10, 2: 20 }, walBytes: WAL_START };
const USERS = { oid: 1, name: 'public.users', isTable: true };
const UPDATE = { kind: 'write', what: 'UPDATE on public.users', tables: ['public.users'] } as const;
const SELECT = { kind: 'read', what: 'SELECT on public.users', tables: ['public.users'] } as const;
const PKEY = { oid: 2, name: 'public.users_pkey', isTable: false };

/** One statement from 1,000 to 4,000 ms during which an UPDATE waits from 1,010 on; before it they take 20 ms. */
const recorded = (text: string, endedAt = 3_990): Recorded => {
  const seen = {
    held: [
      [1, 'AccessShareLock'],
      [1, 'ShareLock'],
    ],
    filenodes: { 1: 11, 2: 20 },
    walBytes: WAL_START + 36_700_000,
  } as const;
  return {
    tables: [{ table: 'public.users', rows: 1_000_000 }],
    relations: [USERS, PKEY],
    run: { from: 1_000, to: 4_010 },
    before: nothing,
    after: seen,
    statements: [{ from: 1_000, to: 4_000, what: 'CREATE INDEX', line: 2, text, tempBytes: 0, seen }],
    polls: [{ at: 1_500, held: [], blocked: 2, walBytes: WAL_START }],
    operations: [
      { ...UPDATE, dueAt: 100, endedAt: 120 },
      { ...SELECT, dueAt: 1_010, endedAt: 1_015 },
      { ...UPDATE, dueAt: 1_010, endedAt },
    ],
  };
};

const judge = (one: Recorded, maxStallMs = 500) => judgeLoad(one, measureLoad(one), { file: 'db/migrations/002_x.sql', maxStallMs });

test('a statement is measured by what its own session saw, and by what others waited', () => {
  expect(measureLoad(recorded('CREATE INDEX x ON users (a)'))).toEqual({
    tables: [{ table: 'public.users', rows: 1_000_000 }],
    ms: 3_010,
    noiseMs: 20,
    readStallMs: 5,
    writeStallMs: 2_980,
    statements: [
      {
        what: 'CREATE INDEX',
        line: 2,
        fromMs: 0,
        ms: 3_000,
        locks: [{ table: 'public.users', mode: 'Share' }],
        rewritten: ['public.users'],
        walBytes: 36_700_000,
        readStallMs: 5,
        writeStallMs: 2_980,
        blocked: 2,
      },
    ],
    locks: [{ table: 'public.users', mode: 'Share', fromMs: 3_000, toMs: 3_000 }],
    waits: [{ kind: 'write', what: 'UPDATE on public.users', fromMs: 10, ms: 2_980 }],
  });
});

test.each([
  ['temporary file: path "base/pgsql_tmp/pgsql_tmp4711.0", size 14000000', 14_000_000],
  ['temporäre Datei: Pfad »pg_tblspc/16384/PG_18_202506291/pgsql_tmp/pgsql_tmp9.1.fileset/0.0«, Größe 8192', 8192],
  ['checkpoint starting: time', 0],
  ['duration: 12 ms', 0],
])('%s: temporary bytes %i', (notice, bytes) => {
  expect(temporaryBytes(notice)).toBe(bytes);
});

test('a lock lasts from when it was seen first to when it was seen last', () => {
  const one = recorded('CREATE INDEX x ON users (a)');
  const at = (moment: number, ...held: readonly (readonly [number, string])[]) => ({ at: moment, held, blocked: 0, walBytes: WAL_START });
  const spans = (polls: Recorded['polls']) => measureLoad({ ...one, polls }).locks.map(({ mode, fromMs, toMs }) => [mode, fromMs, toMs]);
  expect(spans([])).toEqual([['Share', 0, 3_000]]);
  expect(spans([at(1_500), at(2_000, [1, 'ShareLock'])])).toEqual([['Share', 1_000, 3_000]]);
  expect(spans([at(1_100, [1, 'ShareLock']), at(3_900, [1, 'ShareLock']), at(3_990)])).toEqual([['Share', 100, 2_900]]);
  expect(spans([at(1_100, [1, 'ShareLock']), at(2_000, [1, 'AccessExclusiveLock'], [1, 'ShareLock']), at(3_990)])).toEqual([
    ['Share', 100, 100],
    ['AccessExclusive', 1_000, 1_000],
  ]);
});

test('what waits longer than the policy allows is a finding, beyond what it waits anyway', () => {
  expect(judge(recorded('CREATE INDEX x ON users (a)'))).toEqual([
    {
      code: 'stall',
      what: 'UPDATE on public.users waited 2,980 ms for CREATE INDEX (Share lock on public.users, 36.7 MB of WAL, rewritten: public.users)',
      where: { file: 'db/migrations/002_x.sql', line: 2 },
      next: 'write CREATE INDEX CONCURRENTLY: it takes about as long, and nobody waits for it',
    },
  ]);
  expect(judge(recorded('CREATE INDEX x ON users (a)'), 2_960)).toEqual([]);
  expect(judge(recorded('CREATE INDEX x ON users (a)', 1_400))).toEqual([]);
});

test('a writer that waits for rows is told so', () => {
  const one = recorded('UPDATE users SET a = 1');
  const statements = one.statements.map((it) => ({ ...it, seen: { ...nothing, held: [[1, 'RowExclusiveLock']] } as const }));
  expect(judge({ ...one, statements })[0]?.what).toBe(
    'UPDATE on public.users waited 2,980 ms for CREATE INDEX (row locks in public.users, 0.0 MB of WAL)',
  );
});

test.each([
  ['-- a comment\nCREATE UNIQUE  INDEX x ON users (a)', 'CREATE INDEX CONCURRENTLY'],
  ['DROP INDEX x', 'DROP INDEX CONCURRENTLY'],
  ['REINDEX TABLE users', 'REINDEX … CONCURRENTLY'],
  ['ALTER TABLE a ADD CONSTRAINT b FOREIGN KEY (c) REFERENCES d', 'NOT VALID'],
  ['ALTER TABLE a ADD CHECK (b > 0)', 'NOT VALID'],
  ['ALTER TABLE a ADD COLUMN b int REFERENCES c', 'NOT VALID'],
  ['ALTER TABLE a ADD CONSTRAINT b UNIQUE (c)', 'USING INDEX'],
  ['ALTER TABLE a ALTER b SET NOT NULL', 'IS NOT NULL) NOT VALID'],
  ['ALTER TABLE a ALTER COLUMN b TYPE bigint', 'a new column of that type'],
  ['ALTER TABLE a ALTER b SET DATA TYPE bigint', 'a new column of that type'],
  ['ALTER TABLE a ADD b uuid DEFAULT gen_random_uuid()', 'fill the old rows in batches'],
  ['ALTER TABLE a ADD b bigserial', 'fill the old rows in batches'],
  ['UPDATE a SET b = 1', 'in batches'],
  ['REFRESH MATERIALIZED VIEW a', 'REFRESH MATERIALIZED VIEW CONCURRENTLY'],
  ['VACUUM FULL a', 'no online form'],
  ['SELECT slow()', 'maxStallMs'],
])('%s has another form: %s', (text, words) => {
  expect(judge(recorded(text))[0]?.next).toContain(words);
});
