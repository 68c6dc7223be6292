import { Unterminated } from './unterminated.ts';
import {
  AMPERSAND,
  BACKSLASH,
  CR,
  DOLLAR,
  DOT,
  DOUBLE_QUOTE,
  isDigit,
  isLineComment,
  isSpace,
  isWordPart,
  isWordStart,
  LF,
  lineEnd,
  QUOTE,
} from './whitespace.ts';
/** Where quotes of every kind end, as PostgreSQL's lexer sees them: scanned with indexOf, no copies, no recursion. */

/** `quote` is the offset of the opening quote; `escapes` for E'', where a backslash takes the next character with it. */
export function stringEnd(text: string, quote: number, escapes: boolean): number {
  for (let from = quote + 1; ; ) {
    const end = segmentEnd(text, from, escapes);
    if (end < 0) throw new Unterminated('quote', quote);
    from = continuation(text, end);
    if (from < 0) return end;
  }
}

/** Behind the quote that closes this piece of a string, which may go on after a line break; -1 when none does. */
export function segmentEnd(text: string, from: number, escapes: boolean): number {
  for (let at = from; ; at += 2) {
    at = escapes ? nextQuoteOrBackslash(text, at) : text.indexOf("'", at);
    if (at < 0 || at >= text.length) return -1;
    if (text.charCodeAt(at) !== BACKSLASH && text.charCodeAt(at + 1) !== QUOTE) return at + 1;
  }
}

function nextQuoteOrBackslash(text: string, from: number): number {
  let at = from;
  for (let c = text.charCodeAt(at); at < text.length && c !== QUOTE && c !== BACKSLASH; c = text.charCodeAt(at)) at += 1;
  return at;
}

/** A string goes on after white space with a line break in it (scan.l: quotecontinue). Returns the offset behind the quote that reopens, or -1. */
export function continuation(text: string, from: number): number {
  let at = from;
  let broken = false;
  for (; ; at += 1) {
    const c = text.charCodeAt(at);
    if (c === LF || c === CR) broken = true;
    else if (isSpace(c)) continue;
    else if (isLineComment(text, at)) at = lineEnd(text, at) - 1;
    else return broken && c === QUOTE ? at + 1 : -1;
  }
}

export function quotedNameEnd(text: string, quote: number): number {
  for (let at = quote + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0) throw new Unterminated('quoted name', quote);
    if (text.charCodeAt(at + 1) !== DOUBLE_QUOTE) return at + 1;
  }
}

/** `$$`, `$tag$`, `$1`, or a lone `$`. */
function dollarEnd(text: string, at: number): number {
  let end = at + 1;
  if (isDigit(text.charCodeAt(end))) {
    while (isDigit(text.charCodeAt(end))) end += 1;
    return end;
  }
  while (isWordPart(text.charCodeAt(end)) && text.charCodeAt(end) !== DOLLAR) end += 1;
  if (text.charCodeAt(end) !== DOLLAR) return at + 1;
  const tag = text.slice(at, end + 1);
  const close = text.indexOf(tag, end + 1);
  if (close < 0) throw new Unterminated('dollar quote', at);
  return close + tag.length;
}

/** The end of the token that starts at `at`; a run of operator characters counts as several tokens, which moves no boundary. */
export function tokenEnd(text: string, at: number): number {
  const c = text.charCodeAt(at);
  if (isWordStart(c)) return wordOrPrefixedQuote(text, at);
  if (isDigit(c)) return numberEnd(text, at);
  if (c === QUOTE) return stringEnd(text, at, false);
  if (c === DOUBLE_QUOTE) return quotedNameEnd(text, at);
  if (c === DOLLAR) return dollarEnd(text, at);
  return at + 1;
}

export function wordEnd(text: string, from: number): number {
  let at = from + 1;
  while (isWordPart(text.charCodeAt(at))) at += 1;
  return at;
}

function wordOrPrefixedQuote(text: string, at: number): number {
  const next = text.charCodeAt(at + 1);
  const letter = text.charCodeAt(at) | 32;
  if (next === QUOTE && (letter === 101 || letter === 98 || letter === 110 || letter === 120))
    return stringEnd(text, at + 1, letter === 101);
  if (letter === 117 && next === AMPERSAND) {
    const quote = text.charCodeAt(at + 2);
    if (quote === QUOTE) return stringEnd(text, at + 2, false);
    if (quote === DOUBLE_QUOTE) return quotedNameEnd(text, at + 2);
  }
  return wordEnd(text, at);
}

// Not `$`: in `1$$a$$` a dollar quote follows the number.
function numberEnd(text: string, from: number): number {
  let at = from + 1;
  for (let c = text.charCodeAt(at); isWordPart(c) ? c !== DOLLAR : c === DOT; c = text.charCodeAt(at)) at += 1;
  return at;
}
