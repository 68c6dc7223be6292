import { createHash } from 'node:crypto';
import type { Span } from '../../model/script.ts';
import { CR, LF } from '../chars.ts';
import { foldName } from './constant-insert.ts';
import type { TokenHash } from './token-hash.ts';
import { tokenEnd } from './tokens.ts';
import { skipBlank } from './whitespace.ts';

const FLUSH_CHARACTERS = 65_536;

export const withLf = (text: string): string => text.replaceAll('\r\n', '\n');

/** The offset in a text, of an offset in the same text with LF line ends. */
export function offsetWithCrlf(text: string, offsetWithLf: number): number {
  let at = 0;
  for (let left = offsetWithLf; left > 0 && at < text.length; at += 1)
    if (text.charCodeAt(at) !== CR || text.charCodeAt(at + 1) !== LF) left -= 1;
  return text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? at + 1 : at;
}

/** SHA-256 of the statements' texts with LF line ends; comments and white space between statements do not count. */
export function checksumOf(text: string, statements: readonly Span[]): string {
  const hash = createHash('sha256');
  let pending = '';
  for (const { start, end } of statements) {
    pending += `${withLf(text.slice(start, end))};\n`;
    if (pending.length < FLUSH_CHARACTERS) continue;
    hash.update(pending);
    pending = '';
  }
  return hash.update(pending).digest('hex');
}

/** Feeds a statement by its tokens: letter case, comments and white space between them do not count. */
export function hashTokens(text: string, { start, end }: Span, hash: TokenHash): void {
  for (let at = start; at < end; at = skipBlank(text, at)) {
    const next = tokenEnd(text, at);
    if (next - at > 64) hash.add(text, at, next);
    else hash.add(foldToken(text.slice(at, next)));
    hash.add(' ');
    at = next;
  }
}

const foldToken = (token: string): string => (/['"$]/.test(token) ? token : foldName(token));
