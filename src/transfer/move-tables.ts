import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { BackupSession } from '../backup/backup-session.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { databaseError } from '../pg/script-query.ts';
import { identifier } from '../pg/sql-text.ts';
import { Counter, type OnRows } from './counter.ts';
import { MaskRows } from './mask-rows.ts';
import type { Scratch } from './open-scratch.ts';
import { close, cutOff, openPair, openPairs, type Pair } from './pairs.ts';
import type { Masks } from './resolve-masks.ts';
import type { Missing, Moved } from './tables.ts';

/** A table, and the queries that COPY is given for it. */
export interface Part {
  readonly table: Moved;
  readonly estimatedRows: number;
  readonly queries: readonly string[];
}

interface Moving {
  readonly parts: readonly Part[];
  readonly masks: Masks;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
  readonly onRows: OnRows;
}

interface MovedRows {
  readonly rows: number;
  readonly missing: readonly Missing[];
}

const MOST_WORKERS = 3;

/** Streams the tables, the largest first, several at a time, all of one snapshot. @throws LockstepError where masked values are refused, or a session ends */
export async function moveTables(session: BackupSession, moving: Moving): Promise<MovedRows> {
  const queue = moving.parts.filter(({ queries }) => queries.length > 0).toSorted((a, b) => b.estimatedRows - a.estimatedRows);
  const counter = new Counter(
    moving.parts.reduce((sum, { estimatedRows }) => sum + estimatedRows, 0),
    moving.onRows,
  );
  const missing: Missing[] = [];
  const open = new Set<Pair>();
  const stop = (): void => {
    queue.length = 0;
    for (const pair of open) cutOff(pair);
  };
  moving.signal.addEventListener('abort', stop, { once: true });
  const work = async (first: Pair): Promise<void> => {
    let pair: Pair | undefined = first;
    for (let part = queue.shift(); part; part = queue.shift()) {
      pair ??= await openPair(session, moving.scratch);
      open.add(pair);
      const failed = await movePart(pair, part, { masks: moving.masks, counter }).catch((error: unknown) => ({ error }));
      if (failed === undefined) continue;
      // What is left of a COPY that failed is not to be waited for.
      cutOff(pair);
      open.delete(pair);
      pair = undefined;
      missing.push({ table: part.table.name, why: reasonOf(failed.error, part, moving) });
    }
    if (pair) await close(pair);
  };
  try {
    const pairs = await openPairs(session, moving.scratch, Math.min(MOST_WORKERS, queue.length));
    for (const pair of pairs) open.add(pair);
    const done = await Promise.allSettled(
      pairs.map((pair) =>
        work(pair).catch((error: unknown) => {
          stop();
          throw error;
        }),
      ),
    );
    moving.signal.throwIfAborted();
    for (const one of done) if (one.status === 'rejected') throw one.reason;
    return { rows: counter.rows, missing };
  } finally {
    moving.signal.removeEventListener('abort', stop);
  }
}

async function movePart(
  { source, target }: Pair,
  { table, queries }: Part,
  { masks, counter }: { readonly masks: Masks; readonly counter: Counter },
): Promise<undefined> {
  const columns = table.columns.map((name) => identifier(name)).join(', ');
  const into = columns === '' ? table.name : `${table.name} (${columns})`;
  const its = [...(masks.get(table.name) ?? [])].map(([name, mask]) => [table.columns.indexOf(name), mask] as const);
  const own = { rows: 0 };
  try {
    await target.query('BEGIN');
    for (const query of queries)
      await pipeline([
        source.query(copyTo(`COPY ${query} TO STDOUT`)),
        counter.stream(own),
        ...(its.length > 0 ? [new MaskRows(new Map(its))] : []),
        target.query(copyFrom(`COPY ${into} FROM STDIN`)),
      ]);
    await target.query('COMMIT');
  } catch (error) {
    // Others count meanwhile.
    counter.rows -= own.rows;
    throw error;
  }
}

/** Of values: out of range, of another type; of rows: a constraint, an exception. */
const OF_ROWS = /^(?:22|23|P0001)/;

/** @throws what is more than one table's misfortune */
function reasonOf(error: unknown, { table }: Part, { masks }: Moving): string {
  const said = databaseError(error);
  const isOfRows = OF_ROWS.test(said?.code ?? '');
  if (isOfRows && masks.has(table.name)) throw notMasked(table, [...(masks.get(table.name)?.keys() ?? [])], said?.message ?? '');
  if (said && (isOfRows || said.code === '42501')) return said.message;
  throw new LockstepError({
    code: 'copy-failed',
    what: `The rows of ${table.name} could not be copied: ${said?.message ?? (error as Error).message}`,
    next:
      said?.code === '40001'
        ? 'on a standby: raise max_standby_streaming_delay, or copy from the primary; then run the command again'
        : 'put that right, then run the command again',
    exitCode: 1,
    cause: error,
  });
}

const notMasked = ({ name }: Moved, columns: readonly string[], why: string): LockstepError =>
  new LockstepError({
    code: 'mask-refused',
    what: `Masked rows of ${name} are refused (${columns.join(', ')}): ${why}`,
    next: 'leave out of --mask what that constraint is about; nothing is left of the copy',
    exitCode: 3,
  });
