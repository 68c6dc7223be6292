/** White space and comments, as PostgreSQL's lexer sees them. */
import { Unterminated } from './unterminated.ts';

/** Character classes of PostgreSQL's lexer (scan.l), by UTF-16 code unit; everything from U+0080 on is a letter to it. */
const TAB = 9;
export const LF = 10;
export const CR = 13;
const SPACE = 32;
export const DOUBLE_QUOTE = 34;
export const DOLLAR = 36;
export const AMPERSAND = 38;
export const QUOTE = 39;
export const OPEN = 40;
export const CLOSE = 41;
const STAR = 42;
export const PLUS = 43;
export const COMMA = 44;
export const DASH = 45;
export const DOT = 46;
const SLASH = 47;
export const SEMICOLON = 59;
export const OPEN_BRACKET = 91;
export const BACKSLASH = 92;
export const CLOSE_BRACKET = 93;
const UNDERSCORE = 95;

export const isSpace = (c: number): boolean => c === SPACE || (c >= TAB && c <= CR);
export const isDigit = (c: number): boolean => c >= 48 && c <= 57;
export const isWordStart = (c: number): boolean => ((c | 32) >= 97 && (c | 32) <= 122) || c === UNDERSCORE || c >= 0x80;
export const isWordPart = (c: number): boolean => isWordStart(c) || isDigit(c) || c === DOLLAR;

/** The offset of the next token: after white space and comments. */
export function skipBlank(text: string, from: number): number {
  for (let at = from; ; ) {
    const c = text.charCodeAt(at);
    if (isSpace(c)) at += 1;
    else if (isLineComment(text, at)) at = lineEnd(text, at);
    else if (isBlockComment(text, at)) at = commentEnd(text, at);
    else return at;
  }
}

export const isLineComment = (text: string, at: number): boolean => text.charCodeAt(at) === DASH && text.charCodeAt(at + 1) === DASH;
export const isBlockComment = (text: string, at: number): boolean => text.charCodeAt(at) === SLASH && text.charCodeAt(at + 1) === STAR;

/** Before the line's `\n`, `\r` or `\r\n`. */
export function lineEnd(text: string, from: number): number {
  let at = from;
  for (let c = text.charCodeAt(at); at < text.length && c !== LF && c !== CR; c = text.charCodeAt(at)) at += 1;
  return at;
}

/** Comments nest in PostgreSQL. */
export function commentEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const [c, next] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
    if (c === SLASH && next === STAR) depth += 1;
    else if (c === STAR && next === SLASH) depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1;
  }
  throw new Unterminated('comment', from);
}
