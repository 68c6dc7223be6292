import { readAttempt } from '../history/journal.ts';
import { withOptions } from '../model/command.ts';
import type { JournalEvent } from '../model/history.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Taken } from '../model/loss.ts';
import type { Step } from '../model/plan.ts';
import type { Part, Script } from '../model/script.ts';
import { runningName } from '../pg/activity.ts';
import { KEEP_SETTINGS } from '../pg/session.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import { recordPart, recordStep } from './record-step.ts';
import { type EarlierStart, type PartRun, runAlone } from './run-alone.ts';
import type { RunContext } from './run-context.ts';
import { runTransaction } from './run-transaction.ts';

interface KeptSettings {
  readonly role: string;
  readonly authorization: string;
  readonly settings: Readonly<Record<string, string>> | null;
}

/** What finished parts set for their session (search path, role, timeouts) holds for the parts after them, in a later session too. */
async function restoreSettings({ client, user }: RunContext, finished: JournalEvent | undefined): Promise<void> {
  const kept = finished?.details as unknown as KeptSettings | undefined;
  if (kept?.role === undefined) return;
  for (const [name, value] of Object.entries(kept.settings ?? {}))
    await client.query('SELECT pg_catalog.set_config($1, $2, false)', [name, value]);
  if (kept.authorization !== user) await client.query(`SET SESSION AUTHORIZATION ${identifier(kept.authorization)}`);
  if (kept.role !== 'none') await client.query(`SET ROLE ${identifier(kept.role)}`);
}

export interface PartsRun {
  readonly step: Step;
  readonly script: Script;
  readonly isLast: boolean;
  /** `performance.now()` when the step began. */
  readonly startedAt: number;
}

/**
 * Runs a script that cannot run as a whole: part after part, each recorded as it ends. After a crash or failure it goes on
 * where it stopped; what the catalog says about a statement that was under way counts, never a guess.
 */
export async function runParts(context: RunContext, run: PartsRun): Promise<readonly Taken[]> {
  const { step, script } = run;
  const events = context.verdict === 'restart' ? [] : await readAttempt(context.history, step.migration.name);
  const attempt = events.filter(({ direction }) => direction === step.direction);
  const done = verifyUnchanged(context, run, attempt);
  if (done > 0)
    context.emit({
      type: 'note',
      text: `${step.migration.name} goes on at part ${Math.min(done + 1, script.parts.length)} of ${script.parts.length}: an earlier attempt finished the parts before it`,
    });
  await restoreSettings(
    context,
    attempt.findLast(({ event }) => event === 'part-done'),
  );
  const taken: Taken[] = [];
  for (const [i, part] of script.parts.entries()) {
    if (i >= done) taken.push(...(await runPart(context, run, { part, number: i + 1, earlier: findEarlier(attempt, part, i + 1) })));
  }
  // Every part was done, and the run ended before the step was recorded.
  if (done === script.parts.length) await context.client.query(`BEGIN; ${record(context, run)} COMMIT;`);
  return taken;
}

/** A start of the same text counts; one that the server answered with an error is known to have failed. */
function findEarlier(attempt: readonly JournalEvent[], { checksum }: Part, number: number): EarlierStart | undefined {
  const at = attempt.findLastIndex((event) => event.event === 'part-started' && event.part === number && event.checksum === checksum);
  const started = attempt[at];
  const hasFailed = attempt
    .slice(at)
    .some(({ event, details }) => event === 'step-failed' && details['statementFailed'] === true && details['sqlstate'] !== undefined);
  return started && { started, hasFailed };
}

const record = (context: RunContext, { step, isLast, startedAt }: PartsRun): string =>
  recordStep(context, step, { durationMs: String(Math.round(performance.now() - startedAt)), isLast });

/** @returns how many leading parts an earlier attempt finished. @throws LockstepError when one of them reads differently now. */
function verifyUnchanged({ retryCommand }: RunContext, { step, script }: PartsRun, attempt: readonly JournalEvent[]): number {
  const finished = new Map(attempt.filter(({ event }) => event === 'part-done').map(({ part, checksum }) => [part, checksum]));
  for (const [number, checksum] of finished) {
    if (number === undefined || script.parts[number - 1]?.checksum === checksum) continue;
    throw new LockstepError({
      code: 'finished-part-edited',
      what: `Part ${number} of ${script.file.path} was applied by an earlier attempt, and its text has been changed since`,
      where: { file: script.file.path },
      next: `bring the text of parts 1 to ${finished.size} back (git log -p ${script.file.path}), and put what is new below them; or undo them by hand, and begin anew: ${withOptions(retryCommand(step.direction), '--interrupted restart')}`,
      exitCode: 3,
    });
  }
  return finished.size;
}

async function runPart(context: RunContext, run: PartsRun, partRun: PartRun): Promise<readonly Taken[]> {
  const { step, script } = run;
  const { part, number } = partRun;
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
  });
  // A new enum value may be added in a transaction; it only cannot be used in it (manual: sql-altertype). So its record travels along.
  const isTransaction = part.mode === 'transaction' || part.effect.kind === 'add-enum-value';
  const recorded = () => `${recordPart(context, step, { number, checksum: part.checksum })}${number === total ? record(context, run) : ''}`;
  if (isTransaction)
    return runTransaction(context, {
      step,
      script,
      statements: part.statements,
      record: recorded(),
      keep: KEEP_SETTINGS,
      isLater: number > 1,
    });
  await runAlone(context, { step, script, partRun });
  await context.client.query(`BEGIN; ${KEEP_SETTINGS} ${recorded()} COMMIT;`);
  return [];
}
