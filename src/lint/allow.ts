import { findLine } from '../sql/text/positions.ts';

/** `-- lint-allow RULE: reason`: what a file accepts, and for which statement. */
export interface Allowance {
  readonly rule: string;
  readonly reason: string;
  /** A day, `2027-01-31`, from which on it no longer holds. */
  readonly until?: string;
  /** Of the comment. */
  readonly offset: number;
  /** Undefined: the whole file. Otherwise the start of its statement. */
  readonly statement?: number;
  /** It is written in the words of another tool. */
  readonly of?: 'squawk';
}

const OURS = /^--\s*lint-allow(-file)?\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*(?::\s*(.*?))?\s*$/i;
const SQUAWK = /^--\s*squawk-ignore(-file)?\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*$/i;
const UNTIL = /\s*\(?\buntil\s+(\d{4}-\d\d-\d\d)\)?\s*$/i;

interface Statement {
  readonly start: number;
  readonly end: number;
}

/** Comments before a statement count for it, and so does one behind it on its last line. */
export function readAllowances(text: string, statements: readonly Statement[]): readonly Allowance[] {
  return [...text.matchAll(/--[ \t]*(?:lint-allow|squawk-ignore)[^\n\r]*/gi)].flatMap((found) => {
    const offset = found.index;
    // What looks like one inside of a statement is a comment of that statement as well, or text in quotes, where it matches no rule.
    const inside = statements.find(({ start, end }) => start <= offset && offset < end);
    const onLine = statements.findLast(({ end }) => end <= offset && isSameLine(text, end, offset));
    const next = statements.find(({ start }) => start > offset);
    return parse(found[0], offset, (inside ?? onLine ?? next)?.start);
  });
}

const isSameLine = (text: string, from: number, to: number): boolean => findLine(text, from).number === findLine(text, to).number;

function parse(comment: string, offset: number, statement: number | undefined): readonly Allowance[] {
  const squawk = SQUAWK.exec(comment);
  const [, file, rules = '', said = ''] = OURS.exec(comment) ?? squawk ?? [];
  const until = UNTIL.exec(said)?.[1];
  const reason = said.replace(UNTIL, '').trim();
  return rules
    .split(/\s*,\s*/)
    .filter(Boolean)
    .map((rule) => ({
      rule,
      reason,
      offset,
      ...(until && { until }),
      ...(!file && statement !== undefined && { statement }),
      ...(squawk && { of: 'squawk' as const }),
    }));
}
