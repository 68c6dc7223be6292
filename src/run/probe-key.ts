import { FIRST_BATCH } from '../backfill/pace.ts';
import { findEnd, nextStretch, rangeOf } from '../backfill/walk.ts';
import type { WalkKey } from '../model/backfill.ts';
import type { Part, Script } from '../model/script.ts';
import { databaseError } from '../pg/script-query.ts';
import { literal } from '../pg/sql-text.ts';
import { withRange } from '../sql/script/backfill.ts';
import type { RunContext } from './run-context.ts';
import { transactionPreamble } from './run-transaction.ts';

const TRIGGERS = (table: string): string => `
SELECT tgname AS name FROM pg_catalog.pg_trigger WHERE tgrelid = ${literal(table)}::regclass AND NOT tgisinternal AND tgenabled <> 'D'
  AND tgtype::int & 1 <> 0 AND tgtype::int & 16 <> 0 ORDER BY tgname`;

interface Probed {
  readonly script: Script;
  readonly part: Extract<Part, { mode: 'backfill' }>;
}

/**
 * What a trigger does to the key cannot be read from its text: so the first batch is run and rolled back, where there is one. Rows that it
 * has moved out of the batch's range would be met again.
 * @returns the triggers that may have done that; undefined where every row is where it was
 */
export async function findKeyMovers(context: RunContext, { script, part }: Probed, key: WalkKey): Promise<readonly string[] | undefined> {
  const { client, limits } = context;
  const { backfill } = part;
  if (backfill.verb !== 'UPDATE' || key.columns.length === 0) return undefined;
  const { rows: triggers } = await client.query<{ name: string }>(TRIGGERS(key.table));
  const end = triggers.length > 0 && (await findEnd(client, key));
  const stretch = end && (await nextStretch(client, key, { from: undefined, end, rows: FIRST_BATCH }));
  if (!stretch) return undefined;
  const [statement] = part.statements;
  const { text, added } = withRange(script.file.text, backfill, rangeOf(key, backfill.called, stretch));
  const count = async (more: string): Promise<number> => {
    const { rows } = await client.query<{ n: string }>(
      `SELECT pg_catalog.count(*)::text AS n FROM (SELECT FROM ${key.table} t WHERE ${rangeOf(key, 't', stretch)} ${more}) x`,
    );
    return Number(rows[0]?.n);
  };
  try {
    await client.query(['BEGIN READ WRITE', ...transactionPreamble(limits, limits.lockTimeoutMs)].join('; '));
    const before = await count('FOR UPDATE');
    await client.query(text.slice(statement.start, statement.end + added));
    return (await count('')) < before ? triggers.map(({ name }) => name) : undefined;
  } catch {
    // What fails here fails in the first batch too, and is told there.
    return undefined;
  } finally {
    await client.query('ROLLBACK');
  }
}

/**
 * What of a statement only the server knows, who is asked how it would run it and runs nothing. Where nothing is to be read it must make no
 * rows, as `SELECT sum(n)` does, so that each batch would add its own; and no view may read what it changes.
 * @returns why it cannot run in batches
 */
export async function reasonOfServer({ client }: RunContext, { script, part }: Probed): Promise<string | undefined> {
  const [{ start, end }] = part.statements;
  const { backfill } = part;
  const planOf = async (sql: string): Promise<Planned | undefined> => {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Planned }[] }>(`EXPLAIN (VERBOSE, FORMAT JSON) ${sql}`);
    return rows[0]?.['QUERY PLAN'][0]?.Plan;
  };
  try {
    const { text, added } = withRange(script.file.text, backfill, 'false');
    const source = (await planOf(text.slice(start, end + added)))?.Plans?.find((one) => one['Parent Relationship'] === 'Outer');
    // What locks rows cannot aggregate them: the server refuses both together.
    const makesRows = source && source['Plan Rows'] > 0 && ![source, ...below(source)].some((node) => node['Node Type'] === 'LockRows');
    if (backfill.verb === 'INSERT' && makesRows) return 'it aggregates, and each batch would add rows of its own';
    const plan = await planOf(script.file.text.slice(start, end));
    return plan && readsTarget(plan, backfill.verb === 'INSERT' ? 1 : 2)
      ? 'through a view it reads the table that it changes, so a later batch would see what an earlier one wrote'
      : undefined;
  } catch (error) {
    // What else fails here fails in the first batch too, and is told there.
    const isSyntax = databaseError(error)?.code === '42601';
    return isSyntax
      ? 'the range of a batch has no place in it; write its SELECT without parentheses, and ON CONFLICT without a comment in it'
      : undefined;
  }
}

interface Planned {
  readonly 'Node Type': string;
  readonly 'Parent Relationship'?: string;
  readonly 'Plan Rows': number;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly Alias?: string;
  readonly 'Target Tables'?: readonly Planned[];
  readonly Plans?: readonly Planned[];
}

const relationOf = (node: Planned): string => JSON.stringify([node.Schema, node['Relation Name']]);

const below = ({ Plans = [] }: Planned): readonly Planned[] => Plans.flatMap((node) => [node, ...below(node)]);

/** @param times under so many names, the target's own among them */
function readsTarget(plan: Planned, times: number): boolean {
  const read = below(plan);
  return [plan, ...(plan['Target Tables'] ?? [])]
    .filter((target) => target['Relation Name'] !== undefined)
    .some((target) => new Set(read.filter((one) => relationOf(one) === relationOf(target)).map(({ Alias }) => Alias)).size >= times);
}
