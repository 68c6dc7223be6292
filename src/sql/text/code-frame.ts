import type { Where } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
import { charactersOf, columnsOf } from './columns.ts';
import { countCodePoints, findLine, type Line } from './positions.ts';
import { maskPasswords } from './secrets.ts';

const MAX_COLUMNS = 90;
const COLUMNS_BEFORE_CARET = 60;
/** How much of a very long line is looked at, on each side of the caret. */
const WINDOW = 1_000;
/** Characters that would move the terminal's cursor or turn the text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * The line of code with its number, and below it a caret under the character at `offset`.
 * Right with tabs, wide and combining characters; passwords are masked; a long line is cut around the caret.
 */
export function codeFrame(text: string, offset: number): string {
  const line = findLine(text, offset);
  const { code, caret } = cut(text, line);
  const number = String(line.number);
  return [`${number} │ ${code}`.trimEnd(), `${' '.repeat(number.length)} │ ${' '.repeat(caret)}^`].join('\n');
}

function cut(text: string, { start, end, offset }: Line): { readonly code: string; readonly caret: number } {
  const from = Math.max(start, offset - WINDOW);
  const to = Math.min(end, offset + WINDOW);
  // A password may stand on another line than its keyword.
  const above = Math.max(0, from - WINDOW);
  const masked = maskPasswords(text.slice(above, to)).slice(from - above);
  const before = printable(masked.slice(0, offset - from));
  const after = printable(masked.slice(offset - from));
  const left = lastColumns(before, COLUMNS_BEFORE_CARET);
  const opening = left === before && from === start ? '' : '…';
  const right = firstColumns(after, MAX_COLUMNS - columnsOf(opening + left));
  const closing = right === after && to === end ? '' : '…';
  return { code: opening + left + right + closing, caret: columnsOf(opening + left) };
}

const printable = (code: string): string => code.replaceAll('\t', '  ').replace(UNPRINTABLE, '�');

function firstColumns(code: string, columns: number): string {
  if (columnsOf(code) <= columns) return code;
  return takeColumns(charactersOf(code), columns).join('');
}

function lastColumns(code: string, columns: number): string {
  if (columnsOf(code) <= columns) return code;
  return [...takeColumns(charactersOf(code).reverse(), columns)].reverse().join('');
}

function takeColumns(characters: readonly string[], columns: number): readonly string[] {
  let width = 0;
  const over = characters.findIndex((character) => {
    width += columnsOf(character);
    return width > columns;
  });
  return over < 0 ? characters : characters.slice(0, over);
}

/** The line alone: for a link. */
export const lineOf = (file: SourceFile, offset: number): Where => ({ file: file.path, line: findLine(file.text, offset).number });

/** The place of a UTF-16 offset for a message: line and column as an editor counts them, and the line of code with a caret. */
export function placeOf(file: SourceFile, offset: number): Where {
  const line = findLine(file.text, offset);
  const column = countCodePoints(file.text, line.start, line.offset) + 1;
  return { file: file.path, line: line.number, column, frame: codeFrame(file.text, offset) };
}
