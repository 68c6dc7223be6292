/** One migration, applied to tables with many rows while others are at work on them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { findMigrationText } from '../files/migration-text.ts';
import { given } from '../model/given.ts';
import type { Migration } from '../model/migration.ts';
import { runningName } from '../pg/activity.ts';
import { fileWork } from '../rehearse/file-work.ts';
import { readRelations, see, startPolling } from '../rehearse/lock-polls.ts';
import { madeUpWork } from '../rehearse/made-up-work.ts';
import { type Filled, type Multiplication, multiplyRows, settle } from '../rehearse/multiply-rows.ts';
import { listTables, readTables, type TableName } from '../rehearse/read-tables.ts';
import type { Recorded } from '../rehearse/recorded.ts';
import { startTrace } from '../rehearse/start-trace.ts';
import { tellTemporaryFiles } from '../rehearse/temporary-files.ts';
import { thinOut } from '../rehearse/thin-out.ts';
import { findTouched, MOST_TABLES, type Touching } from '../rehearse/touched-tables.ts';
import { withoutValues } from '../rehearse/without-values.ts';
import { type Hide, startWorkload, type Work, type Workload } from '../rehearse/workload.ts';
import type { WorkloadFile } from '../rehearse/workload-file.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { isOurs, type Ran, type Stage } from './rehearsal-stage.ts';

interface Loaded {
  readonly root: string;
  readonly migration: Migration;
  /** What runs instead of reads and writes that are made up. */
  readonly workload?: WorkloadFile | undefined;
}

/** Of real rows so much is left for the smaller of two sizes. */
export const PART = 0.25;

interface Amount extends Multiplication {
  /** Of real rows only a part. */
  readonly isPart: boolean;
}

export type UnderLoad = Recording & Pick<Prepared, 'filled' | 'notes'>;

/** Runs it under load. @returns why that was not tried */
export async function runUnderLoad(stage: Stage, wish: Amount, { migration, root, workload }: Loaded): Promise<UnderLoad | string> {
  const touching = await touchingOf(root, migration);
  const { filled, works, notes } = await prepare(stage, wish, { touching, workload });
  if (works.length === 0 && workload && filled.length > 0)
    return [`no statement of ${workload.source.path} runs before it`, ...notes].join('; ');
  if (works.length === 0) return touching === 'any' ? ANY_TABLE : NO_TABLE;
  return { filled, notes, ...(await record(stage, { migration, filled, works, notes, workload })) };
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
  readonly works: readonly Work[];
  readonly notes: readonly string[];
}

type Wish = Pick<Loaded, 'workload'> & { readonly touching: Touching };

async function prepare(stage: Stage, wish: Amount, { touching, workload }: Wish): Promise<Prepared> {
  await stage.fill();
  const all = await listTables(stage.session, isOurs);
  const touched = await findTouched(stage.session, all, touching);
  if (touched.length === 0) return { filled: [], works: [], notes: [] };
  const used = workload
    ? (await fileWork({ client: stage.session, file: workload, hide: hideOf(stage) })).works.flatMap(({ tables }) => tables)
    : [];
  const meant = all.filter(({ name }) => used.includes(name) || touched.some((one) => one.name === name));
  const tables = await readTables(stage.session, meant);
  const filled = stage.holdsRealRows ? await asTheyAre(stage, meant, wish) : await multiplyRows(stage.session, tables, wish);
  // Once more, for the values that are there now.
  if (workload) return { filled, ...(await fileWork({ client: stage.session, file: workload, hide: hideOf(stage) })) };
  return { filled, works: await madeUpWork(stage.session, tables), notes: [] };
}

/** Real rows are not multiplied. */
async function asTheyAre({ session }: Stage, tables: readonly TableName[], { isPart }: Amount): Promise<readonly Filled[]> {
  const names = tables.map(({ name }) => name);
  if (isPart) await thinOut(session, names, PART);
  const filled: Filled[] = [];
  for (const table of names) filled.push({ table, rows: await settle(session, table) });
  return filled;
}

/** Values of real rows are not shown. */
const hideOf =
  ({ holdsRealRows }: Stage): Hide =>
  (error) => {
    const { message: what, code: sqlstate = '' } = error as Error & { readonly code?: string };
    return holdsRealRows ? withoutValues({ what, sqlstate }).what : what;
  };

interface Rehearsed extends Prepared, Pick<Loaded, 'workload'> {
  readonly migration: Migration;
}

type Recording = Pick<Ran, 'failure'> & { readonly recorded: Recorded; readonly failures: Workload['failures'] };

/** The others are at work for a while before it begins. */
const WARM_UP_MS = 500;
/** The control run takes as long as the migration did, within these bounds. */
const CONTROL_MS = [500, 5_000] as const;

async function record(stage: Stage, { migration, filled, works, workload: file }: Rehearsed): Promise<Recording> {
  const relations = (await readRelations(stage.session)).filter(({ name }) => !isOurs(name));
  const workload = await startWorkload(stage.at, works, hideOf(stage));
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
    const recorded = {
      ...given({ workload: file?.source.path }),
      tables,
      relations,
      run: { from, to },
      before,
      after,
      statements: traced,
      polls: polling.polls,
      operations,
    };
    return { recorded, failures, ...given({ failure }) };
  } finally {
    await workload.stop();
    await polling.stop();
  }
}
