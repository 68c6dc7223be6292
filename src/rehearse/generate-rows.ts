import type { Client } from 'pg';
import { identifier, literal } from '../pg/sql-text.ts';
import { type ColumnFacts, type ForeignKey, inOrder, type TableFacts } from './read-tables.ts';
import { candidatesFor } from './values.ts';

/** Enough to tell values that were exchanged from such that stayed, and a NULL from an empty text. */
export const ROWS_PER_TABLE = 3;
const MOST_ATTEMPTS = 40;

export interface Generated {
  readonly rows: number;
  /** Tables for which no row could be made, and why. */
  readonly empty: readonly { readonly table: string; readonly why: string }[];
}

/** Fills tables that have few rows: whatever types, checks, keys and uniques ask for, as far as that can be found by trying. */
export async function generateRows(client: Client, tables: readonly TableFacts[]): Promise<Generated> {
  const empty: { table: string; why: string }[] = [];
  let rows = 0;
  for (const table of inOrder(tables)) {
    const { rows: counted } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM (SELECT FROM ${table.name} LIMIT ${ROWS_PER_TABLE}) few`,
    );
    const before = counted[0]?.n ?? 0;
    let why = '';
    for (let n = before; n < ROWS_PER_TABLE; n += 1) {
      const refused = await insertRow(client, table, n);
      if (refused === undefined) rows += 1;
      else why = refused;
    }
    if (why !== '' && before === 0 && !(await hasRows(client, table))) empty.push({ table: table.name, why });
  }
  return { rows, empty };
}

async function hasRows(client: Client, { name }: TableFacts): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(`SELECT EXISTS (SELECT FROM ${name}) AS found`);
  return rows[0]?.found === true;
}

/** A column's candidates, and the one that is tried next. */
interface Choice {
  readonly column: ColumnFacts;
  readonly candidates: readonly (string | null)[];
  at: number;
}

/** @returns why the server would not take one; undefined where it did */
async function insertRow(client: Client, table: TableFacts, n: number): Promise<string | undefined> {
  const parents = await findParents(client, table.foreignKeys, n);
  if (typeof parents === 'string') return parents;
  const choices = table.columns
    .filter(({ name, isGenerated, isNumbered }) => !isGenerated && !isNumbered && !parents.has(name))
    .map((column): Choice => ({ column, candidates: choicesFor(table, column, n), at: 0 }));
  let why = '';
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const error = await tryInsert(client, table, valuesOf(choices, parents));
    if (!error) return undefined;
    why = error.message;
    if (!advance(choices, table, error)) return why;
  }
  return why;
}

function choicesFor(table: TableFacts, column: ColumnFacts, n: number): readonly (string | null)[] {
  const checks = table.checks.filter(({ columns }) => columns.includes(column.name)).map(({ text }) => text);
  const found = candidatesFor(column, n, checks.join(' '));
  const none: readonly null[] = column.isRequired && !column.hasDefault ? [] : [null];
  // The last of the rows shows what NULL does, or the default.
  return n === ROWS_PER_TABLE - 1 ? [...none, ...found] : [...found, ...none];
}

interface Refused extends Error {
  readonly code?: string;
  readonly constraint?: string;
  readonly column?: string;
}

async function tryInsert(client: Client, { name }: TableFacts, values: ReadonlyMap<string, string>): Promise<Refused | undefined> {
  const columns = [...values.keys()].map(identifier).join(', ');
  const row = values.size === 0 ? 'DEFAULT VALUES' : `(${columns}) VALUES (${[...values.values()].join(', ')})`;
  try {
    await client.query(`SAVEPOINT row; INSERT INTO ${name} ${row}; SET CONSTRAINTS ALL IMMEDIATE; RELEASE row`);
    return undefined;
  } catch (error) {
    await client.query('ROLLBACK TO row; RELEASE row');
    return error as Refused;
  }
}

function valuesOf(choices: readonly Choice[], parents: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const values = new Map(parents);
  for (const { column, candidates, at } of choices) {
    const value = candidates[at];
    // Without a value it gets its default, or NULL.
    if (value !== undefined && value !== null) values.set(column.name, `${literal(value)}::${column.type}`);
  }
  return values;
}

/** Goes on to the next candidate of the columns that the error is about, else of all in turn. @returns false where nothing is left to be tried */
function advance(choices: readonly Choice[], table: TableFacts, { constraint, column, message }: Refused): boolean {
  const check = table.checks.find(({ name }) => name === constraint);
  const isNamed = (name: string): boolean => check?.columns.includes(name) || column === name || message.includes(`"${name}"`);
  const named = choices.filter((choice) => isNamed(choice.column.name));
  const left = (named.length > 0 ? named : choices).filter(({ at, candidates }) => at + 1 < candidates.length);
  const next = left.toSorted((a, b) => a.at - b.at)[0];
  if (!next) return false;
  next.at += 1;
  return true;
}

/** Values for the columns of foreign keys, from rows that are there; a text where a key that must be set has none to point at. */
async function findParents(client: Client, keys: readonly ForeignKey[], n: number): Promise<ReadonlyMap<string, string> | string> {
  const found = new Map<string, string>();
  for (const { columns, table, references } of keys) {
    const wanted = references.map((name) => `${identifier(name)}::text`).join(', ');
    const known = columns.flatMap((name, i) => (found.has(name) ? [`${identifier(references[i] ?? '')} = ${found.get(name)}`] : []));
    const where = known.length > 0 ? `WHERE ${known.join(' AND ')}` : '';
    const { rows } = await client.query<{ values: (string | null)[] }>(
      `SELECT ARRAY[${wanted}] AS values FROM ${table} ${where} ORDER BY 1 OFFSET (SELECT ${n} % greatest(count(*), 1) FROM ${table} ${where}) LIMIT 1`,
    );
    for (const [i, name] of columns.entries()) {
      const value = rows[0]?.values[i];
      if (value !== undefined && value !== null) found.set(name, literal(value));
    }
  }
  return found;
}
