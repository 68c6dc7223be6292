import type { TokenHash } from './token-hash.ts';
import { stringEnd, wordEnd } from './tokens.ts';
import { DASH, DOT, isDigit, isSpace, isWordPart, PLUS, QUOTE } from './whitespace.ts';

const WORDS = new Set(['null', 'true', 'false', 'default']);

/** The end of the number, string, NULL, TRUE, FALSE or DEFAULT at `at`, fed into the hash; -1 when something else stands there. */
export function constantEnd(text: string, at: number, hash: TokenHash): number {
  const c = text.charCodeAt(at);
  if (c === QUOTE) return fed(hash, text, [at, stringEnd(text, at, false)]);
  if (isDigit(c) || c === DOT) return fed(hash, text, [at, numberEnd(text, at)]);
  if (c === DASH || c === PLUS) return signedEnd(text, at, hash);
  if ((c | 32) === 101 && text.charCodeAt(at + 1) === QUOTE) return fed(hash, text, [at, escapeStringEnd(text, at)]);
  return wordConstantEnd(text, at, hash);
}

function fed(hash: TokenHash, text: string, [at, end]: readonly [number, number]): number {
  if (end > 0) hash.add(text, at, end);
  return end;
}

function signedEnd(text: string, at: number, hash: TokenHash): number {
  let next = at + 1;
  while (isSpace(text.charCodeAt(next))) next += 1;
  const end = numberEnd(text, next);
  if (end > 0) hash.add(text, at, at + 1);
  return fed(hash, text, [next, end]);
}

/** Decimal numbers only; what runs into a letter, a second dot or `_` is for the parser to judge. */
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w$.\u0080-\uffff])/iy;

function numberEnd(text: string, from: number): number {
  NUMBER.lastIndex = from;
  return NUMBER.test(text) ? NUMBER.lastIndex : -1;
}

/** An E'' string, but -1 where it holds an escape whose value PostgreSQL checks: `\x`, `\u`, `\U`, octal digits. */
function escapeStringEnd(text: string, at: number): number {
  const end = stringEnd(text, at + 1, true);
  for (let slash = text.indexOf('\\', at); slash >= 0 && slash < end; slash = text.indexOf('\\', slash + 2)) {
    const c = text.charCodeAt(slash + 1);
    if ((c >= 48 && c <= 55) || (c | 32) === 120 || (c | 32) === 117) return -1;
  }
  return end;
}

function wordConstantEnd(text: string, at: number, hash: TokenHash): number {
  if (!isWordPart(text.charCodeAt(at))) return -1;
  const end = wordEnd(text, at);
  const word = end - at <= 7 ? text.slice(at, end).toLowerCase() : '';
  if (!WORDS.has(word)) return -1;
  hash.add(word);
  return end;
}

/** What cannot be a table or column name without quotes: pg_get_keywords() of PostgreSQL 18, categories R and T. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(
  (
    'all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column concurrently ' +
    'constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user default ' +
    'deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner ' +
    'intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order ' +
    'outer overlaps placing primary references returning right select session_user similar some symmetric system_user table tablesample then ' +
    'to trailing true union unique user using variadic verbose when where window with'
  ).split(' '),
);
