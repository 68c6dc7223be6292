import { wayToMove } from '../history/history.ts';
import { HISTORY_TOUCHED, LOSS_REFUSED } from '../history/look-functions.ts';
import { shellWord, withOptions } from '../model/command.ts';
import { LockstepError, listed } from '../model/lockstep-error.ts';
import { type Taken, takenName } from '../model/loss.ts';
import type { Step } from '../model/plan.ts';
import { databaseError } from '../pg/script-query.ts';
import { identifier } from '../pg/sql-text.ts';
import type { RunContext } from './run-context.ts';

const fileOf = (step: Step): string => (step.kind === 'sql' ? step.script.file.path : (step.migration.module ?? step.migration.name));

/** The refusal of the look before COMMIT, of a transaction that is not tried again. */
export async function refusedAtCommit(context: RunContext, step: Step, error: unknown): Promise<LockstepError | undefined> {
  const losses = refusedLosses(error);
  if (!losses) return historyRefusal(context, step, error);
  const counted = await countRefused(context, losses);
  return lossRefusal(context, step, counted.length > 0 ? counted : losses.map((loss) => ({ ...loss, rows: 0 })));
}

/** What was taken without anybody having said so, where that is why the transaction failed. */
export function refusedLosses(error: unknown): readonly Taken[] | undefined {
  const said = databaseError(error);
  return said?.code === LOSS_REFUSED ? (JSON.parse(said.detail ?? '[]') as readonly Taken[]) : undefined;
}

/**
 * Counts exactly what would have been lost, now that the transaction is rolled back and everything is there again. Rows of a partition or a
 * child are counted with its parent's; what holds nothing is no loss.
 */
export async function countRefused(
  { client }: RunContext,
  losses: readonly Taken[],
): Promise<readonly (Taken & { readonly rows: number })[]> {
  const counted: (Taken & { readonly rows: number })[] = [];
  for (const loss of await ofTables({ client }, losses)) {
    const { rows } = await client.query<{ n: string; parent: string | null; name: string }>(
      `SELECT pg_catalog.quote_ident((SELECT relname FROM pg_catalog.pg_class WHERE oid = ${loss.oid})) AS name, (SELECT h.inhparent::int8::text FROM pg_catalog.pg_inherits h WHERE h.inhrelid = ${loss.oid} LIMIT 1) AS parent, ${await countOf({ client }, loss)} AS n`,
    );
    const [row] = rows;
    const isOfParent = losses.some(({ what, oid }) => what === 'dropped' && String(oid) === row?.parent);
    if (row && Number(row.n) > 0 && !isOfParent) counted.push({ ...loss, object: loss.object || row.name, rows: Number(row.n) });
  }
  return counted;
}

/** Of what a script has hidden from the look, indexes and the like are found among the tables. */
async function ofTables({ client }: Pick<RunContext, 'client'>, losses: readonly Taken[]): Promise<readonly Taken[]> {
  if (losses.every(({ object }) => object !== '')) return losses;
  const { rows } = await client.query<{ oid: string }>(
    `SELECT oid::int8::text AS oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') AND oid IN (${losses.map(({ oid }) => oid).join(', ')})`,
  );
  return losses.filter(({ oid }) => rows.some((row) => row.oid === String(oid)));
}

async function countOf({ client }: Pick<RunContext, 'client'>, { what, oid, column, rows }: Taken): Promise<string> {
  if (what === 'deleted') return String(rows);
  const { rows: names } = await client.query<{ name: string }>(`SELECT ${oid}::regclass::text AS name`);
  return `(SELECT count(${column === undefined ? '*' : identifier(column)}) FROM ${names[0]?.name})`;
}

/** @param losses counted */
export function lossRefusal(context: RunContext, step: Step, losses: readonly (Taken & { readonly rows: number })[]): LockstepError {
  const file = fileOf(step);
  const named = losses.map((loss) => `${loss.rows.toLocaleString('en')} ${noun(loss)} of ${takenName(loss)} (${HOW[loss.what]})`);
  const options = [...new Set(losses.map(takenName))].map((name) => `--allow-data-loss ${shellWord(name)}`).join(' ');
  const [first] = losses;
  return new LockstepError({
    code: 'data-loss',
    what: `${step.migration.name} would lose ${listed(named)}, and nobody said so; nothing of it was kept`,
    where: { file },
    next: [
      `${withOptions(context.retryCommand(step.direction), options)}   to confirm the loss`,
      `or say it at the top of ${file}, so that it is asked before the run: -- data-loss: ${first && takenName(first)}: why`,
    ].join('\n'),
    exitCode: 3,
  });
}

const HOW = { deleted: 'deleted', dropped: 'dropped', truncated: 'emptied', column: 'column dropped' } as const;

const noun = ({ what, rows }: Taken): string => (what === 'column' ? (rows === 1 ? 'value' : 'values') : rows === 1 ? 'row' : 'rows');

/** Why the look before COMMIT let nothing through that touches the history; undefined for every other error. */
export function historyRefusal(context: RunContext, step: Step, error: unknown): LockstepError | undefined {
  const said = databaseError(error);
  if (said?.code !== HISTORY_TOUCHED) return undefined;
  const touched = JSON.parse(said.detail ?? '[]') as readonly string[];
  const { history, retryCommand } = context;
  const names = Object.values(history.names);
  const isAlteration = (what: string): boolean => what.startsWith('an alteration of ');
  const told = touched.filter(
    (what) => !isAlteration(what) || !touched.some((other) => other !== what && other.endsWith(what.split(' ').at(-1) ?? '')),
  );
  return new LockstepError({
    code: 'history-touched',
    what: `${fileOf(step)} changes the tables that hold the migration history: ${told.join(', ')}; nothing of it was kept`,
    where: { file: fileOf(step) },
    next: [
      `leave them out: in a loop over all tables with AND tablename <> ALL ('{${names.join(',')}}'); then run ${retryCommand(step.direction)} again`,
      wayToMove(history),
    ].join('\n'),
    exitCode: 3,
  });
}
