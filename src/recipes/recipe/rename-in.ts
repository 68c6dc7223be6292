// The SQL that the server wrote for an object, about another column. Its names are quoted where they have to be, as ours are.
import { tokenEnd } from '../../sql/text/tokens.ts';
import { CLOSE, DOT, OPEN, SEMICOLON, skipBlank } from '../../sql/text/whitespace.ts';

/** Every mention of a column: no function, no part of a longer name, no type, no field of EXTRACT, and no argument by its name. */
export function renameIn(text: string, from: string, to: string): string {
  let [changed, last, before, earlier] = ['', 0, '', ''];
  for (let at = skipBlank(text, 0); at < text.length; at = skipBlank(text, last)) {
    const end = tokenEnd(text, at);
    const word = text.slice(at, end);
    const next = skipBlank(text, end);
    const isCalled = text.charCodeAt(next) === OPEN || text.charCodeAt(next) === DOT;
    const isWord = (before === '(' && earlier === 'EXTRACT') || text.startsWith('=>', next);
    const isColumn = word === from && before !== '.' && before !== ':' && !isCalled && !isWord;
    changed += text.slice(last, at) + (isColumn ? to : word);
    [last, before, earlier] = [end, word, before];
  }
  return changed + text.slice(last);
}

/** Whether it mentions the column. */
export const mentions = (text: string, column: string): boolean => renameIn(text, column, '') !== text;

/** Where the parenthesis closes that opens here: behind it. */
export function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at = skipBlank(text, tokenEnd(text, at))) {
    const c = text.charCodeAt(at);
    depth += c === OPEN ? 1 : c === CLOSE ? -1 : 0;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** Statement by statement, each with its semicolon. */
export function statementsIn(text: string): readonly string[] {
  const found: string[] = [];
  let start = skipBlank(text, 0);
  for (let at = start; at < text.length; ) {
    const end = tokenEnd(text, at);
    if (text.charCodeAt(at) === SEMICOLON) {
      found.push(text.slice(start, end));
      start = skipBlank(text, end);
    }
    at = skipBlank(text, end);
  }
  return found;
}

/** The first parenthesis that opens here or behind, not counting those in quotes. */
export function opening(text: string, from = 0): number {
  let at = skipBlank(text, from);
  while (at < text.length && text.charCodeAt(at) !== OPEN) at = skipBlank(text, tokenEnd(text, at));
  return at;
}
