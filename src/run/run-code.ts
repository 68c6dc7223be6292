import { bindKnex, inKnexTransaction } from '../knex/bound-knex.ts';
import { type CodeModule, loadModule, wantsTransaction } from '../knex/load-module.ts';
import { withOptions } from '../model/command.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { insertJournal, readAttempt } from '../pg/journal.ts';
import { recordStep, SINCE_BEGIN } from './record.ts';
import type { RunContext } from './run-context.ts';
import { createScriptHost } from './script-host.ts';

/**
 * Runs a hand-written Knex module and records it, in one transaction. A module that says `transaction = false` gets a plain
 * connection: that it begins is journaled first, and after a crash a person must say whether it took effect.
 */
export async function runCode(context: RunContext, step: Step, isLast: boolean): Promise<void> {
  const module = await loadModule(context.root, step.migration, step.direction);
  const knex = await bindKnex(context.client, createScriptHost(context));
  try {
    if (!wantsTransaction(module)) return await runPlain(context, { step, isLast, module, knex });
    await inKnexTransaction(
      knex,
      async (trx) => module[step.direction]?.(trx),
      async () => {
        await context.client.query(recordStep(context, step, { durationMs: SINCE_BEGIN, isLast }));
      },
    );
  } catch (error) {
    await context.client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

interface PlainRun {
  readonly step: Step;
  readonly isLast: boolean;
  readonly module: CodeModule;
  readonly knex: Awaited<ReturnType<typeof bindKnex>>;
}

async function runPlain(context: RunContext, { step, isLast, module, knex }: PlainRun): Promise<void> {
  const { client, settings, run } = context;
  const { direction, migration } = step;
  const startedAt = performance.now();
  if (!(await tookEffectBefore(context, step))) {
    await client.query(
      insertJournal(settings.schema, {
        run,
        event: 'part-started',
        name: migration.name,
        direction,
        part: 1,
        checksum: step.checksum,
        details: { transaction: false },
      }),
    );
    await module[direction]?.(knex);
  }
  await client.query(
    `BEGIN; ${recordStep(context, step, { durationMs: String(Math.round(performance.now() - startedAt)), isLast })} COMMIT;`,
  );
}

/** A start without an end, and without a failure that the module itself reported. */
async function tookEffectBefore(context: RunContext, { migration, direction }: Step): Promise<boolean> {
  const attempt = await readAttempt(context.client, context.settings.schema, migration.name);
  const last = attempt.findLast((event) => event.direction === direction && event.event !== 'part-done');
  if (last?.event !== 'part-started') return false;
  if (context.verdict) return context.verdict === 'done';
  const command = context.again(direction);
  throw new LockstepError({
    code: 'undecided-module',
    what: `An earlier run was interrupted while ${migration.module} ran without a transaction, and nothing tells how far it came`,
    where: { file: migration.module ?? migration.name },
    next: `look at the database; if it took effect:  ${withOptions(command, '--interrupted done')}\nif it is to run again:  ${withOptions(command, '--interrupted again')}`,
    exitCode: 3,
  });
}
