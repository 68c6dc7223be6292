/** One migration, applied to tables with many rows while others are at work on them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { findMigrationText } from '../files/migration-text.ts';
import { given } from '../model/given.ts';
import type { Migration } from '../model/migration.ts';
import { runningName } from '../pg/activity.ts';
import { readRelations, see, startPolling } from '../rehearse/lock-polls.ts';
import { type Filled, type Multiplication, multiplyRows } from '../rehearse/multiply-rows.ts';
import { listTables, readTables } from '../rehearse/read-tables.ts';
import type { Recorded } from '../rehearse/recorded.ts';
import { startTrace } from '../rehearse/start-trace.ts';
import { tellTemporaryFiles } from '../rehearse/temporary-files.ts';
import { findTouched, MOST_TABLES, type Touching } from '../rehearse/touched-tables.ts';
import { type Busy, readBusy, startWorkload, type Workload } from '../rehearse/workload.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { isOurs, type Ran, type Stage } from './rehearsal-stage.ts';

interface Loaded {
  readonly root: string;
  readonly migration: Migration;
}

export type UnderLoad = Recording & Pick<Prepared, 'filled'>;

/** Runs it under load. @returns why that was not tried */
export async function runUnderLoad(stage: Stage, wish: Multiplication, { migration, root }: Loaded): Promise<UnderLoad | string> {
  const touching = await touchingOf(root, migration);
  const { filled, busy } = await prepare(stage, wish, touching);
  if (busy.length === 0) return touching === 'any' ? ANY_TABLE : NO_TABLE;
  return { filled, ...(await record(stage, { migration, filled, busy })) };
}

const NO_TABLE = 'it touches no table that is there before it and has rows';
const ANY_TABLE = `code and DO blocks may touch any table, and there is none with rows, or more than ${MOST_TABLES}`;

/** Code may touch any table; of SQL its text tells. */
async function touchingOf(root: string, migration: Migration): Promise<Touching> {
  const text = findMigrationText(root, migration);
  if (text?.kind !== 'sql') return 'any';
  const { parts } = await parseScript(text.file, { mayBeEmpty: true });
  const effects = parts.flatMap(({ statements }) => statements.flatMap((one) => one.effects ?? []));
  if (effects.some(({ isOpaque }) => isOpaque)) return 'any';
  return effects.flatMap(({ changes, locks }) => [...changes, ...locks.map(({ relation }) => relation)]);
}

interface Prepared {
  readonly filled: readonly Filled[];
  readonly busy: readonly Busy[];
}

async function prepare(stage: Stage, wish: Multiplication, touching: Touching): Promise<Prepared> {
  await stage.fill();
  const touched = await findTouched(stage.session, await listTables(stage.session, isOurs), touching);
  const tables = await readTables(stage.session, touched);
  const filled = await multiplyRows(stage.session, tables, wish);
  return { filled, busy: await readBusy(stage.session, tables) };
}

interface Rehearsed extends Prepared {
  readonly migration: Migration;
}

type Recording = Pick<Ran, 'failure'> & { readonly recorded: Recorded; readonly failures: Workload['failures'] };

/** The others are at work for a while before it begins. */
const WARM_UP_MS = 500;
/** The control run takes as long as the migration did, within these bounds. */
const CONTROL_MS = [500, 5_000] as const;

async function record(stage: Stage, { migration, filled, busy }: Rehearsed): Promise<Recording> {
  const relations = (await readRelations(stage.session)).filter(({ name }) => !isOurs(name));
  const workload = await startWorkload(stage.at, busy);
  const polling = await startPolling(stage.at, runningName('up', '', '').trim());
  try {
    await sleep(WARM_UP_MS);
    const before = await see(stage.session);
    const { trace, statements, hear } = startTrace();
    await tellTemporaryFiles(stage.session, stage.at.database);
    const from = performance.now();
    const { failure } = await stage.run('up', { to: migration.name, trace, hear });
    const to = performance.now();
    const after = await see(stage.session);
    await sleep(Math.min(Math.max(to - from, CONTROL_MS[0]), CONTROL_MS[1]));
    await workload.stop();
    const { operations, failures } = workload;
    const tables = filled.map(({ table, rows }) => ({ table, rows }));
    const traced = statements.length > 0 ? statements : [{ from, to, what: 'its code', text: '', tempBytes: 0 }];
    const recorded = { tables, relations, run: { from, to }, before, after, statements: traced, polls: polling.polls, operations };
    return { recorded, failures, ...given({ failure }) };
  } finally {
    await workload.stop();
    await polling.stop();
  }
}
