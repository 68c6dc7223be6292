/** White space and comments, as PostgreSQL's lexer sees them. */
import { CR, DASH, isSpace, LF, SLASH, STAR } from '../chars.ts';
import { Unterminated } from './unterminated.ts';

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
