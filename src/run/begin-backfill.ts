import { findKey } from '../backfill/find-key.ts';
import { FIRST_BATCH } from '../backfill/pace.ts';
import { findEnd } from '../backfill/walk.ts';
import { beginBackfill, endBackfill, type KeptBackfill, makeBackfills, readBackfills } from '../history/backfills.ts';
import type { WalkKey } from '../model/backfill.ts';
import { withOptions } from '../model/command.ts';
import { LockstepError, listed, type Refusal } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import type { Part, Script } from '../model/script.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { findKeyMovers, reasonOfServer } from './probe-key.ts';
import { inOwnTransaction } from './record-step.ts';
import type { RunContext } from './run-context.ts';

export interface BackfillRun {
  readonly step: Step;
  readonly script: Script;
  readonly part: Extract<Part, { mode: 'backfill' }>;
  /** Counts from 1. */
  readonly number: number;
  /** SQL that records the part. */
  readonly recorded: string;
}

export const whichOf = ({ step, part }: BackfillRun) => ({ name: step.migration.name, direction: step.direction, checksum: part.checksum });

/** Along what its table is walked. @throws LockstepError (exit 3) where there is no way on which each row is met once */
export async function keyFor(context: RunContext, run: BackfillRun): Promise<WalkKey> {
  const { backfill } = run.part;
  const found = await findKey(context.client, backfill.table, backfill.along);
  if ('problem' in found)
    throw refuse(run, {
      code: 'no-backfill-key',
      what: `This statement has no way to walk: ${found.problem}`,
      next: '-- part: backfill along=COLUMN,COLUMN   names one; or give the table a primary key',
    });
  const { key } = found;
  const changed = key.columns.find(({ name }) => backfill.sets.includes(name) && backfill.verb === 'UPDATE');
  if (changed)
    throw refuse(run, {
      code: 'backfill-key-changes',
      what: `This statement sets ${changed.name}, along which it would walk: a row could be met twice`,
      next: '-- part: backfill along=COLUMN   names another key; or -- part: transaction',
    });
  // An UPDATE puts the new row on another page, maybe one that is still to come.
  if (key.columns.length === 0 && !backfill.saysWhatIsLeft)
    throw refuse(run, {
      code: 'no-backfill-key',
      what: `${key.table} has no key, and the WHERE does not tell rows that are done: a row could be changed twice`,
      next: 'give the table a primary key, or a WHERE that asks for what the statement sets',
    });
  const why = await reasonOfServer(context, run);
  if (why !== undefined)
    throw refuse(run, {
      code: 'not-a-backfill',
      what: `This statement cannot run in batches: ${why}`,
      next: '-- part: transaction runs it as a whole',
    });
  const movers = await findKeyMovers(context, run, key);
  if (movers)
    throw refuse(run, {
      code: 'backfill-key-changes',
      what: `A trigger changes the key along which this statement would walk, so a row could be met twice: ${listed(movers)} of ${key.table}`,
      next: '-- part: backfill along=COLUMN   names a key that stays; or -- part: transaction',
    });
  return key;
}

export const refuse = ({ script, part }: BackfillRun, refusal: Pick<Refusal, 'code' | 'what' | 'next'>): LockstepError =>
  new LockstepError({ ...refusal, where: placeOf(script.file, part.statements[0].start), exitCode: 3 });

/** What an earlier run has done of the same text. @throws LockstepError (exit 3) where the text was another one */
export async function findKept(
  { history, retryCommand, verdict, client, ...context }: RunContext,
  run: BackfillRun,
): Promise<KeptBackfill | undefined> {
  const { name, direction, checksum } = whichOf(run);
  const all = (await readBackfills(history)).filter((one) => one.name === name && one.direction === direction);
  if (verdict === 'restart') {
    for (const one of all) await client.query(inOwnTransaction({ ...context, history, retryCommand, client }, endBackfill(history, one)));
    return undefined;
  }
  const same = all.find((one) => one.checksum === checksum);
  const [other] = all;
  if (same || !other) return same;
  throw refuse(run, {
    code: 'backfill-edited',
    what: `An earlier run has done ${other.rows.toLocaleString('en')} rows of this backfill as it read then, and it reads differently now`,
    next: `bring its text back (git log -p ${run.script.file.path})\nor, where beginning anew does no harm: ${withOptions(retryCommand(direction), '--interrupted restart')}`,
  });
}

/** Up to the last key that there is now; undefined where there is none. */
export async function begin(context: RunContext, run: BackfillRun, key: WalkKey): Promise<KeptBackfill | undefined> {
  const { client, history } = context;
  const end = await findEnd(client, key);
  if (!end) return undefined;
  const first: KeptBackfill = { ...whichOf(run), place: undefined, end, rows: 0, batch: run.part.backfill.batch ?? FIRST_BATCH };
  await client.query(inOwnTransaction(context, `${makeBackfills(history)} ${beginBackfill(history, first)}`));
  return (
    (await readBackfills(history)).find(
      ({ name, direction, checksum }) => name === first.name && direction === first.direction && checksum === first.checksum,
    ) ?? first
  );
}
