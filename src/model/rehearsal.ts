import type { Where } from './lockstep-error.ts';

/** What a rehearsal found wrong with a migration. */
export interface ProofFinding {
  readonly code:
    | 'up-failed'
    | 'up-fails-on-rows'
    | 'rollback-missing'
    | 'rollback-failed'
    | 'rollback-differs'
    | 'rollback-loses'
    | 'again-failed'
    | 'again-differs';
  readonly what: string;
  readonly where?: Where;
  /** What differs, a line each. */
  readonly lines?: readonly string[];
  readonly next: string;
}

/** Whether running a script on its own result changes nothing; undefined where that was not tried. */
export type Repetition = { readonly isHarmless: true } | { readonly isHarmless: false; readonly what: string; readonly guard?: string };

/** What was shown of one migration. */
export interface Proof {
  readonly name: string;
  readonly findings: readonly ProofFinding[];
  readonly notes: readonly string[];
  readonly upMs?: number;
  readonly downMs?: number;
  readonly repetition?: Repetition;
  /** Rows in the tables when it ran. */
  readonly rows: number;
  /** What its files declare. */
  readonly irreversible?: string;
  readonly lossy?: string;
}

export interface Rehearsal {
  /** `18.4` */
  readonly serverVersion: string;
  readonly place: string;
  readonly proofs: readonly Proof[];
  /** Applied below them, as they were proved before. */
  readonly before: readonly string[];
  /** Not rehearsed, and why. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  /** All of them down to empty and up again: what differs. Absent where that was not tried. */
  readonly chain?: readonly ProofFinding[];
  readonly notes: readonly string[];
  readonly durationMs: number;
}

export const hasPassed = ({ proofs, chain = [], skipped }: Pick<Rehearsal, 'proofs' | 'chain' | 'skipped'>): boolean =>
  chain.length === 0 && skipped.length === 0 && proofs.every(({ findings }) => findings.length === 0);
