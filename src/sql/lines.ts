import { CR, LF } from './chars.ts';
import { lineEnd } from './text/whitespace.ts';

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
