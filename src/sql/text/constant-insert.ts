/**
 * Bulk data, recognised without the parser: `INSERT INTO name [(columns)] VALUES (constants), … [ON CONFLICT DO NOTHING]`.
 * The little grammar is strict, so whatever it takes is valid SQL; it leaves everything else to the parser.
 */

import { constantEnd, RESERVED_WORDS } from './constants.ts';
import type { TokenHash } from './token-hash.ts';
import { quotedNameEnd, wordEnd } from './tokens.ts';
import { CLOSE, COMMA, DOT, DOUBLE_QUOTE, isWordPart, isWordStart, OPEN, SEMICOLON, skipBlank } from './whitespace.ts';

export class ConstantInserts {
  private readonly text: string;
  private readonly hash: TokenHash;
  /** The last `INSERT INTO … VALUES`: as written, and by its tokens. Dumps repeat it on every line. */
  private head = { written: '', tokens: '' };

  constructor(text: string, hash: TokenHash) {
    this.text = text;
    this.hash = hash;
  }

  /** The end of the statement that starts at `at`, or -1. Its tokens go into the hash; of a statement that is not taken, a part may. */
  match(at: number): number {
    const head = this.headEnd(at);
    if (head < 0) return -1;
    this.hash.add(this.head.tokens);
    for (let next = head; ; ) {
      const end = this.tupleEnd(skipBlank(this.text, next));
      if (end < 0) return -1;
      next = skipBlank(this.text, end);
      if (this.text.charCodeAt(next) !== COMMA) return this.statementEnd(end, next);
      this.hash.add(',');
      next += 1;
    }
  }

  private headEnd(at: number): number {
    const { written } = this.head;
    if (written !== '' && this.text.startsWith(written, at) && !isWordPart(this.text.charCodeAt(at + written.length)))
      return at + written.length;
    const head = readHead(this.text, at);
    if (!head) return -1;
    this.head = { written: this.text.slice(at, head.end), tokens: head.tokens };
    return head.end;
  }

  private tupleEnd(open: number): number {
    const { text, hash } = this;
    if (text.charCodeAt(open) !== OPEN) return -1;
    for (let at = open; ; ) {
      hash.add(text, at, at + 1);
      const start = skipBlank(text, at + 1);
      const end = constantEnd(text, start, hash);
      if (end < 0) return -1;
      at = skipBlank(text, end);
      const c = text.charCodeAt(at);
      if (c === CLOSE) return at + 1;
      if (c !== COMMA) return -1;
    }
  }

  /** `end` is behind the last tuple, `next` at the token that follows. */
  private statementEnd(end: number, next: number): number {
    if (isEnd(this.text, next)) return end;
    let last = next;
    for (const word of ['on', 'conflict', 'do', 'nothing']) {
      last = keywordEnd(this.text, skipBlank(this.text, last), word);
      if (last < 0) return -1;
    }
    this.hash.add('on conflict do nothing');
    return isEnd(this.text, skipBlank(this.text, last)) ? last : -1;
  }
}

const isEnd = (text: string, at: number): boolean => at >= text.length || text.charCodeAt(at) === SEMICOLON;

/** Behind the word (given in small letters) when it stands here in any case, or -1. */
function keywordEnd(text: string, at: number, word: string): number {
  for (let i = 0; i < word.length; i += 1) if ((text.charCodeAt(at + i) | 32) !== word.charCodeAt(i)) return -1;
  return isWordPart(text.charCodeAt(at + word.length)) ? -1 : at + word.length;
}

function readHead(text: string, at: number): { readonly end: number; readonly tokens: string } | undefined {
  const into = keywordEnd(text, skipBlank(text, keywordEnd(text, at, 'insert')), 'into');
  const table = into < 0 ? undefined : readName(text, skipBlank(text, into), true);
  const columns = table && readColumns(text, skipBlank(text, table.end));
  if (!columns) return undefined;
  const end = keywordEnd(text, skipBlank(text, columns.end), 'values');
  return end < 0 ? undefined : { end, tokens: `\ninsert ${table.tokens}${columns.tokens}` };
}

interface Read {
  readonly end: number;
  readonly tokens: string;
}

function readName(text: string, at: number, mayBeQualified: boolean): Read | undefined {
  const first = readPart(text, at);
  if (!first || !mayBeQualified) return first;
  const dot = skipBlank(text, first.end);
  if (text.charCodeAt(dot) !== DOT) return first;
  const second = readPart(text, skipBlank(text, dot + 1));
  return second && { end: second.end, tokens: `${first.tokens}.${second.tokens}` };
}

function readPart(text: string, at: number): Read | undefined {
  if (text.charCodeAt(at) === DOUBLE_QUOTE) {
    const end = quotedNameEnd(text, at);
    return end === at + 2 ? undefined : { end, tokens: text.slice(at, end) };
  }
  if (!isWordStart(text.charCodeAt(at))) return undefined;
  const end = wordEnd(text, at);
  const name = foldName(text.slice(at, end));
  return RESERVED_WORDS.has(name) || name === 'values' ? undefined : { end, tokens: name };
}

/** As PostgreSQL folds in a UTF-8 database: ASCII letters only. */
export const foldName = (name: string): string => name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** The column list in parentheses, or nothing at all. */
function readColumns(text: string, open: number): Read | undefined {
  if (text.charCodeAt(open) !== OPEN) return { end: open, tokens: '' };
  let tokens = '';
  for (let at = open; ; ) {
    const name = readName(text, skipBlank(text, at + 1), false);
    if (!name) return undefined;
    tokens += `${tokens === '' ? '(' : ','}${name.tokens}`;
    at = skipBlank(text, name.end);
    const c = text.charCodeAt(at);
    if (c === CLOSE) return { end: at + 1, tokens: `${tokens})` };
    if (c !== COMMA) return undefined;
  }
}
