import { insertJournal } from '../history/journal.ts';
import { withOptions } from '../model/command.ts';
import type { JournalEvent } from '../model/history.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import type { Effect, Part, Script } from '../model/script.ts';
import { waitsOf } from '../model/table-lock.ts';
import { listIndexes, quoteName, readEffect } from '../pg/catalog.ts';
import { sendScript } from '../pg/script-query.ts';
import { literal } from '../pg/sql-text.ts';
import { dropLeftovers, finishDetach } from './clean-up.ts';
import { awaitOldTransactions } from './lock-patience.ts';
import { inOwnTransaction } from './record-step.ts';
import type { RunContext } from './run-context.ts';
import { StatementFailed } from './statement-failed.ts';

export interface PartRun {
  readonly part: Part;
  /** Counts from 1. */
  readonly number: number;
  /** An earlier attempt began this part and did not finish it. */
  readonly earlier: EarlierStart | undefined;
}

export interface EarlierStart {
  readonly started: JournalEvent;
  /** It ended with an error, and not with its session. */
  readonly hasFailed: boolean;
}

export interface AloneRun {
  readonly step: Step;
  readonly script: Script;
  readonly partRun: PartRun;
}

/**
 * Runs one statement outside a transaction. That it begins is journaled first, so that after a crash the next run knows to look
 * at the catalog. It returns only when the effect is there: a CONCURRENTLY built index that is INVALID is a failure.
 */
export async function runAlone(context: RunContext, run: AloneRun): Promise<void> {
  const { part, earlier } = run.partRun;
  const effect = effectOf(part);
  if (earlier && (await isAlreadyDone(context, run, earlier))) return;
  if (!earlier || earlier.hasFailed) await journalStart(context, run, effect);
  const before = indexesBefore(earlier?.started);
  const { migration, direction } = run.step;
  if (waitsForOthers(effect)) await awaitOldTransactions(context, { name: migration.name, direction, needs: waitsOf(effect) });
  // After the wait: what drops them waits for the same transactions, and could not say for whom.
  if (effect.kind === 'create-index') await dropLeftovers(context, effect, before);
  await execute(context, run).catch(async (error: unknown) => {
    await clearAfterFailure(context, effect, before);
    throw error;
  });
  await verifyIndex(context, run, effect);
}

const waitsForOthers = ({ kind }: Effect): boolean => ['create-index', 'drop-index', 'reindex', 'detach-partition'].includes(kind);

const effectOf = (part: Part): Effect => (part.mode === 'no-transaction' ? part.effect : { kind: 'unknown' });

const indexesBefore = (started: JournalEvent | undefined): readonly string[] | undefined => {
  const before = started?.details.indexes;
  return Array.isArray(before) ? before.map(String) : undefined;
};

/** That it begins, and how things stood: what was there before is no proof afterwards. */
async function journalStart(context: RunContext, { step, partRun }: AloneRun, effect: Effect): Promise<void> {
  const { client, history, run } = context;
  const isUnnamed = effect.kind === 'create-index' && effect.index === undefined;
  const details = { before: await readEffect(client, effect), ...(isUnnamed && { indexes: await listIndexes(client, effect.table) }) };
  const { direction, migration } = step;
  const { number, part } = partRun;
  const started = { run, event: 'part-started', name: migration.name, direction, part: number, checksum: part.checksum, details } as const;
  await client.query(inOwnTransaction(context, insertJournal(history, started)));
}

/**
 * An earlier attempt began this statement. Looks at what became of it, and clears away what is half-done.
 * One that ended with an error did not take effect, whatever else has the name it wanted.
 */
async function isAlreadyDone(context: RunContext, run: AloneRun, { started, hasFailed }: EarlierStart): Promise<boolean> {
  const effect = effectOf(run.partRun.part);
  if (effect.kind === 'create-index' && effect.index === undefined)
    return (await dropLeftovers(context, effect, indexesBefore(started) ?? [])) && !hasFailed;
  if (effect.kind === 'reindex') await dropLeftovers(context, effect, undefined);
  const state = await readEffect(context.client, effect);
  if (state === 'half-done' && effect.kind === 'detach-partition') {
    await finishDetach(context, effect);
    return true;
  }
  if (hasFailed) return false;
  return state === 'unreadable' ? verdictOf(context, run) : state === 'done' && started.details.before !== 'done';
}

