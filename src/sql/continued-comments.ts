import type { Span } from '../model/script.ts';
import { QUOTE } from './chars.ts';
import { continuation, segmentEnd } from './quotes.ts';
import { tokenEnd } from './text/tokens.ts';
import { skipBlank } from './text/whitespace.ts';

/**
 * Blanks the comments in strings that go on after one: `'a' -- comment`, and `'b'` on the next line.
 * PostgreSQL takes those, libpg-query's changed lexer does not. All offsets stay as they are.
 */
export function withoutContinuedComments(sql: string): string {
  let blanked = '';
  let from = 0;
  for (const { start, end } of gapsOf(sql)) {
    blanked += sql.slice(from, start) + sql.slice(start, end).replace(/--[^\n\r]*/g, (comment) => ' '.repeat(comment.length));
    from = end;
  }
  return blanked + sql.slice(from);
}

/** Where strings pause: from a closing quote to the one that reopens. */
function* gapsOf(sql: string): Generator<Span, void, void> {
  for (let at = skipBlank(sql, 0); at < sql.length; ) {
    const end = tokenEnd(sql, at);
    if (sql.charCodeAt(end - 1) === QUOTE) yield* gapsOfString(sql, at);
    at = skipBlank(sql, end);
  }
}

function* gapsOfString(sql: string, token: number): Generator<Span, void, void> {
  const escapes = (sql.charCodeAt(token) | 32) === 101;
  for (let from = sql.indexOf("'", token) + 1; ; ) {
    const start = segmentEnd(sql, from, escapes);
    const end = continuation(sql, start);
    if (start < 0 || end < 0) return;
    yield { start, end };
    from = end;
  }
}
