import { CR, LF, lineEnd } from './whitespace.ts';
/**
 * The UTF-16 offset of PostgreSQL's error `position`: code points from 1, in the text that was sent.
 * `sentFrom` is where in `text` the sent text starts.
 */
export function offsetOfPosition(text: string, sentFrom: number, position: number): number {
  let at = sentFrom;
  for (let left = position - 1; left > 0 && at < text.length; left -= 1) at += isPair(text, at) ? 2 : 1;
  return Math.min(at, text.length);
}

export function countCodePoints(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at += isPair(text, at) ? 2 : 1) count += 1;
  return count;
}

function isPair(text: string, at: number): boolean {
  const [high, low] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly start: number;
  /** Before the line break, be it LF, CRLF or CR. */
  readonly end: number;
  /** The offset that was asked for, moved into the text and out of the line break. */
  readonly offset: number;
}

/** The line that holds this offset. */
export function findLine(text: string, offset: number): Line {
  const wanted = Math.max(0, Math.min(offset, text.length));
  let number = 1;
  let start = 0;
  for (let at = 0; at < wanted; at += 1) {
    const c = text.charCodeAt(at);
    const breaks = c === LF || (c === CR && text.charCodeAt(at + 1) !== LF);
    if (!breaks) continue;
    number += 1;
    start = at + 1;
  }
  const end = lineEnd(text, start);
  return { number, start, end, offset: Math.min(wanted, end) };
}
