import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import type { Direction } from '../model/migration.ts';

/** What a person said about a statement that may or may not have run before a crash. */
export type Verdict = 'done' | 'again';

/** Everything that the steps of one run share. */
export interface RunContext {
  /** The connection that holds the RunLock. */
  readonly client: Client;
  readonly settings: Pick<ConnectionSettings, 'schema'>;
  /** SQL that brings the session back to how the run began. */
  readonly freshSession: string;
  readonly root: string;
  /** Identifies the run in the journal. */
  readonly run: string;
  readonly environment: string;
  /** The role of the session, for grants in messages. */
  readonly user: string;
  /** The command that runs such a plan again: `npm run migrate:dev`. */
  readonly again: (direction: Direction) => string;
  readonly emit: Emit;
  /** Aborted by SIGINT, SIGTERM or SIGHUP; its reason is the signal's name. */
  readonly interruption: AbortSignal;
  readonly verdict?: Verdict;
}