// The policy's role, unless the script has chosen one itself.
const takeRole = (role: string | undefined): string =>
  `SELECT pg_catalog.set_config('lockstep.role', pg_catalog.current_setting('role'), false)${role === undefined ? '' : `, CASE WHEN current_user = session_user THEN pg_catalog.set_config('role', ${literal(role)}, false) END`};`;
const GIVE_ROLE_BACK = "SELECT pg_catalog.set_config('role', pg_catalog.current_setting('lockstep.role'), false);";

const WITHOUT_TIMEOUTS = `SELECT pg_catalog.set_config('lockstep.' || name, pg_catalog.current_setting(name), false), pg_catalog.set_config(name, '0', false)
  FROM (VALUES ('lock_timeout'), ('statement_timeout')) timeouts (name)`;
const WITH_TIMEOUTS = `SELECT pg_catalog.set_config(name, pg_catalog.current_setting('lockstep.' || name), false)
  FROM (VALUES ('lock_timeout'), ('statement_timeout')) timeouts (name)`;

async function execute({ client, limits, trace }: RunContext, { script, partRun }: AloneRun): Promise<void> {
  const { statements } = partRun.part;
  const [statement] = statements;
  const [start, end] = [statement?.start ?? 0, statement?.end ?? 0];
  try {
    // A CONCURRENTLY that a timeout cuts off leaves an INVALID index; while it waits it blocks nobody.
    await client.query(`${takeRole(limits.role)} ${WITHOUT_TIMEOUTS}`);
    if (statement) trace?.begins(script, statement);
    await sendScript(client, script.file.text.slice(start, end));
  } catch (error) {
    throw new StatementFailed(error, { script, statements, first: 0, sentFrom: start, prefix: '', opened: 0 });
  } finally {
    trace?.ends();
  }
  await client.query(`${GIVE_ROLE_BACK} ${WITH_TIMEOUTS}`);
}

/** An INVALID index slows writes and, when unique, refuses rows: it goes at once. After an interruption, which must be quick, the next run drops it. */
async function clearAfterFailure(context: RunContext, effect: Effect, before: readonly string[] | undefined): Promise<void> {
  if (effect.kind !== 'create-index' || context.interruption.aborted) return;
  await dropLeftovers(context, effect, before).catch(() => false);
}

async function verifyIndex(context: RunContext, { script, step }: AloneRun, effect: Effect): Promise<void> {
  if (effect.kind !== 'create-index' || effect.index === undefined) return;
  if ((await readEffect(context.client, effect)) === 'done') return;
  throw new LockstepError({
    code: 'index-not-built',
    what: `${script.file.path} ran, and the index "${effect.index}" of ${quoteName(effect.table)} is not there as a valid index`,
    where: { file: script.file.path },
    next: `see what has the name: SELECT indrelid::regclass, indisvalid FROM pg_index WHERE indexrelid = '${effect.index}'::regclass;\nthen run ${context.retryCommand(step.direction)} again`,
    exitCode: 1,
  });
}

/** Nothing in the catalog tells whether the statement ran: a person must. */
function verdictOf(context: RunContext, { script, step, partRun }: AloneRun): boolean {
  if (context.verdict) return context.verdict === 'done';
  const [statement] = partRun.part.statements;
  const text = script.file.text.slice(statement?.start, statement?.end).split('\n');
  const command = context.retryCommand(step.direction);
  throw new LockstepError({
    code: 'undecided-statement',
    what: `An earlier run was interrupted while this statement of ${script.file.path} was under way, and the catalog does not tell whether it took effect:\n  ${text.slice(0, 5).join('\n  ')}${text.length > 5 ? '\n  …' : ''}`,
    where: { file: script.file.path },
    next: `if it took effect:  ${withOptions(command, '--interrupted done')}\nif it did not:      ${withOptions(command, '--interrupted again')}`,
    exitCode: 3,
  });
}
