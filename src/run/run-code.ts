import { insertJournal, readAttempt } from '../history/journal.ts';
import { bindKnex, inKnexTransaction } from '../knex/bound-knex.ts';
import { type CodeModule, loadModule, wantsTransaction } from '../knex/load-module.ts';
import { withOptions } from '../model/command.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Taken } from '../model/loss.ts';
import type { Step } from '../model/plan.ts';
import { transactionStatus } from '../pg/read-only.ts';
import { sendScript } from '../pg/script-query.ts';
import { identifier } from '../pg/sql-text.ts';
import { lookAtBegin, lookBeforeCommit, readTaken, TAKEN } from './last-look.ts';
import { recordStep, SINCE_BEGIN } from './record-step.ts';
import { refusedAtCommit } from './refused-at-commit.ts';
import type { RunContext } from './run-context.ts';
import { transactionPreamble } from './run-transaction.ts';
import { createScriptHost } from './script-host.ts';

/**
 * Runs a hand-written Knex module and records it, in one transaction. A module that says `transaction = false` gets a plain
 * connection: that it begins is journaled first, and after a crash a person must say whether it took effect.
 */
export async function runCode(context: RunContext, step: Step, isLast: boolean): Promise<readonly Taken[]> {
  const module = await loadModule(context.root, step.migration, step.direction);
  const knex = await bindKnex(context.client, createScriptHost(context));
  if (!wantsTransaction(module)) return runPlain(context, { step, isLast, module, knex });
  let failure: unknown;
  let taken: readonly Taken[] = [];
  try {
    await inKnexTransaction(
      knex,
      async (trx) => {
        await context.client.query(begin(context));
        failure = await runGuarded(context, step, async () => module[step.direction]?.(trx));
        if (failure !== undefined) throw failure;
      },
      async () => {
        const end = `${lookBeforeCommit(context, step)}${recordStep(context, step, { durationMs: SINCE_BEGIN, isLast })}`;
        taken = readTaken((await sendScript(context.client, end, [TAKEN])).rows);
      },
    );
    return taken;
  } catch (error) {
    await context.client.query('ROLLBACK').catch(() => {});
    // Knex may have failed over what the module failed over first.
    throw failure ?? (await refusedAtCommit(context, step, error)) ?? error;
  }
}

/** Its transaction is not tried again: what a module does besides queries would happen twice. */
const begin = (context: RunContext): string =>
  [...lookAtBegin(context), ...transactionPreamble(context.limits, context.limits.lockTimeoutMs)].join('; ');

/** Runs a module's function to its end, or to a signal. @returns what went wrong */
async function runGuarded({ client, interruption }: RunContext, { migration }: Step, body: () => Promise<unknown>): Promise<unknown> {
  const ended = body().then(
    () => undefined,
    (error: unknown) => error ?? new Error('the module rejected without a reason'),
  );
  const failure = await untilAborted(ended, interruption);
  if (transactionStatus(client) === 'I') return transactionEnded(migration.module ?? migration.name, failure);
  return failure ?? (interruption.aborted ? interruptedBy(interruption) : undefined);
}

/** What the work ends with, or that a signal came first. */
async function untilAborted(work: Promise<unknown>, interruption: AbortSignal): Promise<unknown> {
  let onAbort = (): void => {};
  const aborted = new Promise((resolve) => {
    onAbort = () => resolve(interruptedBy(interruption));
    interruption.addEventListener('abort', onAbort, { once: true });
  });
  return Promise.race([work, aborted]).finally(() => interruption.removeEventListener('abort', onAbort));
}

function interruptedBy(interruption: AbortSignal): LockstepError {
  return new LockstepError({
    code: 'interrupted',
    what: `Interrupted by ${String(interruption.reason)}; nothing of it was kept`,
    next: 'run the same command again',
    exitCode: 1,
  });
}

function transactionEnded(file: string, cause: unknown): LockstepError {
  const why = cause instanceof Error ? `, and failed after that: ${cause.message}` : '';
  return new LockstepError({
    code: 'transaction-ended',
    what: `${file} ended the transaction that it was given, with a COMMIT or ROLLBACK of its own${why}; what it did before a COMMIT stays, and is not in history`,
    where: { file },
    next: `take the COMMIT or ROLLBACK out of ${file}, undo by hand what stays, and run the same command again`,
    exitCode: 1,
    cause,
  });
}

/** A module without a transaction failed: what it did before that stays. */
export class UnguardedFailure extends Error {
  override readonly name = 'UnguardedFailure';
}

interface PlainRun {
  readonly step: Step;
  readonly isLast: boolean;
  readonly module: CodeModule;
  readonly knex: Awaited<ReturnType<typeof bindKnex>>;
}

async function runPlain(context: RunContext, { step, isLast, module, knex }: PlainRun): Promise<readonly Taken[]> {
  const { client, history, run } = context;
  const { direction, migration } = step;
  const startedAt = performance.now();
  if (!(await tookEffectBefore(context, step))) {
    await client.query(
      insertJournal(history, {
        run,
        event: 'part-started',
        name: migration.name,
        direction,
        part: 1,
        checksum: step.checksum,
        details: { transaction: false },
      }),
    );
    if (context.limits.role !== undefined) await client.query(`SET ROLE ${identifier(context.limits.role)}`);
    await Promise.resolve(module[direction]?.(knex)).catch((cause: unknown) => {
      throw new UnguardedFailure(cause instanceof Error ? cause.message : String(cause), { cause });
    });
  }
  await client.query(
    `BEGIN; ${recordStep(context, step, { durationMs: String(Math.round(performance.now() - startedAt)), isLast })} COMMIT;`,
  );
  return [];
}

/** A start without an end, and without a failure that the module itself reported. */
async function tookEffectBefore(context: RunContext, { migration, direction }: Step): Promise<boolean> {
  const attempt = await readAttempt(context.history, migration.name);
  const last = attempt.findLast((event) => event.direction === direction && event.event !== 'part-done');
  if (last?.event !== 'part-started') return false;
  if (context.verdict) return context.verdict === 'done';
  const command = context.retryCommand(direction);
  throw new LockstepError({
    code: 'undecided-module',
    what: `An earlier run was interrupted while ${migration.module} ran without a transaction, and nothing tells how far it came`,
    where: { file: migration.module ?? migration.name },
    next: `look at the database; if it took effect:  ${withOptions(command, '--interrupted done')}\nif it is to run again:  ${withOptions(command, '--interrupted again')}`,
    exitCode: 3,
  });
}
