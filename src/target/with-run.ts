import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { knexLockQuestion, type Oids, oidsQuestion, releaseKnexLock } from '../history/history.ts';
import { openRunsQuestion } from '../history/journal.ts';
import { otherTablesQuestion, readOthers } from '../history/other-histories.ts';
import { COMPLETE, ensureTables, judgeTables, tablesQuestion } from '../history/tables.ts';
import { applyCommand } from '../model/command.ts';
import { environmentNamed, type Project } from '../model/environment.ts';
import type { Journey } from '../model/journey.ts';
import type { StatementTrace } from '../model/statement-trace.ts';
import { ask } from '../pg/ask.ts';
import { connect } from '../pg/connect.ts';
import { createSchemas, schemaMissing } from '../pg/create-missing.ts';
import { BACKEND_PID, verifyNoTransactionPooler } from '../pg/pooler.ts';
import { acquireRunLock } from '../pg/run-lock.ts';
import { protocolPid, type SessionSql, sessionQuestions, startHeartbeat } from '../pg/session.ts';
import { targetQuestion, verifyRole, verifyServerVersion, verifyWritable } from '../pg/target.ts';
import { watchQuery } from '../pg/watch-query.ts';
import type { RunContext, Verdict } from '../run/run-context.ts';
import { settleOpenRuns } from '../run/settle.ts';
import { maskPasswords } from '../sql/text/secrets.ts';
import { connectTarget } from './connect-target.ts';
import { openEnvironment } from './open-environment.ts';
import {
  type FirstLook,
  headPlace,
  historyAt,
  type Opening,
  type OpenTarget,
  readOpenTarget,
  stateQuestions,
  toOpenTarget,
} from './open-target.ts';
import { rollbackCommandOf } from './rollback-command.ts';
import { verifyMeant } from './verify-history.ts';
import type { IdentityCommands } from './verify-identity.ts';

/** A database opened by a session that holds the RunLock, with its history tables in place. */
export interface OpenRun extends OpenTarget {
  readonly context: RunContext;
}

interface RunRequest extends Journey {
  readonly verdict?: Verdict;
  readonly trace?: StatementTrace;
  /** How the refusal of another environment names this command; as a run that applies where it says nothing. */
  readonly commands?: IdentityCommands;
}

/** Opens the target for changes, hands it over, and closes it however the body ends: the RunLock ends with the connection. */
export async function withRun<T>(journey: RunRequest, body: (run: OpenRun) => Promise<T>): Promise<T> {
  const opened = await openEnvironment(journey);
  const createMissing = mayCreate(journey.project, opened.chosen);
  const client = await connectTarget({ ...opened, application: 'lockstep', createMissing, ...journey });
  const stopHeartbeat = startHeartbeat(client);
  const stopWatching = watchQuery(client, opened.settings, journey);
  client.on('notice', (notice) => reportNotice(journey.emit, notice));
  try {
    const entered = await enterRun(journey, opened, client);
    return await body({ ...entered, context: contextOf(journey, entered) });
  } finally {
    stopHeartbeat();
    stopWatching();
    await client.end().catch(() => {});
  }
}

/** What a script RAISEs; not PostgreSQL's remarks on IF EXISTS. */
function reportNotice(emit: Journey['emit'], { severity = 'NOTICE', message = '', code }: Notice): void {
  if (code !== NO_TRANSACTION && !/, skipping$/.test(message)) emit({ type: 'notice', severity, text: maskPasswords(message) });
}

interface Notice {
  readonly severity?: string | undefined;
  readonly message?: string | undefined;
  readonly code?: string | undefined;
}

// Our own ROLLBACK, to be on the safe side.
const NO_TRANSACTION = '25P01';

/** A target whose connection holds the RunLock, and how its session is brought back between steps. */
export interface Entered extends OpenTarget {
  readonly session: SessionSql;
  readonly oids: Oids;
}

const GUARDS_WERE_OFF = {
  type: 'note',
  text: 'a trigger that guards the history had been switched off, and is on again',
  next: 'npm run migrate:status -- --audit   tells what was changed meanwhile',
} as const;

