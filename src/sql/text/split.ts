/** Cuts a script into statements in one pass, at the places where PostgreSQL's parser cuts it. */
import type { Span } from '../../model/script.ts';
import { ConstantInserts } from './constant-insert.ts';
import { Nesting } from './nesting.ts';
import type { TokenHash } from './token-hash.ts';
import { tokenEnd } from './tokens.ts';
import { BACKSLASH, CR, commentEnd, isBlockComment, isLineComment, isSpace, LF, lineEnd, SEMICOLON, skipBlank } from './whitespace.ts';

/** Without comments and white space around it, without the semicolon. */
export interface RawStatement extends Span {
  readonly kind: 'statement';
  /** Its first words, in capitals, up to the first token that is none. */
  readonly words: readonly string[];
  /** It nests deeper than the parser's stack bears. */
  readonly tooDeep: boolean;
  /** Its parentheses or its BEGIN ATOMIC never close, so the rest of the file is in it. */
  readonly unclosed: boolean;
}

export type Piece =
  | RawStatement
  | ({ readonly kind: 'constant-insert' } & Span)
  /** A comment `-- part: …` on a line of its own between statements. */
  | ({ readonly kind: 'directive'; readonly argument: string } & Span)
  | ({ readonly kind: 'backslash' } & Span)
  | ({ readonly kind: 'comment' } & Span);

const DIRECTIVE = /--[ \t]*part[ \t]*:([^\n\r]*)/iy;

/** Lazy, so that the caller can refuse a statement (COPY FROM stdin) before what follows it is read as SQL. */
export function* split(text: string, hash: TokenHash): Generator<Piece, void, void> {
  const inserts = new ConstantInserts(text, hash);
  for (let at = 0; at < text.length; ) {
    const c = text.charCodeAt(at);
    if (isSpace(c) || c === SEMICOLON) {
      at += 1;
      continue;
    }
    const piece = readComment(text, at) ?? readInsert(text, at, inserts) ?? readStatement(text, at);
    yield piece;
    at = piece.end;
  }
}

function readComment(text: string, at: number): Piece | undefined {
  if (isBlockComment(text, at)) return { kind: 'comment', start: at, end: commentEnd(text, at) };
  if (!isLineComment(text, at)) return undefined;
  return readDirective(text, at) ?? { kind: 'comment', start: at, end: lineEnd(text, at) };
}

function readInsert(text: string, at: number, inserts: ConstantInserts): Piece | undefined {
  const end = (text.charCodeAt(at) | 32) === 105 ? inserts.match(at) : -1;
  return end < 0 ? undefined : { kind: 'constant-insert', start: at, end };
}

function readDirective(text: string, at: number): Piece | undefined {
  DIRECTIVE.lastIndex = at;
  const found = DIRECTIVE.exec(text);
  if (!found || !startsItsLine(text, at)) return undefined;
  return { kind: 'directive', start: at, end: DIRECTIVE.lastIndex, argument: (found[1] ?? '').trim() };
}

/** Whether only white space stands before it on its line. */
export function startsItsLine(text: string, from: number): boolean {
  let at = from - 1;
  while (isSpace(text.charCodeAt(at)) && text.charCodeAt(at) !== LF && text.charCodeAt(at) !== CR) at -= 1;
  return at < 0 || text.charCodeAt(at) === LF || text.charCodeAt(at) === CR;
}

function readStatement(text: string, start: number): Piece {
  const nesting = new Nesting();
  let end = start;
  for (let at = start; at < text.length; at = skipBlank(text, end)) {
    const c = text.charCodeAt(at);
    if (c === SEMICOLON && !nesting.isInside()) return statement(start, end, nesting);
    if (c === BACKSLASH) return { kind: 'backslash', start: at, end: lineEnd(text, at) };
    end = tokenEnd(text, at);
    nesting.see(text, at, end);
  }
  return statement(start, end, nesting);
}

const statement = (start: number, end: number, nesting: Nesting): RawStatement => ({
  kind: 'statement',
  start,
  end,
  words: nesting.words,
  tooDeep: nesting.isTooDeep(),
  unclosed: nesting.isInside(),
});
