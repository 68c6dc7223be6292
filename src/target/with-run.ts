import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { releaseKnexLock } from '../history/history.ts';
import { type Identity, type Remembered, readIdentity, readRemembered } from '../history/identity.ts';
import { ensureTables, inspectTables } from '../history/tables.ts';
import { applyCommand } from '../model/command.ts';
import { type ConnectionSettings, type EnvironmentName, findEnvironmentName, type Project } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import type { Policy } from '../model/policy.ts';
import type { Target } from '../model/target.ts';
import { connect } from '../pg/connect.ts';
import { createSchema, schemaMissing } from '../pg/create-missing.ts';
import { verifyNoTransactionPooler } from '../pg/pooler.ts';
import { acquireRunLock } from '../pg/run-lock.ts';
import { beginSession, type SessionSql, startHeartbeat } from '../pg/session.ts';
import { watchStandbyWait } from '../pg/standby-wait.ts';
import { type FoundTarget, readTarget, verifyRole, verifyServerVersion, verifyWritable } from '../pg/target.ts';
import type { RunContext, Verdict } from '../run/run-context.ts';
import { settleOpenRuns } from '../run/settle.ts';
import { maskPasswords } from '../sql/text/secrets.ts';
import { connectTarget } from './connect-target.ts';
import { openEnvironment } from './open-environment.ts';
import { rollbackCommandOf } from './rollback-command.ts';
import { type IdentityCommands, verifyIdentity } from './verify-identity.ts';

/** A session that holds the RunLock on a database whose history tables are there. */
export interface OpenRun {
  readonly context: RunContext;
  /** For further connections to the same database. */
  readonly settings: ConnectionSettings;
  readonly environment: EnvironmentName;
  readonly policy: Policy;
  readonly target: Target;
}

interface Wish extends Journey {
  readonly verdict?: Verdict;
  /** How the refusal of another environment names this command; as a run that applies where it says nothing. */
  readonly commands?: IdentityCommands;
}

/** Opens the target for changes, hands it over, and closes it however the body ends: the RunLock ends with the connection. */
export async function withRun<T>(journey: Wish, body: (run: OpenRun) => Promise<T>): Promise<T> {
  const { chosen, settings } = await openEnvironment(journey);
  const client = await connectTarget({
    settings,
    application: 'lockstep',
    createMissing: mayCreate(journey.project, chosen),
    emit: journey.emit,
    interruption: journey.interruption,
  });
  const stopHeartbeat = startHeartbeat(client);
  const stopWatching = watchStandbyWait(client, settings, journey);
  client.on('notice', (notice) => tellNotice(journey.emit, notice));
  try {
    const entered = await enterRun(journey, { client, settings, chosen });
    const { target, environment } = entered;
    return await body({
      settings,
      environment,
      target,
      policy: journey.project.policies[environment],
      context: contextOf(journey, { client, settings, ...entered }),
    });
  } finally {
    stopHeartbeat();
    stopWatching();
    await client.end().catch(() => {});
  }
}

/** What a script RAISEs; not PostgreSQL's remarks on IF EXISTS. */
function tellNotice(emit: Journey['emit'], { severity = 'NOTICE', message = '', code }: Notice): void {
  if (code !== NO_TRANSACTION && !/, skipping$/.test(message)) emit({ type: 'notice', severity, text: maskPasswords(message) });
}

interface Notice {
  readonly severity?: string | undefined;
  readonly message?: string | undefined;
  readonly code?: string | undefined;
}

// Our own ROLLBACK, to be on the safe side.
const NO_TRANSACTION = '25P01';

export interface Entry {
  readonly client: Client;
  readonly settings: ConnectionSettings;
  readonly chosen: EnvironmentName | undefined;
}

/** A connection that holds the RunLock, and how its session began. */
export interface Entered {
  readonly target: Target;
  readonly session: SessionSql;
  readonly identity: Identity;
  /** The one that was asked for, else the one that the database remembers. */
  readonly environment: EnvironmentName;
}

