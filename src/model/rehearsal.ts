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
    | 'again-differs'
    | 'stall';
  readonly what: string;
  readonly where?: Where;
  /** What differs, a line each. */
  readonly lines?: readonly string[];
  readonly next: string;
}

/** Whether running a script on its own result changes nothing; undefined where that was not tried. */
export type Repetition = { readonly isHarmless: true } | { readonly isHarmless: false; readonly what: string; readonly guard?: string };

/** What a statement would take on the rows of a real database, or why that cannot be told. */
export type Estimate =
  | {
      /** `staging` */
      readonly of: string;
      /** In the tables that it locks. */
      readonly rows: number;
      readonly ms: number;
      /** It grows with this power of the rows, between the two sizes at which it was measured. */
      readonly power: number;
      readonly from: readonly [few: number, many: number];
    }
  | { readonly of: string; readonly why: string };

/** What one statement did to others while it ran under load. */
export interface LoadedStatement {
  /** `CREATE INDEX` */
  readonly what: string;
  readonly line?: number;
  /** When it began, since the migration did. */
  readonly fromMs: number;
  readonly ms: number;
  /** The strongest lock that was held on each table meanwhile, in the words of the manual. */
  readonly locks: readonly { readonly table: string; readonly mode: string }[];
  /** Tables and indexes that were written anew. */
  readonly rewritten: readonly string[];
  /** All of the server's, that of the workload too. */
  readonly walBytes: number;
  /** In temporary files, by sorting and hashing; absent where there were none. */
  readonly tempBytes?: number;
  readonly readStallMs: number;
  readonly writeStallMs: number;
  /** Sessions that waited for a table at the worst moment. */
  readonly blocked: number;
  /** Where the size of a real database is known, and it grows with the rows. */
  readonly estimate?: Estimate;
}

/** A lock as it was seen on a table, by when the migration began. */
export interface LockSpan {
  readonly table: string;
  readonly mode: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A read or a write that waited, by when the migration began. */
export interface Wait {
  readonly kind: 'read' | 'write';
  /** `UPDATE on public.users` */
  readonly what: string;
  readonly fromMs: number;
  readonly ms: number;
}

/** A migration as it ran while others read and wrote the tables that it touches. */
export interface Load {
  /** The file whose statements ran meanwhile; absent where they were made up. */
  readonly workload?: string;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly ms: number;
  /** The longest wait as long as no migration ran. */
  readonly noiseMs: number;
  readonly readStallMs: number;
  readonly writeStallMs: number;
  readonly statements: readonly LoadedStatement[];
  /** The strongest on each table, from when it was seen to when it was seen last. */
  readonly locks: readonly LockSpan[];
  /** The longest of them, in their order. */
  readonly waits: readonly Wait[];
}

/** What was shown of one migration. */
export interface Proof {
  readonly name: string;
  readonly findings: readonly ProofFinding[];
  readonly notes: readonly string[];
  readonly upMs?: number;
  readonly downMs?: number;
  readonly repetition?: Repetition;
  readonly load?: Load;
  /** Rows in the tables when it ran. */
  readonly rows: number;
  /** What its files declare. */
  readonly irreversible?: string;
  readonly lossy?: string;
}

/** Real rows that a rehearsal ran on. */
export interface RealData {
  /** `staging`, or the file. */
  readonly source: string;
  /** The command that does the same again. */
  readonly command: string;
  readonly tables: number;
  readonly rows: number;
  readonly copyMs: number;
  /** Only a part of the rows: so many of a hundred at the root, and what hangs together with them. */
  readonly sample?: { readonly percent: number; readonly seed: number };
  /** `public.users.email`; also columns that a foreign key ties to those that were asked for. */
  readonly masked: readonly string[];
  /** Tables without their rows, and why. */
  readonly missing: readonly { readonly table: string; readonly why: string }[];
  /** How the source differs from what its applied migrations make: `-` only they make it, `+` only the source has it. */
  readonly drift: readonly string[];
}

/** The folder of another tool that was rehearsed. */
export interface RehearsedFolder {
  /** As it was asked for. */
  readonly path: string;
  readonly tool: string;
  /** The command that does the same again. */
  readonly command: string;
  /** So many of its migrations have no way back. */
  readonly withoutRollback: number;
  /** Its files that are none, and why. */
  readonly left: readonly string[];
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
  /** Absent where rows were made. */
  readonly data?: RealData;
  /** Absent for a project of Lockstep's. */
  readonly folder?: RehearsedFolder;
}

export const hasPassed = ({ proofs, chain = [], skipped, data }: Pick<Rehearsal, 'proofs' | 'chain' | 'skipped' | 'data'>): boolean =>
  (data?.drift.length ?? 0) === 0 && chain.length === 0 && skipped.length === 0 && proofs.every(({ findings }) => findings.length === 0);
