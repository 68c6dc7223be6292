import type { Client } from 'pg';
import { findKey } from '../backfill/find-key.ts';
import { FIRST_BATCH, steadyBatch } from '../backfill/pace.ts';
import { findEnd, nextStretch, rangeOf, type Stretch } from '../backfill/walk.ts';
import { readBackfills } from '../history/backfills.ts';
import type { Backfill, WalkKey } from '../model/backfill.ts';
import type { DryBackfill, DryBackfills } from '../model/dry-backfill.ts';
import { LockstepError, refuseAll } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import type { Part, Script } from '../model/script.ts';
import { transactionPreamble } from '../run/run-transaction.ts';
import { withRange } from '../sql/script/backfill.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { connectTarget } from '../target/connect-target.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { type PlannedJourney, planToRead } from './carry-out.ts';

export interface DryBackfillWish extends PlannedJourney {
  /** Runs the first batch of each and rolls it back. Where nobody says: everywhere but in production. */
  readonly isMeasured?: boolean;
}

interface Found {
  readonly step: Step;
  readonly script: Script;
  readonly part: Extract<Part, { mode: 'backfill' }>;
}

/** Tells what the backfills that are pending are going to do. Changes nothing that stays. @throws LockstepError (exit 1) where none is */
export async function dryBackfills(journey: DryBackfillWish): Promise<DryBackfills> {
  return planToRead(journey, 'up', async ({ plan, refusals }, target) => {
    const found = plan.steps.flatMap((step) => (step.kind === 'sql' ? backfillsOf(step, step.script) : []));
    // What is in the way of a run is none of a look's business, unless there is nothing else to tell.
    if (found.length === 0) refuseAll(refusals);
    if (found.length === 0) throw none();
    const isMeasured = journey.isMeasured ?? !target.isProduction;
    const backfills: DryBackfill[] = [];
    for (const one of found) backfills.push(await look({ journey, target, isMeasured }, one));
    return { environment: target.environment, server: target.target, backfills, isMeasured };
  });
}

const backfillsOf = (step: Step, script: Script): readonly Found[] =>
  script.parts.flatMap((part) => (part.mode === 'backfill' ? [{ step, script, part }] : []));

interface Looking {
  readonly journey: DryBackfillWish;
  readonly target: OpenTarget;
  readonly isMeasured: boolean;
}

async function look({ journey, target, isMeasured }: Looking, found: Found): Promise<DryBackfill> {
  const { step, script, part } = found;
  const { backfill } = part;
  const kept = (await readBackfills(target.history)).find(
    ({ name, checksum }) => name === step.migration.name && checksum === part.checksum,
  );
  const base = {
    name: step.migration.name,
    where: { ...placeOf(script.file, part.statements[0].start), file: script.file.path },
    what: `${backfill.verb} ${backfill.table.name}`,
    done: kept?.rows ?? 0,
    pauseMs: backfill.pauseMs ?? 0,
    explain: [],
    ...(backfill.batch !== undefined && { batch: backfill.batch }),
  };
  const { client } = target.history;
  const key = await findKey(client, backfill.table, backfill.along);
  if ('problem' in key) return { ...base, problem: key.problem };
  const along = key.key.columns.map(({ name }) => name);
  const rows = key.key.rows === undefined ? undefined : Math.max(0, key.key.rows - base.done);
  const told: DryBackfill = { ...base, along, ...(rows !== undefined && { rows }) };
  const stretch = await firstStretch(client, { key: key.key, backfill, from: kept?.place });
  if (!stretch) return { ...told, rows: 0 };
  const sql = statementOf(found, rangeOf(key.key, backfill.called, stretch));
  const ran = isMeasured ? await measure(journey, target, sql) : await explain(client, sql);
  if ('problem' in ran) return { ...told, ...ran };
  if (ran.ms === undefined) return { ...told, explain: ran.lines };
  const measured = { rows: stretch.rows, ms: ran.ms };
  return { ...told, explain: ran.lines, measured, batch: backfill.batch ?? steadyBatch(measured.rows, measured.ms) };
}

interface Start {
  readonly key: WalkKey;
  readonly backfill: Backfill;
  readonly from: readonly string[] | undefined;
}

async function firstStretch(client: Client, { key, backfill, from }: Start): Promise<Stretch | undefined> {
  const end = await findEnd(client, key);
  return end && nextStretch(client, key, { from, end, rows: backfill.batch ?? FIRST_BATCH });
}

function statementOf({ script, part }: Found, range: string): string {
  const [{ start, end }] = part.statements;
  const { text, added } = withRange(script.file.text, part.backfill, range);
  return text.slice(start, end + added).replace(/;\s*$/, '');
}

type Explained = { readonly lines: readonly string[]; readonly ms?: number } | { readonly problem: string };

/** What the plan says of it, without running it. What an earlier part makes is not there yet. */
async function explain(client: Client, sql: string): Promise<Explained> {
  await client.query('SAVEPOINT explained');
  try {
    return { lines: await explained(client, `EXPLAIN ${sql}`) };
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT explained');
    return { problem: (error as Error).message };
  }
}

/** Runs it in a transaction that is rolled back. */
async function measure(journey: DryBackfillWish, { settings, policy }: OpenTarget, sql: string): Promise<Explained> {
  const client = await connectTarget({ ...journey, settings, application: 'lockstep backfill', createMissing: false });
  try {
    await client.query(`BEGIN; ${transactionPreamble(policy, policy.lockTimeoutMs).join('; ')}`);
    const startedAt = performance.now();
    const lines = await explained(client, `EXPLAIN (ANALYZE, BUFFERS) ${sql}`);
    return { lines, ms: performance.now() - startedAt };
  } catch (error) {
    return { problem: (error as Error).message };
  } finally {
    await client.query('ROLLBACK').catch(() => {});
    await client.end().catch(() => {});
  }
}

async function explained(client: Client, sql: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(sql);
  return rows.map((row) => row['QUERY PLAN']);
}

const none = (): LockstepError =>
  new LockstepError({
    code: 'no-backfill',
    what: 'Nothing that is pending has a backfill',
    next: '-- part: backfill   above an UPDATE, DELETE or INSERT … SELECT makes one (docs/backfill.md)',
    exitCode: 1,
  });
