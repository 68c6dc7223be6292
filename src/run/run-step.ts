import { holdJobs, pauseForRollback } from '../history/jobs.ts';
import { insertJournal } from '../history/journal.ts';
import type { JournalDetails } from '../model/history.ts';
import { hideSecrets } from '../model/known-secrets.ts';
import { formatPlace, isLockstepError } from '../model/lockstep-error.ts';
import type { Failure } from '../model/outcome.ts';
import type { Step } from '../model/plan.ts';
import { spare } from '../pg/cancel.ts';
import { plainFailure } from '../pg/failure.ts';
import { maskSecrets } from '../sql/text/secrets.ts';
import { type LastLook, preparation, prepareStep } from './prepare-step.ts';
import { endRun, inOwnTransaction, recordStep, SINCE_BEGIN } from './record-step.ts';
import { runCode, UnguardedFailure } from './run-code.ts';
import type { RunContext } from './run-context.ts';
import { type Kept, runParts } from './run-parts.ts';
import { runTransaction, type Worked } from './run-transaction.ts';
import { StatementFailed } from './statement-failed.ts';

export type StepResult =
  | (Worked & { readonly status: 'done'; readonly durationMs: number })
  | { readonly status: 'failed'; readonly failure: Failure; readonly interrupted: boolean };

/** A step between the one before it and the one after it. */
export interface Turn {
  readonly step: Step;
  /** Nothing follows, so the run ends in its transaction. */
  readonly isLast: boolean;
  readonly next: Step | undefined;
  /** What the preparation told that travelled with the step before. */
  readonly look: LastLook | undefined;
}

/** Runs one step, whatever its kind. A failure is journaled on the same connection, after its rollback. Never throws for what a user can expect. */
export async function runStep(context: RunContext, { step, next, look, isLast: isEnd }: Turn): Promise<StepResult> {
  const startedAt = performance.now();
  const kept: Kept = { parts: 0 };
  try {
    const { isThere, hasFinishedParts } = await prepareStep(context, step, look);
    // A rollback ends its run only after its answer has arrived: whoever repeats a command that was cut off must not undo one more.
    const isLast = step.direction === 'up' && isEnd;
    const behind = next && preparation(context, next);
    if (isThere && isLast) await context.client.query(endRun(context.history, context.run, 'done'));
    const worked = isThere ? { taken: [] } : await perform(context, step, { isLast, startedAt, hasFinishedParts, kept, behind });
    return { status: 'done', durationMs: performance.now() - startedAt, ...worked };
  } catch (error) {
    return failStep(context, { step, kept, error });
  }
}

/** Explains and journals a failure. Never throws. */
export async function failStep(context: RunContext, failed: Failed): Promise<StepResult & { readonly status: 'failed' }> {
  const interrupted = context.interruption.aborted;
  const failure = explain(context, failed);
  // Where that is not possible the run stays open in the journal, and the next one finds it interrupted.
  await journalFailure(context, failed.step, { ...failure, isOfStatement: failed.error instanceof StatementFailed }).catch(() => {});
  return { status: 'failed', failure, interrupted };
}

interface StepOptions {
  readonly isLast: boolean;
  /** `performance.now()` when the step began. */
  readonly startedAt: number;
  readonly hasFinishedParts: boolean;
  readonly kept: Kept;
  /** SQL that prepares the next step. */
  readonly behind: string | undefined;
}

async function perform(context: RunContext, step: Step, options: StepOptions): Promise<Worked> {
  const { isLast, hasFinishedParts, behind } = options;
  const isWhole =
    step.kind === 'sql' && step.script.parts.length === 1 && step.script.parts[0]?.mode === 'transaction' && !hasFinishedParts;
  if (step.direction === 'down' && !isWhole) await holdBackground(context, step);
  if (step.kind === 'code') return { taken: await runCode(context, step, isLast) };
  const { script } = step;
  const [part] = script.parts;
  if (!isWhole || !part) return runParts(context, { step, script, ...options });
  const record = recordStep(context, step, { durationMs: SINCE_BEGIN, isLast });
  const first = step.direction === 'down' ? holdJobs(context.history, step.migration.name) : undefined;
  return runTransaction(context, { step, texts: [{ script, statements: part.statements }], record, behind, first });
}

