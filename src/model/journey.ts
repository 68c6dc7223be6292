import type { Project } from './environment.ts';
import type { Emit } from './event.ts';

/** What every journey is given by the command that starts it. */
export interface Journey {
  readonly project: Project;
  /** The environment asked for by name; `MIGRATE_ENV` counts when it is absent. */
  readonly env?: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly emit: Emit;
  /** Asks a person for a line; absent where no terminal is. */
  readonly ask?: (question: string) => Promise<string>;
  /** The database is to be this environment from now on, whatever it remembers. */
  readonly adopt?: boolean;
  /** Another history in the same database may record the same migrations: these are to run for this schema as well. */
  readonly secondHistory?: boolean;
  /** How long a server that does not answer yet is waited for. Milliseconds. */
  readonly waitMs?: number;
  /** Aborted when the process is asked to stop. */
  readonly interruption: AbortSignal;
}
