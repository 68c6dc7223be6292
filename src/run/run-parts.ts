import { fingerprintOf, isStill } from '../history/fingerprint.ts';
import { readAttempt } from '../history/journal.ts';
import { withOptions } from '../model/command.ts';
import type { JournalDetails, JournalEvent } from '../model/history.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import type { Part, Script } from '../model/script.ts';
import { runningName } from '../pg/activity.ts';
import { KEEP_SETTINGS } from '../pg/session.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import { resume } from '../sql/script/finished-parts.ts';
import { lineOf, placeOf } from '../sql/text/code-frame.ts';
import { leaveBackfill } from './leave-backfill.ts';
import { inOwnTransaction, OWN_BEGIN, recordPart, recordStep } from './record-step.ts';
import { type EarlierStart, type PartRun, runAlone } from './run-alone.ts';
import { runBackfill } from './run-backfill.ts';
import type { RunContext } from './run-context.ts';
import { runTransaction, type Worked } from './run-transaction.ts';

/** What finished parts set for their session (search path, role, timeouts) holds for the parts after them, in a later session too. */
export async function restoreSettings({ client, user }: RunContext, { role, authorization, settings }: JournalDetails): Promise<void> {
  if (role === undefined) return;
  for (const [name, value] of Object.entries(settings ?? {}))
    await client.query('SELECT pg_catalog.set_config($1, $2, false)', [name, value]);
  if (authorization !== undefined && authorization !== user) await client.query(`SET SESSION AUTHORIZATION ${identifier(authorization)}`);
  if (role !== 'none') await client.query(`SET ROLE ${identifier(role)}`);
}

export interface PartsRun {
  readonly step: Step;
  readonly script: Script;
  readonly isLast: boolean;
  readonly kept: Kept;
  /** SQL that prepares the next step. */
  readonly behind: string | undefined;
}

/** How far a script has come: what a failure may say about what stays. */
export interface Kept {
  /** Parts that are committed and recorded, by earlier attempts too. */
  parts: number;
  /** A statement that runs alone is under way (unknown: and may commit by itself what nobody can look up), or has run and is not recorded. */
  alone?: 'running' | 'unknown' | 'unrecorded' | undefined;
  /** A part that runs in batches is under way. */
  batches?: boolean;
}

/**
 * Runs a script that cannot run as a whole: part after part, each recorded as it ends. After a crash or failure it resumes
 * where it stopped; what the catalog says about a statement that was under way counts, never a guess.
 */
export async function runParts(context: RunContext, run: PartsRun): Promise<Worked> {
  const { step, script, kept } = run;
  const events = context.verdict === 'restart' ? [] : await readAttempt(context.history, step.migration.name);
  const attempt = events.filter(({ direction }) => direction === step.direction);
  const { remaining, isBegun } = resume(script, attempt, withOptions(context.retryCommand(step.direction), '--interrupted restart'));
  kept.parts = isBegun ? 1 : 0;
  if (isBegun)
    context.emit({
      type: 'note',
      text: `${step.migration.name} resumes at part ${remaining[0]?.number ?? script.parts.length} of ${script.parts.length}: an earlier attempt finished what is before it`,
    });
  const lastDone = attempt.findLastIndex(({ event }) => event === 'part-done');
  await restoreSettings(context, attempt[lastDone]?.details ?? {});
  const recordWhole = await recorder(context, run);
  const worked: Worked[] = [];
  for (const { part, number } of remaining) {
    const earlier = findEarlier(attempt.slice(lastDone + 1), part);
    worked.push(await runPart(context, run, { part, number, earlier, whole: part === remaining.at(-1)?.part ? recordWhole : undefined }));
    kept.parts += 1;
  }
  // Every part was done, and the run ended before the step was recorded.
  if (remaining.length === 0) await context.client.query(inOwnTransaction(context, recordWhole));
  return { taken: worked.flatMap(({ taken }) => taken), ahead: worked.at(-1)?.ahead };
}

/** A start of the same text counts; one that the server answered with an error is known to have failed. */
function findEarlier(attempt: readonly JournalEvent[], { checksum }: Part): EarlierStart | undefined {
  const at = attempt.findLastIndex((event) => event.event === 'part-started' && event.checksum === checksum);
  const started = attempt[at];
  const hasFailed = attempt
    .slice(at)
    .some(({ event, details }) => event === 'step-failed' && details.statementFailed === true && details.sqlstate !== undefined);
  return started && { started, hasFailed };
}

/** SQL that records the step, with the time since now by the server's clock: whatever part it travels with. */
async function recorder(context: RunContext, { step, isLast }: PartsRun): Promise<string> {
  // As a number that no setting of the session shortens.
  const now = 'extract(epoch FROM pg_catalog.clock_timestamp())::numeric(20, 3)';
  const { rows } = await context.client.query<{ at: string }>(`SELECT ${now}::text AS at`);
  return recordStep(context, step, { durationMs: `greatest(((${now} - ${rows[0]?.at}) * 1000)::int, 0)`, isLast });
}

