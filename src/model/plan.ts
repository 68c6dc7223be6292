import type { Direction, Migration } from './migration.ts';
import type { Script } from './script.ts';

interface StepBase {
  readonly direction: Direction;
  readonly migration: Migration;
  readonly description?: string;
  /** A rollback of what is not in history: an attempt applied some of its parts. */
  readonly isPartial?: boolean;
  /** SHA-256 of the file that runs, with LF line ends. */
  readonly checksum: string;
}

/** One migration in one direction: an SQL script, or a Knex module that holds the change itself. */
export type Step = StepBase & ({ readonly kind: 'sql'; readonly script: Script } | { readonly kind: 'code' });

/** The ordered steps for one target. A value: nothing has happened yet. */
export interface Plan {
  readonly direction: Direction;
  readonly steps: readonly Step[];
}
