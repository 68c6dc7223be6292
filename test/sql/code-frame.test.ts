import { describe, expect, test } from 'vitest';
import { codeFrame, placeOf } from '../../src/sql/text/code-frame.ts';
import { offsetOfPosition } from '../../src/sql/text/positions.ts';
import { sqlFile } from './sql-file.ts';

test('the caret stands below its character', () => {
  const frames = [
    codeFrame('SELECT 1;\nSELECT x;', 17),
    codeFrame('\tSELECT\tx;', 8),
    codeFrame("SELECT '漢字かな', x;", 15),
    codeFrame("SELECT 'e\u0301e\u0301', x;", 15),
    codeFrame("SELECT '👩‍👩‍👧😀', x;", 21),
    codeFrame('SELECT 1;', 9),
    codeFrame('SELECT 1;\n\nSELECT 2', 10),
  ];
  expect(`\n${frames.join('\n\n')}\n`).toMatchInlineSnapshot(`
    "
    2 │ SELECT x;
      │        ^

    1 │   SELECT  x;
      │           ^

    1 │ SELECT '漢字かな', x;
      │                    ^

    1 │ SELECT 'éé', x;
      │              ^

    1 │ SELECT '👩‍👩‍👧😀', x;
      │                ^

    1 │ SELECT 1;
      │          ^

    2 │
      │ ^
    "
  `);
});

describe('a long line is cut', () => {
  const line = `SELECT ${'column, '.repeat(100)}x${', column'.repeat(100)}`;
  test('around the caret', () => {
    expect(`\n${codeFrame(line, line.indexOf('x'))}`).toMatchInlineSnapshot(`
      "
      1 │ …mn, column, column, column, column, column, column, column, x, column, column, column, co…
        │                                                              ^"
    `);
  });
  test('behind, when the caret stands in front', () => {
    expect(`\n${codeFrame(line, 7)}`).toMatchInlineSnapshot(`
      "
      1 │ SELECT column, column, column, column, column, column, column, column, column, column, col…
        │        ^"
    `);
  });
  test('in front, when the caret stands at the end', () => {
    expect(`\n${codeFrame(line, line.length)}`).toMatchInlineSnapshot(`
      "
      1 │ …lumn, column, column, column, column, column, column, column
        │                                                              ^"
    `);
  });
  test('between wide characters', () => {
    expect(`\n${codeFrame(`SELECT '${'漢字'.repeat(60)}', x`, 131)}`).toMatchInlineSnapshot(`
      "
      1 │ …漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字', x
        │                                                             ^"
    `);
  });
  test('to about 100 columns when it has 20 MB', () => {
    const huge = 'x'.repeat(20_000_000);
    expect(codeFrame(huge, 10_000_000).split('\n')[0]?.length).toBeLessThan(100);
  });
});

test('characters that would disturb a terminal are replaced', () => {
  expect(codeFrame('SELECT \u001b[31m\u202ered\u0007 x', 18)).toMatchInlineSnapshot(`
    "1 │ SELECT �[31m�red� x
      │                   ^"
  `);
});

describe('the place of an offset', () => {
  test.each([
    ['LF', 'a\nbc\nd', 3, { line: 2, column: 2 }],
    ['CRLF', 'a\r\nbc\r\nd', 4, { line: 2, column: 2 }],
    ['CR', 'a\rbc\rd', 5, { line: 3, column: 1 }],
    ['inside CRLF', 'a\r\nb', 2, { line: 1, column: 2 }],
    ['mixed', 'a\n\r\n\rb', 5, { line: 4, column: 1 }],
    ['characters outside the BMP count once', '😀😀x', 4, { line: 1, column: 3 }],
    ['behind the end', 'ab', 99, { line: 1, column: 3 }],
    ['before the start', 'ab', -1, { line: 1, column: 1 }],
    ['an empty file', '', 0, { line: 1, column: 1 }],
  ])('%s', (_name, ...[text, offset, place]) => {
    expect(placeOf(sqlFile(text), offset)).toMatchObject({ file: 'db/migrations/001_x.sql', ...place });
  });
});

describe("PostgreSQL's position, in characters from 1, becomes an offset", () => {
  test.each([
    ['in ASCII', 'SELECT x', 0, 8, 7],
    ['behind emoji', "SELECT '😀', x", 0, 13, 13],
    ['in a text sent from the middle of the file', "SELECT '😀'; SELECT x", 13, 8, 20],
    ['with CRLF, which is two characters', 'a\r\nb', 0, 4, 3],
    ['behind the end', 'ab', 0, 99, 2],
  ])('%s', (_name, ...[text, sentFrom, position, offset]) => {
    expect(offsetOfPosition(text, sentFrom, position)).toBe(offset);
  });
});
