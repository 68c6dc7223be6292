import { expect, test } from 'vitest';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';

const FUNCTION = 'function shop.total(integer)';
/** A long function of which these lines are the body. */
const body = (...lines: readonly string[]): string =>
  `CREATE OR REPLACE FUNCTION shop.total(integer)\n RETURNS numeric\n LANGUAGE plpgsql\nAS $function$\nDECLARE\n  sum numeric := 0;\nBEGIN\n${lines.map((line) => `  ${line}\n`).join('')}END\n$function$\n`;
const filler = Array.from(
  { length: 12 },
  (_, i) => `sum := sum + coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = ${i}), 0);`,
);
const of = (kind: string, name: string, ...definitions: readonly string[]) => definitions.map((definition) => ({ kind, name, definition }));
const functions = (before: string, after: string): readonly string[] =>
  compareSnapshots(of('function', 'shop.total(integer)', before), of('function', 'shop.total(integer)', after));
const screen = (lines: readonly string[]): string => lines.join('\n');

test('what is on one side only is one line', () => {
  const first = [...of('table', 'shop.old', 'plain'), ...of('schema', 'shop', '')];
  expect(screen(compareSnapshots(first, of('index', 'shop.i', 'CREATE INDEX i ON shop.t USING btree (a)')))).toMatchInlineSnapshot(`
    "+ index shop.i: CREATE INDEX i ON shop.t USING btree (a)
    - schema shop
    - table shop.old: plain"
  `);
});

test('what is short is shown whole', () => {
  expect(
    screen(functions('CREATE FUNCTION\n  RETURNS int\n  AS $$ SELECT 1 $$', 'CREATE FUNCTION\n  RETURNS int\n  AS $$ SELECT 2 $$')),
  ).toMatchInlineSnapshot(`
    "- function shop.total(integer): CREATE FUNCTION RETURNS int AS $$ SELECT 1 $$
    + function shop.total(integer): CREATE FUNCTION RETURNS int AS $$ SELECT 2 $$"
  `);
});

test('of a long text the lines are shown that differ', () => {
  expect(
    screen(functions(body(...filler, 'RETURN sum;'), body(...filler.slice(0, 5), '-- twice', ...filler.slice(5), 'RETURN sum * 2;'))),
  ).toMatchInlineSnapshot(`
    "+ function shop.total(integer): … -- twice …
    - function shop.total(integer): … RETURN sum; …
    + function shop.total(integer): … RETURN sum * 2; …"
  `);
});

test('of many places the first are shown, and how many more there are', () => {
  const other = filler.map((line, i) => (i % 2 === 0 ? line : line.replace('sum +', 'sum -')));
  expect(screen(functions(body(...filler), body(...other)))).toMatchInlineSnapshot(`
    "- function shop.total(integer): … sum := sum + coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 1), 0); …
    + function shop.total(integer): … sum := sum - coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 1), 0); …
    - function shop.total(integer): … sum := sum + coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 3), 0); …
    + function shop.total(integer): … sum := sum - coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 3), 0); …
    - function shop.total(integer): … sum := sum + coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 5), 0); …
    + function shop.total(integer): … sum := sum - coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 5), 0); …
    - function shop.total(integer): … sum := sum + coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 7), 0); …
    + function shop.total(integer): … sum := sum - coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 7), 0); …
    - function shop.total(integer): … sum := sum + coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 9), 0); …
    + function shop.total(integer): … sum := sum - coalesce((SELECT amount FROM shop.entries WHERE id = $1 AND line = 9), 0); …
    … function shop.total(integer): 1 more place differs"
  `);
});

test('of a long line both begin where they begin to differ', () => {
  const view = (last: string): string => `SELECT ${Array.from({ length: 60 }, (_, i) => `column_${i}`).join(', ')}, ${last} FROM shop.t`;
  expect(screen(compareSnapshots(of('view', 'shop.v', view('price')), of('view', 'shop.v', view('cost'))))).toMatchInlineSnapshot(`
    "- view shop.v: … column_56, column_57, column_58, column_59, price FROM shop.t
    + view shop.v: … column_56, column_57, column_58, column_59, cost FROM shop.t"
  `);
});

test('no line is much wider than 300 characters', () => {
  const lines = functions(body('x'.repeat(5_000)), body('y'.repeat(5_000), ...filler));
  expect(lines.map((line) => line.length).filter((length) => length > 300)).toEqual([]);
});

test('white space is seen where nothing else differs', () => {
  expect(screen(compareSnapshots(of('comment', 'shop.t', 'one  two'), of('comment', 'shop.t', 'one\ttwo')))).toMatchInlineSnapshot(`
    "- comment shop.t: one  two
    + comment shop.t: one\\ttwo"
  `);
  expect(screen(functions(body(...filler, 'RETURN  sum;'), body(...filler, 'RETURN sum;')))).toMatchInlineSnapshot(`
    "- function shop.total(integer): …   RETURN  sum; …
    + function shop.total(integer): …   RETURN sum; …"
  `);
});

test('of the grants of one object those are shown that differ', () => {
  const first = of('grant', 'shop.t', 'to app: INSERT, SELECT', 'to PUBLIC: SELECT', 'to cron: DELETE');
  expect(screen(compareSnapshots(first, of('grant', 'shop.t', 'to app: SELECT', 'to PUBLIC: SELECT')))).toMatchInlineSnapshot(`
    "- grant shop.t: to app: INSERT, SELECT
    - grant shop.t: to cron: DELETE
    + grant shop.t: to app: SELECT"
  `);
});

test('two texts of thousands of lines are compared in no time', () => {
  const long = (word: string): string => Array.from({ length: 20_000 }, (_, i) => `${i % 7 === 3 ? word : 'same'} ${i}`).join('\n');
  expect(compareSnapshots(of('function', FUNCTION, long('a')), of('function', FUNCTION, long('b'))).map((line) => line.length)).toEqual([
    283, 283,
  ]);
});
