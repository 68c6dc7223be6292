import { tokenEnd } from '../text/tokens.ts';
import { CLOSE, COMMA, OPEN, skipBlank } from '../text/whitespace.ts';

/** Above this size a statement's tree takes more memory than it is worth (60 MB per MB). */
export const LARGEST_PARSED = 1_000_000;

/** A statement of a few of the rows; `head` of its text stands before them, and they begin at `from` in the whole. */
export interface Chunk {
  readonly text: string;
  readonly head: number;
  readonly from: number;
}

/**
 * Cuts `INSERT … VALUES (…), (…), …` into such statements of fewer rows, each small enough for the parser: together they have the same
 * syntax. Empty for every other statement.
 */
export function cutRows(sql: string): readonly Chunk[] {
  const { starts, commas } = rowsOf(sql);
  const head = sql.slice(0, starts[0] ?? 0);
  const chunks: Chunk[] = [];
  let [from, first] = [starts[0] ?? 0, 0];
  for (let next = 1; next <= starts.length; next += 1) {
    const end = next < starts.length ? (commas[next - 1] ?? sql.length) : sql.length;
    if (next < starts.length && end - from < LARGEST_PARSED / 4) continue;
    if (next > first) chunks.push({ text: head + sql.slice(from, end), head: head.length, from });
    [from, first] = [starts[next] ?? sql.length, next];
  }
  return chunks;
}

interface Rows {
  readonly starts: readonly number[];
  /** Between one row and the next. */
  readonly commas: readonly number[];
}

function rowsOf(sql: string): Rows {
  const [starts, commas]: [number[], number[]] = [[], []];
  let depth = 0;
  let isBehindValues = false;
  for (let at = skipBlank(sql, 0); at < sql.length; ) {
    const end = tokenEnd(sql, at);
    const c = sql.charCodeAt(at);
    if (c === CLOSE) depth -= 1;
    else if (c === OPEN && depth++ === 0 && isBehindValues) starts.push(at);
    else if (depth === 0 && isBehindValues && c === COMMA) commas.push(at);
    // ON CONFLICT (…), RETURNING (…): the last row takes it along.
    else if (depth === 0 && isBehindValues) return { starts, commas };
    else if (depth === 0 && /^values$/i.test(sql.slice(at, end))) isBehindValues = true;
    at = skipBlank(sql, end);
  }
  return { starts, commas };
}
