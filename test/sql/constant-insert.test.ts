import { loadModule, parseSync } from 'libpg-query';
import { beforeAll, describe, expect, test } from 'vitest';
import { ConstantInserts } from '../../src/sql/text/constant-insert.ts';
import { TokenHash } from '../../src/sql/text/token-hash.ts';

const match = (text: string): number => new ConstantInserts(text, new TokenHash()).match(0);

beforeAll(loadModule);

describe('takes', () => {
  test.each([
    'INSERT INTO t VALUES (1)',
    'insert\n\tinto s . t ( a , "B b" )\nvalues (-1, + 2.5, .5, 1., 1e10, 1.5E-3)',
    "INSERT INTO t VALUES ('it''s', E'a\\n\\'b\\\\', NULL, true, False, DEFAULT), ('a'\n'b')",
    'INSERT INTO t VALUES (1), (2) ON CONFLICT DO NOTHING',
    'INSERT/* c */INTO--x\nt VALUES/* d */(1/* ) */)',
    'INSERT INTO "select" VALUES (1)',
    'INSERT INTO größe VALUES (1)',
  ])('%s, as PostgreSQL does', (text) => {
    expect(match(text)).toBe(text.length);
    expect(parseSync(text).stmts).toHaveLength(1);
  });
});

describe('leaves to the parser', () => {
  test.each([
    'INSERT INTO t VALUES (now())',
    'INSERT INTO t VALUES (1) RETURNING a',
    'INSERT INTO t VALUES (1) ON CONFLICT (a) DO NOTHING',
    'INSERT INTO t AS x VALUES (1)',
    'INSERT INTO t DEFAULT VALUES',
    'INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (1)',
    'INSERT INTO t SELECT 1',
    'INSERT INTO t (a[1]) VALUES (1)',
    'INSERT INTO a.b.c VALUES (1)',
    "INSERT INTO t VALUES (E'\\x00')",
    "INSERT INTO t VALUES (E'\\u0041')",
    "INSERT INTO t VALUES (E'\\101')",
    "INSERT INTO t VALUES (N'x', B'01', U&'x')",
    'INSERT INTO t VALUES (0x1F)',
    'INSERT INTO t VALUES (1_000)',
    'INSERT INTO t VALUES (1 + 1)',
    "INSERT INTO t VALUES ('a'::text)",
    'INSERT INTO t VALUES ($$x$$)',
    'INSERTS INTO t VALUES (1)',
  ])('%s', (text) => {
    expect(match(text)).toBe(-1);
  });
});

describe('leaves what is wrong to the parser, which refuses it:', () => {
  test.each([
    'INSERT INTO select VALUES (1)',
    'INSERT INTO t (user) VALUES (1)',
    'INSERT INTO t () VALUES (1)',
    'INSERT INTO t (a,) VALUES (1)',
    'INSERT INTO t VALUES ()',
    'INSERT INTO t VALUES (1,)',
    'INSERT INTO t VALUES (1) (2)',
    'INSERT INTO t VALUES (1),',
    'INSERT INTO t VALUES (1a)',
    'INSERT INTO t VALUES (1..2)',
    'INSERT INTO t VALUES (.)',
    'INSERT INTO t VALUES (1e)',
    "INSERT INTO t VALUES ('a' 'b')",
    'INSERT INTO t VALUES (1 2)',
    'INSERT INTO t VALUES (- - )',
    'INSERT INTO t VALUES (1) ON CONFLICT DO',
    'INSERT INTO t VALUES (1) x',
    'INSERT INTO "" VALUES (1)',
    'INSERT INTO t VALUES (1',
    'INSERT INTO tVALUES (1)',
  ])('%s', (text) => {
    expect(match(text)).toBe(-1);
    expect(() => parseSync(text)).toThrow();
  });
});

test('a repeated head is recognised however the next one is written', () => {
  const text = 'INSERT INTO t VALUES (1);INSERT INTO t VALUES (2);INSERT INTO t VALUESx (3)';
  const inserts = new ConstantInserts(text, new TokenHash());
  expect([0, 25, 50].map((at) => inserts.match(at))).toEqual([24, 49, -1]);
});