const LONGEST_TEXT = 4000;

/** What is shown where it is edited later. */
function textOf({ file, hasSecret }: Script, { statements }: Part): string | undefined {
  const text = file.text.slice(statements[0]?.start, (statements.at(-1)?.end ?? 0) + 1);
  return hasSecret || text.length > LONGEST_TEXT ? undefined : text;
}

interface RecordedPart extends PartRun, Pick<PartsRun, 'behind'> {
  readonly recorded: string;
}

/** It ran without a transaction: all that is left is the truth. */
function historyChanged({ script }: PartsRun, { part, number }: PartRun): LockstepError {
  return new LockstepError({
    code: 'history-changed',
    what: `Part ${number} of ${script.file.path} changed the tables that hold the migration history; it runs without a transaction, so that stays, and it is not recorded`,
    where: placeOf(script.file, part.statements[0]?.start ?? 0),
    next: 'npm run migrate:repair   shows what history lacks and writes it back; npm run migrate:status -- --audit   tells the rest',
    exitCode: 1,
  });
}

async function runPart(context: RunContext, run: PartsRun, partRun: PartRun & { readonly whole: string | undefined }): Promise<Worked> {
  const { step, script } = run;
  const { part, number, whole } = partRun;
  const total = script.parts.length;
  const { direction, migration } = step;
  await context.client.query(
    `${context.session.settle} SET application_name = ${literal(runningName(direction, `${number}/${total}`, migration.name))}`,
  );
  context.emit({
    type: 'progress',
    name: migration.name,
    unit: 'part',
    number,
    total,
    summary: part.statements[0]?.summary ?? '',
    where: lineOf(script.file, part.statements[0]?.start ?? 0),
  });
  const mark = recordPart(context, step, { number, checksum: part.checksum, text: textOf(script, part) });
  const recorded = `${mark}${whole ?? ''}`;
  return PART_RUNNERS[wayOf(part)](context, run, { ...partRun, recorded, behind: whole === undefined ? undefined : run.behind });
}

/** How a part is run, by its mode. Each records it, and what else is to be recorded with it, as it ends. */
const PART_RUNNERS: Readonly<Record<Part['mode'], (context: RunContext, run: PartsRun, part: RecordedPart) => Promise<Worked>>> = {
  transaction: (context, { step, script }, { part: { statements }, number, recorded: record, behind }) =>
    runTransaction(context, { step, texts: [{ script, statements }], record, keep: KEEP_SETTINGS, isLater: number > 1, behind }),
  backfill: async (context, { step, script, kept }, { part, number, recorded }) => {
    if (part.mode !== 'backfill') return { taken: [] };
    const run = { step, script, part, number, recorded };
    if (isLeft(context, step, part)) return leaveBackfill(context, run);
    kept.batches = true;
    const worked = await runBackfill(context, run);
    kept.batches = false;
    return worked;
  },
  'no-transaction': async (context, run, partRun) => {
    const { history, client } = context;
    const before = await fingerprintOf(history);
    run.kept.alone = isKnown(partRun.part) ? 'running' : 'unknown';
    await runAlone(context, { ...run, partRun });
    run.kept.alone = 'unrecorded';
    if (!(await isStill(history, before))) throw historyChanged(run, partRun);
    await client.query(`${OWN_BEGIN}; ${KEEP_SETTINGS} ${partRun.recorded} COMMIT;`);
    run.kept.alone = undefined;
    return { taken: [] };
  },
};

/** A rollback is over when it is over; and where no worker is, a run does what is to be done. */
function isLeft(
  { limits, emit }: RunContext,
  { direction, migration: { name } }: Step,
  { backfill }: Extract<Part, { mode: 'backfill' }>,
): boolean {
  if (!backfill.inBackground) return false;
  const isLeft = direction === 'up' && limits.backfills === 'background';
  if (!isLeft && direction === 'up')
    emit({ type: 'note', text: `${name}: -- part: backfill in background runs at once here, where no worker is asked for` });
  return isLeft;
}

/** The catalog tells what became of it, and what it left half-done is cleared away where it fails. */
const isKnown = (part: Part): boolean => part.mode === 'no-transaction' && part.effect.kind !== 'unknown';

// A new enum value may be added in a transaction; it only cannot be used in it (manual: sql-altertype). So its record travels along.
const wayOf = (part: Part): Part['mode'] =>
  part.mode === 'no-transaction' && part.effect.kind === 'add-enum-value' ? 'transaction' : part.mode;
