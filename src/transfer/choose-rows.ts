// A part of a database in which every foreign key holds: some rows of the tables at the root, what belongs to them, and what all of those refer to.
import type { Client } from 'pg';
import { identifier } from '../pg/sql-text.ts';
import type { ForeignKey } from '../rehearse/read-tables.ts';
import { type RowId, RowIds, rowId } from './row-ids.ts';
import { fromOf, type Moved } from './tables.ts';

export interface Sample {
  readonly percent: number;
  /** The same one chooses the same rows again. */
  readonly seed: number;
}

/** From a table to one that it references. */
interface Edge {
  readonly child: Moved;
  readonly parent: Moved;
  readonly key: ForeignKey;
}

/** Reads only. @returns the rows of each table, by its name */
export async function chooseRows(client: Client, tables: readonly Moved[], sample: Sample): Promise<ReadonlyMap<string, RowIds>> {
  const edges = edgesOf(tables);
  const owners = ownersOf(tables, edges, await findLists(client, edges, sample));
  const chosen = new Map(tables.map(({ name }) => [name, new RowIds()]));
  const choosing: Choosing = { client, sample, chosen };
  for (const table of ownersFirst(tables, owners)) await chooseOf(choosing, table, owners);
  await addReferenced(choosing, edges);
  return chosen;
}

interface Choosing {
  readonly client: Client;
  readonly sample: Sample;
  readonly chosen: ReadonlyMap<string, RowIds>;
}

function edgesOf(tables: readonly Moved[]): readonly Edge[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  return tables.flatMap((child) =>
    child.facts.foreignKeys.flatMap((key): readonly Edge[] => {
      const parent = byName.get(key.table);
      return parent ? [{ child, parent, key }] : [];
    }),
  );
}

const isRequired = ({ child, key }: Edge): boolean =>
  key.columns.every((name) => child.facts.columns.find((column) => column.name === name)?.isRequired);

/** Tables with too few rows to choose so small a part of them, countries and plans: one of them would bring along far more than was asked for. */
async function findLists(client: Client, edges: readonly Edge[], { percent }: Sample): Promise<ReadonlySet<Moved>> {
  const enough = Math.ceil(100 / percent);
  const lists = new Set<Moved>();
  for (const parent of new Set(edges.map((edge) => edge.parent))) {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM (SELECT FROM ${fromOf(parent)} LIMIT ${enough}) few`,
    );
    if ((rows[0]?.n ?? 0) < enough) lists.add(parent);
  }
  return lists;
}

/**
 * Which of its foreign keys a row belongs by: those that cascade, else one that must be set, else one that may be, of several the one to the largest table,
 * and none to a list. A circle is broken where it would close.
 */
function ownersOf(tables: readonly Moved[], edges: readonly Edge[], lists: ReadonlySet<Moved>): readonly Edge[] {
  const owners: Edge[] = [];
  const leadsTo = (from: Moved, to: Moved, seen = new Set<Moved>()): boolean => {
    if (from === to || seen.has(from)) return from === to;
    seen.add(from);
    return owners.some(({ child, parent }) => child === from && leadsTo(parent, to, seen));
  };
  const take = (edge: Edge): void => {
    if (!leadsTo(edge.parent, edge.child)) owners.push(edge);
  };
  for (const edge of edges.filter(({ key }) => key.cascades)) take(edge);
  const others = edges
    .filter(({ parent }) => !lists.has(parent))
    .toSorted((a, b) => Number(isRequired(b)) - Number(isRequired(a)) || b.parent.estimatedRows - a.parent.estimatedRows);
  for (const table of tables)
    for (const edge of others.filter(({ child }) => child === table)) if (!owners.some(({ child }) => child === table)) take(edge);
  return owners;
}

function ownersFirst(tables: readonly Moved[], owners: readonly Edge[]): readonly Moved[] {
  const sorted = new Set<Moved>();
  const visit = (table: Moved): void => {
    for (const { child, parent } of owners) if (child === table && !sorted.has(parent)) visit(parent);
    sorted.add(table);
  };
  for (const table of tables) visit(table);
  return [...sorted];
}

/** What belongs to rows that are chosen; and of what belongs to nothing, so many of a hundred. */
async function chooseOf({ client, sample, chosen }: Choosing, table: Moved, owners: readonly Edge[]): Promise<void> {
  const own = chosen.get(table.name);
  const its = owners.filter(({ child }) => child === table);
  for (const edge of its)
    for (const piece of chosen.get(edge.parent.name)?.pieces() ?? [])
      addAll(
        own,
        await query(
          client,
          `SELECT ${rowId('c')} FROM ${fromOf(table)} c JOIN ONLY ${piece.leaf} p ON ${joined(edge)} WHERE p.ctid = ANY (${piece.ids})`,
        ),
      );
  if (its.some(isRequired)) return;
  const isNobodys =
    its.map(({ key }) => `(${key.columns.map((name) => `c.${identifier(name)} IS NULL`).join(' OR ')})`).join(' AND ') || 'true';
  const most = `ceil((SELECT count(*) FROM ${fromOf(table)} c WHERE ${isNobodys}) * ${sample.percent} / 100.0)`;
  addAll(
    own,
    await query(
      client,
      `SELECT ${rowId('c')} FROM ${fromOf(table)} c WHERE ${isNobodys} ORDER BY ${lot(table, sample.seed)}, c.ctid LIMIT ${most}`,
    ),
  );
}

/** Goes on until nothing that is chosen refers to what is not, however the tables refer to one another. */
async function addReferenced({ client, chosen }: Choosing, edges: readonly Edge[]): Promise<void> {
  let open: ReadonlyMap<string, RowIds> = chosen;
  while (open.size > 0) {
    const next = new Map<string, RowIds>();
    for (const edge of edges) {
      const added = addAll(chosen.get(edge.parent.name), await referencedBy(client, edge, open));
      if (added.length > 0) next.set(edge.parent.name, next.get(edge.parent.name) ?? new RowIds());
      addAll(next.get(edge.parent.name), added);
    }
    open = next;
  }
}

async function referencedBy(client: Client, edge: Edge, rows: ReadonlyMap<string, RowIds>): Promise<readonly RowId[]> {
  const found: RowId[] = [];
  for (const { leaf, ids } of rows.get(edge.child.name)?.pieces() ?? []) {
    const pair = `ONLY ${leaf} c JOIN ${fromOf(edge.parent)} p ON ${joined(edge)}`;
    // One by one: as arguments they would be too many for the stack.
    for (const id of await query(client, `SELECT DISTINCT ${rowId('p')} FROM ${pair} WHERE c.ctid = ANY (${ids})`)) found.push(id);
  }
  return found;
}

const query = async (client: Client, sql: string): Promise<readonly RowId[]> => (await client.query<RowId>(sql)).rows;

const addAll = (into: RowIds | undefined, ids: readonly RowId[]): readonly RowId[] => ids.filter((id) => into?.add(id));

const joined = ({ key: { columns, references, operators } }: Edge): string =>
  columns.map((name, i) => `p.${identifier(references[i] ?? '')} ${operators[i] ?? '='} c.${identifier(name)}`).join(' AND ');

/** A number that a row draws: the same under the same seed. */
function lot({ facts: { primaryKey } }: Moved, seed: number): string {
  const text = primaryKey.length > 0 ? `ROW(${primaryKey.map((name) => `c.${identifier(name)}`).join(', ')})::text` : 'c::text';
  return `pg_catalog.hashtextextended(${text}, ${seed})`;
}
