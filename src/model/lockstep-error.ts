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

  constructor(refusal: Refusal) {
    super(printable(formatRefusal(refusal)), { cause: refusal.cause });
    this.code = refusal.code;
    this.what = refusal.what;
    if (refusal.where) this.where = refusal.where;
    if (refusal.detail) this.detail = refusal.detail;
    this.next = refusal.next;
    this.exitCode = refusal.exitCode;
    this.stack = this.message;
  }
}

/** By name and not by class: a bundled command and a migration module may hold two copies of this file. */
export function isLockstepError(error: unknown): error is LockstepError {
  return error instanceof Error && error.name === 'LockstepError' && 'next' in error;
}

/** A refusal as a value: what of an error is to be told. */
export function toRefusal({ code, what, where, detail, next, exitCode }: Refusal): Omit<Refusal, 'cause'> {
  return { code, what, next, exitCode, ...(where && { where }), ...(detail && { detail }) };
}

/** `file:line:column`, as far as it is known. */
export function formatPlace(where: Where): string {
  return [where.file, where.line, where.column].filter((part) => part !== undefined).join(':');
}

/** The one layout of every refusal and failure: what, where, frame, next. */
export function formatRefusal({ what, where, detail, next }: Pick<Refusal, 'what' | 'where' | 'detail' | 'next'>): string {
  const lines = [what];
  const place = [where && formatPlace(where), detail].filter(Boolean).join('   ');
  if (place) lines.push(`  ${place}`);
  if (where?.frame) lines.push(...where.frame.split('\n').map((line) => `  ${line}`));
  const [first, ...rest] = next.split('\n');
  lines.push(`  Next: ${first}`, ...rest.map((line) => `        ${line}`.trimEnd()));
  return lines.join('\n');
}
