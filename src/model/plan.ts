import type { Declared } from './header.ts';
import type { Where } from './lockstep-error.ts';
import type { Direction, Migration } from './migration.ts';
import type { DefinedObject } from './repeatable.ts';
import type { Script } from './script.ts';

/** The rollback of a migration as it read when that was applied: what undoes it where the file is gone. Or why it was not kept. */
export type KeptRollback = { readonly text: string } | { readonly lacks: 'file' | 'secret' | 'encoding' };

/** A loss that a header says beforehand: `-- data-loss: solo: closed accounts`. */
export interface Announced {
  /** `solo`, `users.email`, as it is written. */
  readonly name: string;
  readonly why: string;
  readonly where: Where;
}

/** `-- requires: 005`: what must have ended, its backfills in the background too. */
export interface Required {
  /** As it is written: a version, or a name. */
  readonly version: string;
  readonly where: Where;
}

interface StepBase extends Declared {
  readonly direction: Direction;
  readonly migration: Migration;
  readonly description?: string;
  /** A rollback of what is not in history: an attempt applied some of its parts. */
  readonly isPartial?: boolean;
  /** Of a rollback: the text is not that of a file, so that nobody can correct it here. */
  readonly isPast?: true;
  /** What its header says that it loses. */
  readonly announced?: readonly Announced[];
  /** What its header says must have ended before. */
  readonly required?: readonly Required[];
  /** Of a repeatable: why it runs. Without a reason it runs only where the steps before it take away what it made. */
  readonly why?: string;
  /** Of a repeatable: what it brings about, as far as its text tells. */
  readonly objects?: readonly DefinedObject[];
  /** Of a repeatable as it was: what repeatables that came later have made. */
  readonly later?: readonly DefinedObject[];
  /** Of what is applied: its rollback, for the journal. */
  readonly rollback?: KeptRollback;
  /** SHA-256 of the file that runs, with LF line ends. */
  readonly checksum: string;
}

/** One migration in one direction: an SQL script, or a Knex module that holds the change itself. */
export type Step = StepBase & ({ readonly kind: 'sql'; readonly script: Script } | { readonly kind: 'code' });

/** The ordered steps for one target. A value: nothing has happened yet. */
export interface Plan {
  readonly target: string;
  readonly direction: Direction;
  /** Versioned ones first; the repeatables behind them run in one transaction. */
  readonly steps: readonly Step[];
  /** Of a rollback: the newest version that stays. */
  readonly stays?: string;
  /** All repeatables, in their order: those of `steps` too. */
  readonly repeatables?: readonly Step[];
}
