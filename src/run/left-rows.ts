import type { Client, QueryConfig } from 'pg';
import type { Backfill, WalkKey } from '../model/backfill.ts';
import type { Script } from '../model/script.ts';
import { databaseError } from '../pg/script-query.ts';

/** A pass that finds as many rows left as the one before it changes nothing of them; where they come as fast as they go, it ends all the same. */
export const MOST_PASSES = 20;

interface Walked {
  readonly script: Script;
  readonly backfill: Backfill;
  readonly key: WalkKey;
}

/** How many rows the WHERE still finds, where it says what is left to do. */
export async function countLeft(client: Client, { script, backfill, key }: Walked): Promise<number> {
  if (!backfill.saysWhatIsLeft || !backfill.where || isJoined(script, backfill)) return 0;
  const where = script.file.text.slice(backfill.where.start, backfill.where.end);
  const { rows } = await client.query<{ left: string }>(
    `SELECT pg_catalog.count(*)::text AS left FROM ${key.table} AS "${backfill.called.replaceAll('"', '""')}" WHERE ${where}`,
  );
  return Number(rows[0]?.left ?? 0);
}

/** Its WHERE may speak of other tables. */
const isJoined = ({ file }: Script, { where, whereAt, verb }: Backfill): boolean =>
  verb === 'INSERT' ||
  /\b(?:FROM|USING)\b/i.test(
    file.text
      .slice(0, where?.start ?? whereAt)
      .split(/\b(?:UPDATE|DELETE\s+FROM)\b/i)
      .at(-1) ?? '',
  );

/**
 * What `-- verify:` gives where that is not 0. It is a question: one statement, which changes nothing.
 * @param isOpen in the transaction that is open, which goes on behind it
 */
export async function verifyNone(client: Client, sql: string | undefined, isOpen = false): Promise<string | undefined> {
  if (sql === undefined) return undefined;
  await client.query(isOpen ? 'SAVEPOINT lockstep_verify; SET LOCAL transaction_read_only = on' : 'BEGIN READ ONLY');
  try {
    const { rows } = await client.query<Record<string, unknown>>({ text: sql, queryMode: 'extended' } as QueryConfig);
    const value = String(Object.values(rows[0] ?? {})[0] ?? 'nothing');
    return value === '0' ? undefined : value;
  } catch (error) {
    // What it says of itself; not what has become of the session.
    const said = databaseError(error);
    if (!/^(?:0A|22|25|42)/.test(said?.code ?? '')) throw error;
    return `"${said?.message}"`;
  } finally {
    await client.query(isOpen ? 'ROLLBACK TO SAVEPOINT lockstep_verify' : 'ROLLBACK').catch(() => {});
  }
}

/** As after one plain statement: `lower(NULL)` is NULL again. */
export const stillFound = (name: string, left: number) =>
  ({
    type: 'note',
    text: `${name}: the WHERE still finds ${left.toLocaleString('en')} rows, which the statement leaves as they are, or which came meanwhile`,
    next: '-- verify: SELECT count(*) …   below -- part: backfill asks for 0 before the part counts as done',
  }) as const;
