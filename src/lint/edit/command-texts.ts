import { tokenEnd } from '../../sql/text/tokens.ts';
import { CLOSE, CLOSE_BRACKET, COMMA, OPEN, OPEN_BRACKET, skipBlank } from '../../sql/text/whitespace.ts';

export interface CommandTexts {
  /** `ALTER TABLE ONLY users` */
  readonly head: string;
  readonly commands: readonly string[];
  /** Where each begins. */
  readonly offsets: readonly number[];
}

const HEAD = /^ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?/i;

/** The commands of an ALTER TABLE as they are written, cut at its outer commas. */
export function commandTexts(statement: string): CommandTexts {
  const start = skipBlank(statement, endOfName(statement, HEAD.exec(statement)?.[0].length ?? 0));
  const cuts: number[] = [start];
  let depth = 0;
  for (let at = start; at < statement.length; at = skipBlank(statement, tokenEnd(statement, at))) {
    const c = statement.charCodeAt(at);
    if (c === OPEN || c === OPEN_BRACKET) depth += 1;
    else if (c === CLOSE || c === CLOSE_BRACKET) depth -= 1;
    else if (c === COMMA && depth === 0) cuts.push(at + 1);
  }
  const commands = cuts.map((from, i) => statement.slice(from, i + 1 < cuts.length ? (cuts[i + 1] ?? 0) - 1 : undefined).trim());
  return { head: statement.slice(0, start).trim(), commands, offsets: cuts.map((from) => skipBlank(statement, from)) };
}

const DOT = 46;
const STAR = 42;

function endOfName(text: string, from: number): number {
  let at = skipBlank(text, from);
  for (;;) {
    at = tokenEnd(text, at);
    const next = skipBlank(text, at);
    if (text.charCodeAt(next) === STAR) return next + 1;
    if (text.charCodeAt(next) !== DOT) return at;
    at = skipBlank(text, next + 1);
  }
}
