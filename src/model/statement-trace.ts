import type { Script, Statement } from './script.ts';

/** The column under which the answer to a trace's look comes back. */
export const TRACE = 'lockstep_trace';

/** Looks over the shoulder of a run: each statement of a transaction travels in a message of its own then. */
export interface StatementTrace {
  /** One SELECT, sent behind each statement of a transaction while its locks are held; it answers one text, in the column `lockstep_trace`. */
  readonly look: string;
  readonly begins: (script: Script, statement: Statement) => void;
  /** @param seen what the look answered; absent where a statement runs alone, or failed */
  readonly ends: (seen?: string | null) => void;
}
