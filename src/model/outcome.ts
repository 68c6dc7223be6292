import type { Refusal } from './lockstep-error.ts';
import type { Taken } from './loss.ts';
import type { Direction } from './migration.ts';

/** A failed step is a value: what went wrong, where, and what to type next. */
export type Failure = Pick<Refusal, 'code' | 'what' | 'where' | 'detail' | 'next'> & { readonly sqlstate?: string };

export interface StepDone {
  readonly name: string;
  readonly durationMs: number;
  /** What the server measured that it took: rows, tables, columns. */
  readonly taken?: readonly Taken[];
}

/** Typed result of a run: what was done, what failed and why, and what was not reached. */
export interface Outcome {
  readonly target: string;
  readonly direction: Direction;
  readonly done: readonly StepDone[];
  readonly failed?: { readonly name: string; readonly failure: Failure; readonly interrupted: boolean };
  readonly notReached: readonly string[];
  readonly durationMs: number;
}