/** What undoes a migration in more than one transaction begins when nobody works on its background any more, and may be interrupted. */
async function holdBackground(context: RunContext, { migration: { name } }: Step): Promise<void> {
  const { history, client } = context;
  await client.query(inOwnTransaction(context, `${pauseForRollback(history, name)}; ${holdJobs(history, name)};`));
}

export interface Failed {
  readonly step: Step;
  readonly kept: Kept;
  readonly error: unknown;
}

function explain(context: RunContext, failed: Failed): Failure {
  const failure = explainOpenly(context, failed);
  const masked = (text: string) => maskSecrets(hideSecrets(text));
  return { ...failure, what: masked(failure.what), ...(failure.detail && { detail: masked(failure.detail) }) };
}

function explainOpenly(context: RunContext, { step, kept, error }: Failed): Failure {
  const file = step.kind === 'sql' ? step.script.file.path : (step.migration.module ?? step.migration.name);
  const failureContext = { file, isPast: step.isPast === true, retryCommand: context.retryCommand(step.direction), user: context.user };
  const stays =
    error instanceof UnguardedFailure ? 'it runs without a transaction, so what it did before that stays' : whatStays(context, kept);
  if (error instanceof StatementFailed) return error.explain(failureContext, stays);
  if (isLockstepError(error)) {
    const { code, what, next, where, detail } = error;
    return { code, what, next, ...(where && { where }), ...(detail && { detail }) };
  }
  const failure = plainFailure(error instanceof UnguardedFailure ? error.cause : error, 'step-failed', failureContext);
  return { ...failure, what: `${file} failed: ${failure.what}; ${stays}`, where: { file } };
}

/** What of a step is there although it failed: told from what was committed, in one place. */
function whatStays({ interruption }: RunContext, { parts, alone, batches }: Kept): string {
  if (batches) return 'the batches before it stay, and the next run goes on behind them';
  if (alone === 'unrecorded') return 'its statement has run, and the next run looks at what became of it';
  const own =
    (alone === 'unknown' || (alone && interruption.aborted)) && 'it runs without a transaction, so what it has committed itself stays';
  const before = parts > 0 && 'the parts before it stay applied, and the next run resumes after them';
  return [own, before].filter(Boolean).join('; ') || 'nothing of it was kept';
}

async function journalFailure(context: RunContext, step: Step, failure: Failure & { readonly isOfStatement: boolean }): Promise<void> {
  const { client, history, run, interruption } = context;
  const details: JournalDetails = {
    code: failure.code,
    error: failure.what,
    ...(failure.sqlstate && { sqlstate: failure.sqlstate }),
    // Where the record failed, the statement before it may have done its work.
    ...(failure.isOfStatement && { statementFailed: true }),
    ...(failure.where && { where: formatPlace(failure.where) }),
    ...(interruption.aborted && { interruptedBy: String(interruption.reason) }),
  };
  // A question to a person is no attempt: what the interrupted run left stays the last word.
  const isQuestion = failure.code.startsWith('undecided');
  const failed = isQuestion
    ? ''
    : insertJournal(history, {
        run,
        event: 'step-failed',
        name: step.migration.name,
        direction: step.direction,
        checksum: step.checksum,
        details,
      });
  await spare(client);
  // What failed outside the transaction of a script (the record of a part, say) has left one open.
  await client.query(
    `ROLLBACK; ${inOwnTransaction(context, `${failed} ${endRun(history, run, interruption.aborted ? 'interrupted' : 'failed')}`)}`,
  );
}
