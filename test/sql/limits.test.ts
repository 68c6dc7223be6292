import { describe, expect, test } from 'vitest';
import { parseScript } from '../../src/sql/script/parse-script.ts';
import { errorOf, partsOf, sqlFile } from './sql-file.ts';

describe('what the parser has no room for is left to the server:', () => {
  test.each([
    ['an expression of 10,000 terms', `SELECT ${Array(10_000).fill('a').join('+')}`],
    ['20,000 parentheses', `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`],
    ['3,000 subqueries', `SELECT ${'(SELECT '.repeat(3_000)}1${')'.repeat(3_000)}`],
    ['20,000 UNIONs', Array(20_000).fill('SELECT 1, 2').join(' UNION ')],
    ['a literal of 20 MB', `SELECT '${'x'.repeat(20_000_000)}'`],
    ['a million parentheses that never close', '('.repeat(1_000_000)],
  ])('%s', async (_name, text) => {
    const { parts } = await parseScript(sqlFile(text));
    expect(parts).toMatchObject([{ mode: 'transaction', statements: [{ start: 0, end: text.length }] }]);
  });
});

test('deep statements, again and again, do the parser no harm', async () => {
  const deep = Array.from({ length: 30 }, (_, i) => `SELECT ${'a+'.repeat(1000 * i)}1`).join(';\n');
  expect((await errorOf(`${deep};\nSELECT FROM FROM`)).where?.line).toBe(31);
});

test('an index whose condition is too deep is still built on its own', async () => {
  const text = `CREATE INDEX CONCURRENTLY i ON t (a) WHERE ${Array(10_000).fill('a').join('+')} > 0`;
  expect(await partsOf(text)).toEqual([`alone: ${text} -> unknown`]);
});

describe('is one pass over', () => {
  test('one INSERT with 200,000 rows', async () => {
    const text = `INSERT INTO t VALUES\n${Array(200_000).fill("(1, 'x', NULL)").join(',\n')};`;
    expect(await partsOf(text)).toHaveLength(1);
  });
  test('a line of 1 MB', async () => {
    expect(await partsOf(`SELECT ${Array(80_000).fill('column_a').join(', ')} FROM t`)).toHaveLength(1);
  });
  test.each(["'", '"', '$', '$a', '/*', '--', '(', '\\', ';', "E'\\", "''", '$a$b', 'a\n', '{', 'password ', 'password=', '://a:b'])(
    '500,000 times %s',
    async (bit) => {
      await parseScript(sqlFile(`SELECT 1; ${bit.repeat(500_000)}`)).catch((error: unknown) => expect(error).toHaveProperty('where.line'));
    },
  );
});