const GUARDS_WERE_OFF = {
  type: 'note',
  text: 'a trigger that guards the history had been switched off, and is on again',
  next: 'npm run migrate:status -- --audit   tells what was changed meanwhile',
} as const;

/** What stands between a connection and a run: the checks, the RunLock, the tables, and the remains of a crashed run. */
export async function enterRun(
  { project, emit, interruption, adopt, commands }: Pick<Wish, 'project' | 'emit' | 'interruption' | 'adopt' | 'commands'>,
  { client, settings, chosen }: Entry,
): Promise<Entered> {
  const policy = project.policies[chosen ?? 'development'];
  const { schema } = settings;
  await verifyNoTransactionPooler(client, () => connect(settings, 'lockstep pooler probe'));
  const session = await beginSession(client, settings);
  const found = await readTarget(client, settings);
  verifyServerVersion(found.target);
  await verifyReady(client, found, { settings, createMissing: mayCreate(project, chosen), emit });
  if (chosen) emit({ type: 'connected', environment: chosen, target: found.target });
  const waitedMs = await acquireRunLock(client, {
    schema,
    waitMs: policy.runLockWaitMs,
    interruption,
    onWait: (holder) => emit({ type: 'waiting', holder, limitMs: policy.runLockWaitMs }),
  });
  if (waitedMs > 0) emit({ type: 'waited', durationMs: waitedMs });
  if (await ensureTables(client, schema)) emit(GUARDS_WERE_OFF);
  await releaseKnexLock(client, schema);
  const identity = await readIdentity(client, found.target.database);
  const remembered = await readRemembered(client, schema);
  if (chosen && !adopt) verifyIdentity(chosen, { identity, remembered }, commands);
  await verifyRole(client, project.policies[chosen ?? environmentOf(remembered)].role);
  await settleOpenRuns(client, schema, emit);
  return { target: found.target, session, identity, environment: chosen ?? environmentOf(remembered) };
}

/** A server that was named without an environment may be anybody's: nothing is created there. */
export const mayCreate = (project: Project, chosen: EnvironmentName | undefined): boolean =>
  chosen !== undefined && project.policies[chosen].createMissing;

async function verifyReady(
  client: Client,
  found: FoundTarget,
  {
    settings,
    createMissing,
    emit,
  }: { readonly settings: ConnectionSettings; readonly createMissing: boolean; readonly emit: Journey['emit'] },
): Promise<void> {
  const { schema } = settings;
  if (!found.hasSchema) {
    verifyWritable({ ...found, mayCreate: true });
    if (!createMissing && !settings.embedded) throw schemaMissing(settings);
    await createSchema(client, settings);
    emit({ type: 'created', what: 'schema', name: schema });
    return;
  }
  // Whoever has its tables already may do without CREATE on the schema.
  verifyWritable(found.mayCreate || (await inspectTables(client, schema)).isComplete ? { ...found, mayCreate: true } : found);
}

/** What the database remembers to be; development where it remembers nothing. */
export const environmentOf = (remembered: Remembered | undefined): EnvironmentName =>
  findEnvironmentName(remembered?.environment ?? '') ?? 'development';

type ContextParts = Omit<Entry, 'chosen'> & Entered;

export function contextOf(
  journey: Pick<Journey, 'project' | 'emit' | 'interruption' | 'env' | 'variables'> & { readonly verdict?: Verdict },
  { client, settings, environment, target, session, identity }: ContextParts,
): RunContext {
  const { project, emit, interruption, verdict } = journey;
  return {
    client,
    settings,
    session,
    identity,
    root: project.root,
    run: randomUUID(),
    environment,
    user: project.policies[environment].role ?? target.user,
    again: (direction) => (direction === 'up' ? applyCommand(environment) : rollbackCommandOf(journey, environment)),
    emit,
    interruption,
    limits: project.policies[environment],
    ...(verdict && { verdict }),
  };
}
