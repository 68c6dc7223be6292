/** The project as a program uses it: nothing is printed, nobody is asked, and the process goes on. */
import type { Knex } from 'knex';
import { askConnection, connectionVariables, type KnexConnection } from '../environment/connection-variables.ts';
import type { Audit } from '../model/audit.ts';
import type { Project } from '../model/environment.ts';
import type { Event } from '../model/event.ts';
import type { Journey } from '../model/journey.ts';
import type { Direction } from '../model/migration.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { Status } from '../model/status.ts';
import { apply } from './apply.ts';
import { audit } from './audit.ts';
import { beginRun, type Run } from './begin-run.ts';
import { dryRun } from './dry-run.ts';
import { rollback } from './rollback.ts';
import { status } from './status.ts';

export interface OpenOptions {
  /** `development` where it is absent. */
  readonly env?: string;
  /** A URL, or a Knex instance whose settings are taken over; the variables of the process where it is absent. */
  readonly connection?: string | Knex;
  readonly onEvent?: (event: Event) => void;
  /** Stops a run as SIGTERM does: what is open is rolled back. */
  readonly signal?: AbortSignal;
}

export interface ApplyOptions {
  /** The last version to apply; of a rollback the one that stays. */
  readonly to?: string;
  /** Tables that may lose rows. */
  readonly allowDataLoss?: readonly string[];
}

export interface OpenedProject {
  /** @returns what was done, and what failed. @throws LockstepError where it was refused before anything ran */
  readonly apply: (options?: ApplyOptions) => Run;
  readonly rollback: (options?: ApplyOptions) => Run;
  readonly status: () => Promise<Status>;
  /** What is to be done, by files and history. @throws LockstepError where these refuse */
  readonly plan: (direction?: Direction, options?: Pick<ApplyOptions, 'to'>) => Promise<Plan>;
  /** The run minus its execution: the plan, after the gates that only read. @throws LockstepError where the run would be refused */
  readonly dryRun: (direction?: Direction, options?: Pick<ApplyOptions, 'to'>) => Promise<Plan>;
  readonly audit: () => Promise<Audit>;
}

/** Opens a project for a program: an application that migrates as it starts, a test, a tool of one's own. */
export function openProject(
  project: Project,
  { env = 'development', connection, onEvent = () => {}, signal }: OpenOptions = {},
): OpenedProject {
  const start = async (): Promise<Journey> => ({
    project,
    env,
    variables: await variablesOf(connection),
    emit: onEvent,
    interruption: interruptedBy(signal),
  });
  const run =
    (direction: Direction, journey: typeof apply) =>
    (options: ApplyOptions = {}): Run =>
      beginRun(async (tell) => {
        const startedAt = performance.now();
        let outcome: Outcome | undefined;
        const emit = (event: Event): void => {
          if (event.type === 'run-ended') outcome = event.outcome;
          onEvent(event);
          tell(event);
        };
        await journey({ ...(await start()), ...options, emit });
        return outcome ?? { target: env, direction, done: [], notReached: [], durationMs: performance.now() - startedAt };
      });
  return {
    apply: run('up', apply),
    rollback: run('down', rollback),
    status: async () => status(await start()),
    plan: async (direction = 'up', options = {}) => dryRun({ ...(await start()), ...options, direction, asksGates: false }),
    dryRun: async (direction = 'up', options = {}) => dryRun({ ...(await start()), ...options, direction }),
    audit: async () => audit(await start()),
  };
}

/** With a reason that reads well in a message. */
function interruptedBy(signal: AbortSignal | undefined): AbortSignal {
  const interruption = new AbortController();
  const abort = (): void => interruption.abort(typeof signal?.reason === 'string' ? signal.reason : 'its AbortSignal');
  if (signal?.aborted) abort();
  else signal?.addEventListener('abort', abort, { once: true });
  return interruption.signal;
}

async function variablesOf(connection: string | Knex | undefined): Promise<Journey['variables']> {
  if (connection === undefined) return process.env;
  if (typeof connection === 'string') return connectionVariables({ connection });
  const { connection: own, searchPath }: KnexConnection = connection.client.config;
  return connectionVariables({ connection: await askConnection(own), searchPath });
}
