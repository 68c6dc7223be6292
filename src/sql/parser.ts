import type { Node } from 'libpg-query';
import type { Span } from '../model/script.ts';
import { offsetOfPosition } from './text/positions.ts';
import { continuation, segmentEnd, tokenEnd } from './text/tokens.ts';
import { QUOTE, skipBlank } from './text/whitespace.ts';

/**
 * Blanks the comments in strings that go on after one: `'a' -- comment`, and `'b'` on the next line.
 * PostgreSQL takes those, libpg-query's changed lexer does not. All offsets stay as they are.
 */
function withoutContinuedComments(sql: string): string {
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

/** PostgreSQL's grammar refuses the text; `offset` is in UTF-16 units of it. */
export class SyntaxFailure extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** The parser crashed, or sees other statements than we do: its answers mean nothing. */
export class ParserConfused extends Error {}

/** Trees of one statement; undefined where the parser has no room for it. */
export type Parse = (sql: string) => Tree | undefined;

export interface Tree {
  readonly node: Node;
}

/**
 * Keeps V8 from compiling the parser's WebAssembly a second time, to better code: a run is over before that pays. One statement,
 * in cpu seconds of the process: 0.50 → 0.20 on Node 20, 0.35 → 0.11 on 22, 0.63 → 0.11 on 24 (and 592 → 62 MB); 40,000 take the same.
 * What `--liftoff-only` stands for: Node 24 takes that one no more when it has started. Other WebAssembly of the process is not slower than it began.
 */
async function compileParserOnce(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  for (const flag of ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering']) setFlagsFromString(flag);
}

/** PostgreSQL 18's grammar takes whatever 14 to 17 take. Loaded here and not before: it costs 25 ms and 20 MB. */
export async function loadParser(): Promise<Parse> {
  await compileParserOnce();
  const library = await import('libpg-query');
  await library.loadModule();
  return (sql) => {
    try {
      return parseOnce(library, sql);
    } catch (error) {
      const plain = error instanceof SyntaxFailure ? withoutContinuedComments(sql) : sql;
      if (plain === sql) throw error;
      return parseOnce(library, plain);
    }
  };
}

function parseOnce({ parseSync, hasSqlDetails }: typeof import('libpg-query'), sql: string): Tree | undefined {
  try {
    return treeOf(parseSync(sql).stmts ?? []);
  } catch (error) {
    if (error instanceof ParserConfused) throw error;
    if (hasSqlDetails(error)) return judge(sql, error.message, error.sqlDetails?.cursorPosition ?? 0);
    // The stack was too small; anything else is damage, and WebAssembly has no way back.
    if (error instanceof RangeError) return undefined;
    throw new ParserConfused();
  }
}

function treeOf(statements: readonly { readonly stmt?: Node }[]): Tree {
  const [only, ...more] = statements;
  if (!only?.stmt || more.length > 0) throw new ParserConfused();
  return { node: only.stmt };
}

function judge(sql: string, message: string, cursor: number): undefined {
  if (/^memory exhausted|^stack depth|^out of memory/.test(message)) return undefined;
  throw new SyntaxFailure(message, offsetOfPosition(sql, 0, cursor + 1));
}

const KEY = '"(?:(?:name_)?location|(?:list|rexpr_list)_(?:start|end)|stmt_len|stmt_location)":-?\\d+';
const POSITION = new RegExp(`,${KEY}|${KEY},|${KEY}`, 'g');

/** A tree without positions: equal for equal meaning. Safe on the text of the JSON: inside a string value, a quote has a backslash before it. */
export const meaningOf = ({ node }: Tree): string => JSON.stringify(node).replace(POSITION, '');
