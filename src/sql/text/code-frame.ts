import type { Where } from '../../model/lockstep-error.ts';
import type { SourceFile } from '../../model/migration.ts';
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

/** The place of a UTF-16 offset for a message: line and column as an editor counts them, and the line of code with a caret. */
export function placeOf(file: SourceFile, offset: number): Where {
  const line = findLine(file.text, offset);
  const column = countCodePoints(file.text, line.start, line.offset) + 1;
  return { file: file.path, line: line.number, column, frame: codeFrame(file.text, offset) };
}

// Not string-width: what it makes when it is loaded, a regular expression of all emoji, costs every command 20 ms.

const ASCII = /^[ -~]*$/;
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Mark}\p{Control}]+$/u;
/** East Asian Width W and F, by their blocks, and what is shown as an emoji. */
const WIDE =
  /\ufe0f|[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2fb}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** How many columns of a terminal a text takes. */
function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  return charactersOf(text).reduce((sum, character) => sum + widthOf(character), 0);
}

/** What a reader takes for characters: a letter with its accents is one. */
function charactersOf(text: string): string[] {
  const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

const widthOf = (character: string): number => (INVISIBLE.test(character) ? 0 : WIDE.test(character) ? 2 : 1);
