import type { Severity } from './finding.ts';

/** How a backup is taken and proved before production changes. */
export interface BackupPolicy {
  /**
   * `auto` takes pg_dump where one of the server's major or newer is found, else a copy of the tables that the plan touches;
   * `pg_dump` refuses where there is none; `external` records the operator's own snapshot; `off` takes none.
   */
  readonly method: 'off' | 'auto' | 'pg_dump' | 'copy' | 'external';
  /** `read` reads every block back; `restore` restores into a scratch server and compares schema and rows. */
  readonly proof: 'read' | 'restore';
  /** Folder of the backups, absolute or from the project's root. */
  readonly folder: string;
  /** A command whose standard input takes the backup instead of the folder: `aws s3 cp - s3://bucket/$LOCKSTEP_BACKUP`. */
  readonly command?: string;
  /** What keeps the folder although it would vanish with its container: `the artifacts of the job`. Journaled. */
  readonly keptBy?: string;
  /** The operator's name for the snapshot of method `external`. */
  readonly external?: string;
  readonly pgDump?: string;
  /** How many backups are kept; older ones go. */
  readonly keepCount: number;
  /** Backups younger than this stay, however many there are. */
  readonly keepDays: number;
}

export type RehearsalGate = 'off' | 'auto' | 'required';

/** What a proof must be to count. */
export interface RehearsalPolicy {
  readonly gate: RehearsalGate;
  /** `real`: on a copy of real rows. */
  readonly data?: 'made' | 'real';
  /** On the major that the database runs on. */
  readonly sameMajor?: boolean;
}

/** What an environment allows. Every duration is in milliseconds. */
export interface Policy {
  /** How long a run waits for another run's RunLock. Above the 60 s after which a vanished holder's session ends. */
  readonly runLockWaitMs: number;
  /** What happens to a version that appears below the highest applied one. */
  readonly lateVersions: 'apply' | 'refuse';
  /** What happens to a file without a statement: touched and not yet written, or a rollback that undoes nothing on purpose. */
  readonly emptyScripts: 'refuse' | 'accept';
  readonly rollbacks: 'expected' | 'optional';
  readonly createMissing: boolean;
  /** Longest wait of a transactional part for a table lock, and so the longest that others queue behind it; 0: as long as it takes. */
  readonly lockTimeoutMs: number;
  /** How long a part whose lock wait timed out is tried again, and how long is waited for sessions that stand in its way. */
  readonly lockRetryForMs: number;
  /** Longest time for one statement of a transactional part; 0: as long as it takes. */
  readonly statementTimeoutMs: number;
  /** Longest wait of a reader or writer that `migrate:rehearse -- --load` lets a migration cause. */
  readonly maxStallMs: number;
  readonly backup: BackupPolicy;
  /** `ask` wants the database's name typed on a terminal; without a terminal the gates decide. */
  readonly consent: 'off' | 'ask';
  /**
   * What happens to a plan under which rows or values go: `off` does not look, `show` tells how many, `consent` wants each object named
   * (for a rollback a fresh proved backup is enough, so that the emergency commands work), `backup` is always content with one.
   */
  readonly dataLoss: 'off' | 'show' | 'consent' | 'backup';
  /** Migrations run under `SET ROLE` to it; history is written by the role of the session. */
  readonly role?: string;
  /**
   * Whether what is applied must be proved by a rehearsal: `auto` wants it where the project keeps proofs, and rehearses what lacks one where that is possible;
   * `required` refuses what is not proved; `off` does not look. An object says more of what a proof must be.
   */
  readonly rehearsal: RehearsalGate | RehearsalPolicy;
  /**
   * Whether db/schema.snapshot.sql must be of the files that are applied: `auto` refuses in production and notes elsewhere, where the file exists;
   * `required` wants it everywhere; `off` does not look.
   */
  readonly snapshot: 'off' | 'auto' | 'required';
  /** What lint says of a plan: `refuse` stops it at an error, `warn` tells, `off` does not look. */
  readonly lint: 'off' | 'warn' | 'refuse';
  /** By rule, or by class of rules: `error`, `warning`, `info` or `off` instead of its own. */
  readonly lintRules: Readonly<Record<string, Severity>>;
  readonly allowStock: boolean;
  /** What `-- part: backfill in background` means: `migrate:work` does it; or, where no worker is, the run itself at once. */
  readonly backfills: 'background' | 'foreground';
}

/** As a knexfile says it: what is left out keeps its default. `backup: 'pg_dump'` is short for `backup: { method: 'pg_dump' }`. */
export type PolicySettings = Partial<Omit<Policy, 'backup'>> & {
  readonly backup?: BackupPolicy['method'] | Partial<BackupPolicy>;
};

const BACKUP: BackupPolicy = { method: 'off', proof: 'read', folder: '.lockstep/backups', keepCount: 10, keepDays: 30 };

const STAGING: Policy = {
  runLockWaitMs: 75_000,
  lateVersions: 'refuse',
  emptyScripts: 'refuse',
  rollbacks: 'expected',
  createMissing: false,
  // Below the server's deadlock_timeout of 1 s: where it comes to a deadlock, it is the migration that gives way, and never the application.
  lockTimeoutMs: 800,
  lockRetryForMs: 60_000,
  statementTimeoutMs: 0,
  maxStallMs: 500,
  backup: BACKUP,
  consent: 'off',
  dataLoss: 'show',
  rehearsal: 'off',
  lint: 'refuse',
  lintRules: {},
  snapshot: 'auto',
  allowStock: true,
  backfills: 'background',
};

const PERMISSIVE: Policy = {
  ...STAGING,
  lateVersions: 'apply',
  createMissing: true,
  lockTimeoutMs: 0,
  lockRetryForMs: 0,
  dataLoss: 'off',
  lint: 'warn',
  backfills: 'foreground',
};

export const DEFAULT_POLICIES = {
  development: PERMISSIVE,
  test: { ...PERMISSIVE, lint: 'off' },
  staging: STAGING,
  production: {
    ...STAGING,
    lockRetryForMs: 300_000,
    backup: { ...BACKUP, method: 'auto' },
    consent: 'ask',
    dataLoss: 'consent',
    rehearsal: 'auto',
    allowStock: false,
  },
} as const satisfies Record<string, Policy>;

export const rehearsalPolicy = (rehearsal: Policy['rehearsal']): RehearsalPolicy =>
  typeof rehearsal === 'string' ? { gate: rehearsal } : rehearsal;

export function completePolicy(defaults: Policy, { backup, ...rest }: PolicySettings): Policy {
  const wish = typeof backup === 'string' ? { method: backup } : backup;
  const method = wish?.method ?? (wish?.external === undefined ? defaults.backup.method : 'external');
  return { ...defaults, ...rest, backup: { ...defaults.backup, ...wish, method } };
}
