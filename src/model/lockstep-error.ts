import { printable } from './printable.ts';

export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** A place in a file of the project. `line` and `column` count from 1, `column` in characters as an editor shows them. */
export interface Where {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The line of code with a caret below it, ready to print. */
  readonly frame?: string;
}

export interface Refusal {
  /** Stable, kebab-case; part of the JSON output. */
  readonly code: string;
  readonly what: string;
  readonly where?: Where;
  /** A short remark beside the place: SQLSTATE, what was waited for. */
  readonly detail?: string;
  /** What to do, as a command to paste wherever there is one. */
  readonly next: string;
  readonly exitCode: ExitCode;
  readonly cause?: unknown;
  /** Everything that is in the way, this one first, where it is more than one. */
  readonly all?: readonly Refusal[];
}

/**
 * A refusal or broken setting that the user can put right.
 * `message` is the whole text, and `stack` equals it, so the stock CLI prints it without a trace.
 */
export class LockstepError extends Error implements Refusal {
  override readonly name = 'LockstepError';
  readonly code: string;
  readonly what: string;
  readonly where?: Where;
  readonly detail?: string;
  readonly next: string;
  readonly exitCode: ExitCode;
  readonly all?: readonly Refusal[];

  /** Wrong usage or settings (exit code 2), where it says nothing else. */
  constructor({ exitCode = 2, ...refusal }: Omit<Refusal, 'exitCode'> & Partial<Pick<Refusal, 'exitCode'>>) {
    super(printable(formatRefusal(refusal)), { cause: refusal.cause });
    this.code = refusal.code;
    this.what = refusal.what;
    if (refusal.where) this.where = refusal.where;
    if (refusal.detail) this.detail = refusal.detail;
    this.next = refusal.next;
    this.exitCode = exitCode;
    if (refusal.all) this.all = refusal.all.map(toRefusal);
    this.stack = this.message;
  }
}

/** By name and not by class: a bundled command and a migration module may hold two copies of this file. */
export function isLockstepError(error: unknown): error is LockstepError {
  return error instanceof Error && error.name === 'LockstepError' && 'next' in error;
}

export const toRefusal = ({ code, what, where, detail, next, exitCode, all }: Refusal): Omit<Refusal, 'cause'> => ({
  code,
  what,
  next,
  exitCode,
  ...(where && { where }),
  ...(detail && { detail }),
  ...(all && { all }),
});

/** Throws everything that is in the way as one refusal. The first one says how the command exits. */
export function refuseAll(refusals: readonly Refusal[]): void {
  const [first, ...others] = refusals;
  if (first) throw new LockstepError(others.length === 0 ? first : { ...first, all: refusals });
}

const SHOWN = 10;

/** Names in a sentence: all of them, or as many as fit a screen and how many there are besides. */
export const listed = (names: readonly string[], shown = SHOWN): string =>
  names.length > shown ? `${names.slice(0, shown).join(', ')} and ${(names.length - shown).toLocaleString('en')} more` : names.join(', ');

/** `file:line:column`, as far as it is known. */
export const formatPlace = (where: Where): string => [where.file, where.line, where.column].filter((part) => part !== undefined).join(':');

/** The one layout of every refusal and failure: what, where, frame, next; of several a numbered list. */
export function formatRefusal({ all, ...refusal }: Pick<Refusal, 'what' | 'where' | 'detail' | 'next' | 'all'>): string {
  if (!all) return formatOne(refusal);
  const items = all.slice(0, SHOWN).map((one, i) => `${i + 1}. ${formatOne(one)}`);
  const rest = all.length > SHOWN ? [`and ${(all.length - SHOWN).toLocaleString('en')} more, which show once these are settled`] : [];
  return [`${all.length} things are in the way; nothing was changed`, ...items, ...rest].join('\n');
}

function formatOne({ what, where, detail, next }: Pick<Refusal, 'what' | 'where' | 'detail' | 'next'>): string {
  const lines = [what];
  const place = [where && formatPlace(where), detail].filter(Boolean).join('   ');
  if (place) lines.push(`  ${place}`);
  if (where?.frame) lines.push(...where.frame.split('\n').map((line) => `  ${line}`));
  const [first, ...rest] = next.split('\n');
  lines.push(`  Next: ${first}`, ...rest.map((line) => `        ${line}`.trimEnd()));
  return lines.join('\n');
}
