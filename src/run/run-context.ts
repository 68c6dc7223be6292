import type { Client } from 'pg';
import type { JournalPlace } from '../history/head-file.ts';
import type { History, Oids } from '../history/history.ts';
import type { Identity } from '../history/identity.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import type { JournalDetails } from '../model/history.ts';
import type { AllowedLosses } from '../model/loss.ts';
import type { Direction } from '../model/migration.ts';
import type { Step } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import type { StatementTrace } from '../model/statement-trace.ts';
import type { SessionSql } from '../pg/session.ts';

/** What a person says about an interrupted attempt: its open statement took effect, or did not; or all its traces are gone. */
export type Verdict = 'done' | 'again' | 'restart';

/** Everything that the steps of one run share. */
export interface RunContext {
  /** The connection that holds the RunLock. */
  readonly client: Client;
  readonly history: History;
  /** For a second connection that looks on. */
  readonly settings: ConnectionSettings;
  readonly session: SessionSql;
  readonly root: string;
  /** Identifies the run in the journal. */
  readonly run: string;
  readonly environment: string;
  /** The role that migrations run as, for grants in messages. */
  readonly user: string;
  /** The command that runs such a plan again: `npm run migrate:dev`. */
  readonly retryCommand: (direction: Direction) => string;
  readonly emit: Emit;
  /** Aborted by SIGINT, SIGTERM or SIGHUP; its reason is the signal's name. */
  readonly interruption: AbortSignal;
  readonly limits: Pick<Policy, 'lockTimeoutMs' | 'lockRetryForMs' | 'statementTimeoutMs' | 'role' | 'backfills'>;
  readonly verdict?: Verdict;
  readonly trace?: StatementTrace;
  /** What was there when the run began. */
  readonly oids: Oids;
  readonly losses: (step: Step) => AllowedLosses;
  /** What tells this database from its copies, for the journal. */
  readonly identity: Identity;
  /** Which journal this is, for the file that remembers its head. */
  readonly place: JournalPlace;
  /** What the gates found and did, for the journal. */
  readonly gateResults?: JournalDetails;
}