/** What stands between a connection and a run: the checks, the RunLock, the tables, and the remains of a crashed run. */
export async function enterRun(
  journey: Pick<RunRequest, 'project' | 'emit' | 'interruption' | 'adopt' | 'secondHistory' | 'commands'>,
  { chosen, settings }: Omit<Opening, 'project'>,
  client: Client,
): Promise<Entered> {
  const { project, emit, interruption } = journey;
  const opening = { project, chosen, settings };
  const { session, ...look } = await beginSession(opening, client);
  const { history, found } = look;
  verifyServerVersion(found.target);
  // Nothing is made for a run that means another history.
  const { isComplete, obstacles } = judgeTables(history, look.rows);
  if (!isComplete) await verifyMeant(journey, await readOpenTarget(opening, look));
  await verifyReady(opening, look, emit);
  if (chosen) emit({ type: 'connected', environment: chosen, server: found.target });
  const { runLockWaitMs } = environmentNamed(project, chosen ?? 'development').policy;
  const waitedMs = await acquireRunLock(client, {
    schema: history.schema,
    waitMs: runLockWaitMs,
    interruption,
    onWait: (holder) => emit({ type: 'waiting', holder, limitMs: runLockWaitMs }),
  });
  if (waitedMs > 0) emit({ type: 'waited', durationMs: waitedMs });
  if (await ensureTables(history, look.rows)) emit(GUARDS_WERE_OFF);
  const questions = [
    ...stateQuestions(look, COMPLETE),
    knexLockQuestion(history),
    openRunsQuestion(history),
    oidsQuestion(history),
  ] as const;
  const [applied, remembered, halfApplied, system, isFree, openRuns, oids] = await ask(client, ...questions);
  if (!isFree) await releaseKnexLock(history);
  const target = toOpenTarget(opening, look, { tables: { ...COMPLETE, obstacles }, state: [applied, remembered, halfApplied, system] });
  await verifyMeant(journey, target);
  await verifyRole(client, target.policy.role);
  await settleOpenRuns(history, openRuns, emit);
  return { ...target, session, oids };
}

/** The first message on a new connection: our settings, and the first look. */
export async function beginSession({ settings }: Opening, client: Client): Promise<FirstLook & { readonly session: SessionSql }> {
  const history = historyAt(client, settings);
  const pid = protocolPid(client);
  const [backend, , session, found, rows, tables] = await ask(
    client,
    BACKEND_PID,
    ...sessionQuestions(settings, pid),
    targetQuestion(settings),
    tablesQuestion(history),
    otherTablesQuestion(history),
  );
  const look = { history, found, rows, others: await readOthers(history, tables) };
  if (backend === pid) return { ...look, session };
  await verifyNoTransactionPooler(client, backend, () => connect(settings, 'lockstep pooler probe'));
  const [, behindPooler] = await ask(client, ...sessionQuestions(settings));
  return { ...look, session: behindPooler };
}

/** A server that was named without an environment may be anybody's: nothing is created there. */
export const mayCreate = (project: Project, chosen: string | undefined): boolean =>
  chosen !== undefined && environmentNamed(project, chosen).policy.createMissing;

async function verifyReady(
  { project, chosen, settings }: Opening,
  { history, found, rows }: FirstLook,
  emit: Journey['emit'],
): Promise<void> {
  if (!found.hasSchema) {
    verifyWritable({ ...found, mayCreate: true });
    if (!mayCreate(project, chosen) && !settings.embedded) throw schemaMissing(settings);
    for (const name of await createSchemas(history.client, settings)) emit({ type: 'created', what: 'schema', name });
    return;
  }
  // Whoever has its tables already may do without CREATE on the schema.
  verifyWritable(found.mayCreate || judgeTables(history, rows).isComplete ? { ...found, mayCreate: true } : found);
}

export function contextOf(
  journey: Pick<Journey, 'project' | 'emit' | 'interruption' | 'env' | 'variables'> & Pick<RunRequest, 'verdict' | 'trace'>,
  entered: Entered,
): RunContext {
  const { project, emit, interruption, verdict, trace } = journey;
  const { history, settings, environment, target, session, identity, policy, oids } = entered;
  return {
    client: history.client,
    history,
    settings,
    session,
    identity,
    oids,
    // Whoever carries out a plan that went through the gates says more.
    losses: () => ({ refuses: false, keys: [] }),
    place: headPlace(entered),
    root: project.root,
    run: randomUUID(),
    environment,
    user: policy.role ?? target.user,
    retryCommand: (direction) => (direction === 'up' ? applyCommand(environment) : rollbackCommandOf(journey, environment)),
    emit,
    interruption,
    limits: policy,
    ...(verdict && { verdict }),
    ...(trace && { trace }),
  };
}
