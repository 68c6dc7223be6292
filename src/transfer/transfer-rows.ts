import type { Client } from 'pg';
import { type BackupSession, withBackupSession } from '../backup/backup-session.ts';
import type { ConnectionSettings } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { identifier } from '../pg/sql-text.ts';
import { chooseRows, type Sample } from './choose-rows.ts';
import type { OnRows } from './counter.ts';
import { moveTables, type Part } from './move-tables.ts';
import { addPartitions, connectScratch, emptyScratch, finishScratch, type Scratch } from './open-scratch.ts';
import { APPLICATION } from './pairs.ts';
import { resolveMasks } from './resolve-masks.ts';
import { fromOf, listSide, type Missing, type Moved, pairSides } from './tables.ts';

export interface TransferWish {
  readonly source: ConnectionSettings;
  readonly scratch: Scratch;
  /** Tables of the history, on either side. */
  readonly isOurs: (name: string) => boolean;
  readonly sample?: Sample;
  /** `users.email` */
  readonly mask: readonly string[];
  /** Under the same key the same values become the same. */
  readonly maskKey: Buffer;
  readonly signal: AbortSignal;
  readonly onRows: OnRows;
}

export interface Transferred {
  readonly tables: number;
  readonly rows: number;
  /** Columns, also such that foreign keys tie to those that were asked for. */
  readonly masked: readonly string[];
  /** Tables whose rows were not copied, and why. */
  readonly missing: readonly Missing[];
}

/**
 * Copies rows into a scratch database that has the schema already. One snapshot, in transactions that can write nothing.
 * @throws LockstepError where it is interrupted, where masked values are refused, and where the source ends it
 */
export async function transferRows(wish: TransferWish): Promise<Transferred> {
  const { source, signal } = wish;
  try {
    return await withBackupSession(source, { signal, application: APPLICATION }, (session) => transfer(wish, session));
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new LockstepError({
      code: 'interrupted',
      what: `Interrupted by ${String(signal.reason)} while rows of ${source.database} were copied; nothing was written there`,
      next: 'run the same command again; it removes what is left of the copy',
      exitCode: 1,
      cause: error,
    });
  }
}

async function transfer(wish: TransferWish, session: BackupSession): Promise<Transferred> {
  const { scratch, isOurs, mask, maskKey, sample } = wish;
  const { client } = session;
  const there = await onScratch(scratch, (one) => listSide(one, isOurs));
  const { moved, missing } = await pairSides(client, await listSide(client, isOurs), there);
  const { masks, names } = resolveMasks(moved, mask, maskKey);
  const parts = sample ? await sampledParts(client, moved, sample) : moved.map((table) => wholePart(table));
  await addPartitions(
    scratch,
    client,
    moved.filter(({ isPartitioned }) => isPartitioned).map(({ name }) => name),
  );
  const putBack = await emptyScratch(
    scratch,
    there.map(({ name }) => name),
  );
  const found = await moveTables(session, { parts, masks, scratch, signal: wish.signal, onRows: wish.onRows });
  await finishScratch(scratch, client);
  const notBack = await putBack();
  return {
    tables: moved.length - found.missing.length,
    rows: found.rows,
    masked: names,
    missing: [...missing, ...found.missing, ...notBack.map((why) => ({ table: 'its keys and triggers', why }))],
  };
}

async function onScratch<T>(scratch: Scratch, body: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectScratch(scratch);
  try {
    return await body(client);
  } finally {
    await client.end().catch(() => {});
  }
}

const columnsOf = ({ columns }: Moved): string => columns.map((name) => identifier(name)).join(', ');

/** COPY of a table by its name is faster than that of a query, and takes no partitioned one. */
const wholePart = (table: Moved): Part => ({
  table,
  estimatedRows: table.estimatedRows,
  queries: [
    table.isPartitioned || table.columns.length === 0
      ? `(SELECT ${columnsOf(table)} FROM ${fromOf(table)})`
      : `${table.name} (${columnsOf(table)})`,
  ],
});

async function sampledParts(client: Client, moved: readonly Moved[], sample: Sample): Promise<readonly Part[]> {
  const chosen = await chooseRows(client, moved, sample);
  return moved.map((table) => {
    const ids = chosen.get(table.name);
    const pieces = [...(ids?.pieces() ?? [])];
    return {
      table,
      estimatedRows: ids?.size ?? 0,
      queries: pieces.map((piece) => `(SELECT ${columnsOf(table)} FROM ONLY ${piece.leaf} WHERE ctid = ANY (${piece.ids}))`),
    };
  });
}
