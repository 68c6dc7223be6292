import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readWorkload } from '../../src/rehearse/workload-file.ts';
import { refusalOf } from '../support/project.ts';

function written(text: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'workload-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'load.sql');
  writeFileSync(file, text);
  return file;
}

test('a statement has the name and the values that stand above it', async () => {
  const text = `-- What the shop does.
-- name: read a user
-- $1: SELECT id FROM users;
SELECT * FROM users WHERE id = $1;

-- the till
-- $2, $1: SELECT id, user_id FROM orders
UPDATE orders SET amount = amount + 1, note = 'costs $3' WHERE id = $2 AND user_id = $1;
INSERT INTO log VALUES (1)`;
  const { source, statements } = await readWorkload(written(text));
  const at = ({ start, end }: { start: number; end: number }): string => source.text.slice(start, end);
  expect(statements.map((one) => [one.name, at(one), one.values.map((it) => [it.numbers, at(it)])])).toEqual([
    ['read a user', 'SELECT * FROM users WHERE id = $1', [[[1], 'SELECT id FROM users']]],
    [
      'the statement of line 8',
      "UPDATE orders SET amount = amount + 1, note = 'costs $3' WHERE id = $2 AND user_id = $1",
      [[[2, 1], 'SELECT id, user_id FROM orders']],
    ],
    ['the statement of line 9', 'INSERT INTO log VALUES (1)', []],
  ]);
});

test.each([
  ['', 'holds no statement'],
  ['SELECT 1;\nSELECT * FROM users WHERE id = $1;', 'Nothing gives $1 of "the statement of line 2" a value load.sql:2:32'],
  ['-- $1: SELECT 1\n-- $2: SELECT 2\nSELECT $1;', '"the statement of line 3" has no $2 load.sql:2:8'],
  ['-- $1: SELECT 1\n-- $1: SELECT 2\nSELECT $1;', '$1 of "the statement of line 3" has values twice load.sql:2:8'],
  ['-- $1: SELECT id FRM users WHERE\nSELECT $1;', 'Syntax error at or near "users" load.sql:1:22'],
  ['-- $1: DELETE FROM users RETURNING id\nSELECT $1;', 'The values of parameters come from a SELECT load.sql:1:8'],
  ['SELECT 1;\nSELEC 2;', 'Syntax error at or near "SELEC" load.sql:2:1'],
  ["SELECT 'open", 'This quote is never closed, so the rest of the file is inside it load.sql:1:8'],
  ['BEGIN;', 'A workload reads and writes rows, and this does something else load.sql:1:1'],
  ['SELECT 1 INTO t;', 'A workload reads and writes rows, and this does something else load.sql:1:1'],
  ['SELECT 1;\n  \\timing', '\\timing is a command of psql, not SQL load.sql:2:3'],
  ['-- part: no-transaction\nSELECT 1;', '-- part: is for migrations, a workload has none load.sql:1:1'],
  ['SELECT 1;\n-- name: the last', 'No statement follows these comments load.sql:2:1'],
])('refuses with the place: %j', async (text, expected) => {
  const screen = await refusalOf(readWorkload(written(text)));
  const [what = '', where = ''] = screen.split('\n');
  const file = /[^/ ]*load\.sql(?::\d+)*/.exec(where)?.[0] ?? '';
  expect(`${what} ${file}`).toContain(expected);
});
