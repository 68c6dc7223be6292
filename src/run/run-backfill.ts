import { setTimeout as sleep } from 'node:timers/promises';
import { nextBatch } from '../backfill/pace.ts';
import { COUNT_WAITING, whoWaited } from '../backfill/waiting.ts';
import { nextStretch, type Place, rangeOf, type Stretch } from '../backfill/walk.ts';
import { findPause, Others } from '../backfill/yield.ts';
import { endBackfill, type KeptBackfill, makeBackfills, moveBackfill } from '../history/backfills.ts';
import type { WalkKey } from '../model/backfill.ts';
import { given } from '../model/given.ts';
import type { Script } from '../model/script.ts';
import { KEEP_SETTINGS } from '../pg/session.ts';
import { withRange } from '../sql/script/backfill.ts';
import { type BackfillRun, begin, findKept, keyFor, refuse, whichOf } from './begin-backfill.ts';
import { countLeft, MOST_PASSES, stillFound, verifyNone } from './left-rows.ts';
import { OWN_BEGIN } from './record-step.ts';
import type { RunContext } from './run-context.ts';
import { runTransaction, type Worked } from './run-transaction.ts';
import { BackfillTeller } from './tell-backfill.ts';

const HELD_MS = 500;

/**
 * Runs a statement batch by batch along a key. Each batch commits together with the place where it ended, so it happens once, whatever
 * ends the run; the next run goes on behind it. Whatever came meanwhile is walked again where the WHERE says what is left to do.
 */
export async function runBackfill(context: RunContext, run: BackfillRun): Promise<Worked> {
  const key = await keyFor(context, run);
  let kept = await findKept(context, run);
  const isResumed = kept !== undefined;
  for (let pass = 1, left = Number.POSITIVE_INFINITY; ; pass += 1) {
    kept ??= await begin(context, run, key);
    if (kept && !isAtEnd(kept)) await walk(context, run, { key, kept });
    const now = await countLeft(context.client, { script: run.script, backfill: run.part.backfill, key });
    // Without a WHERE that says so, nobody can tell which rows are left: those that came meanwhile are the application's.
    if (now === 0 || !run.part.backfill.saysWhatIsLeft) break;
    if (now >= left || pass > MOST_PASSES) {
      context.emit(stillFound(run.step.migration.name, now));
      break;
    }
    left = now;
    kept = undefined;
  }
  if (isResumed && run.part.backfill.verify === undefined)
    context.emit({ type: 'note', text: `${run.step.migration.name} went on where an earlier run had ended` });
  await verify(context, run);
  const own = `${context.session.ourselves} ${makeBackfills(context.history)} ${endBackfill(context.history, whichOf(run))}`;
  await context.client.query(`${OWN_BEGIN}; ${KEEP_SETTINGS} ${own} ${run.recorded} COMMIT;`);
  return { taken: [] };
}

const isAtEnd = ({ place, end }: KeptBackfill): boolean => JSON.stringify(place) === JSON.stringify(end);

interface Way {
  readonly key: WalkKey;
  readonly kept: KeptBackfill;
}

async function walk(context: RunContext, run: BackfillRun, { key, kept }: Way): Promise<void> {
  const teller = new BackfillTeller(context, { name: run.step.migration.name, part: run.number, before: kept.rows, total: key.rows });
  const others = new Others();
  let { place: from, batch } = kept as { place: Place | undefined; batch: number };
  for (;;) {
    await holdBack(context, {
      find: async () =>
        (await findPause(context.history, { ...whichOf(run), environment: context.environment })) ??
        others.inTheWay(context.client, key.table, run.part.backfill),
      tell: (why) => teller.tell(0, batch, { why }),
    });
    const stretch = await nextStretch(context.client, key, { from, end: kept.end, rows: batch });
    // What lies between the last row and the end is gone: the walk is over.
    const last = stretch ?? { from, to: kept.end, rows: 0 };
    const startedAt = performance.now();
    const waiting = await runBatch(context, run, { key, stretch: last, batch });
    const tookMs = performance.now() - startedAt;
    batch = run.part.backfill.batch ?? nextBatch(batch, { tookMs, waiting, isGentle: others.isGentle });
    from = last.to;
    teller.tell(last.rows, batch, given({ givesWayTo: whoWaited(waiting) ?? others.atWork }));
    if (JSON.stringify(from) === JSON.stringify(kept.end)) return;
    const pauseMs = others.room({ tookMs, waiting }, run.part.backfill.pauseMs);
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal: context.interruption }).catch(() => {});
  }
}

interface Batch {
  readonly key: WalkKey;
  readonly stretch: Stretch;
  readonly batch: number;
}

/** The statement with its range, and the place behind it, in one transaction. @returns how many sessions waited for it */
async function runBatch(context: RunContext, { step, script, part }: BackfillRun, { key, stretch, batch }: Batch): Promise<number> {
  const [statement] = part.statements;
  const { text, added } = withRange(script.file.text, part.backfill, rangeOf(key, part.backfill.called, stretch));
  const own: Script = { ...script, file: { ...script.file, text } };
  const which = { name: step.migration.name, direction: step.direction, checksum: part.checksum };
  const record = `${context.session.ourselves} ${moveBackfill(context.history, which, { ...stretch, batch })} ${COUNT_WAITING}`;
  const { waiting = 0 } = await runTransaction(context, {
    step,
    texts: [{ script: own, statements: [{ ...statement, end: statement.end + added }] }],
    record,
    isLater: true,
  });
  return waiting;
}

interface Hold {
  readonly find: () => Promise<string | undefined>;
  readonly tell: (why: string) => void;
}

/** Waits while somebody has paused it, or others suffer. @throws where the run is to stop */
async function holdBack(context: RunContext, { find, tell }: Hold): Promise<void> {
  for (;;) {
    context.interruption.throwIfAborted();
    const why = await find();
    if (why === undefined) return;
    tell(why);
    await sleep(HELD_MS, undefined, { signal: context.interruption }).catch(() => {});
  }
}

async function verify({ client }: RunContext, run: BackfillRun): Promise<void> {
  const { verify: sql } = run.part.backfill;
  const value = await verifyNone(client, sql);
  if (value === undefined) return;
  throw refuse(run, {
    code: 'backfill-unverified',
    what: `The batches are done, and -- verify: gives ${value} instead of 0`,
    next: `SQL: ${sql}\nrows that came meanwhile need the application, or a trigger, to write them; the next run verifies again`,
  });
}
