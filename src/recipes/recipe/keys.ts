// Keys and indexes as the server writes them, taken apart.
import type { Column } from '../../draft/read-state.ts';
import { tokenEnd } from '../../sql/text/tokens.ts';
import { CLOSE, COMMA, OPEN, skipBlank } from '../../sql/text/whitespace.ts';
import type { Look, Table } from './look.ts';
import { outside } from './refuse.ts';
import { closing, opening, statementsIn } from './rename-in.ts';

/** A constraint or an index of a table. */
export interface Part {
  readonly key: string;
  /** As SQL takes it. */
  readonly name: string;
  /** What stands behind its name: `PRIMARY KEY (id)`, `CHECK ((n > 0))`; of an index behind the table: `USING btree (id)`. */
  readonly body: string;
  /** What follows the statement that makes it: CLUSTER ON, REPLICA IDENTITY. */
  readonly rest: readonly string[];
  readonly isUnique: boolean;
  /** In the order of its own; expressions as they are written. */
  readonly columns: readonly string[];
}

/** Of a statement `ALTER TABLE … ADD CONSTRAINT name BODY;` or `CREATE INDEX name ON table BODY;`. */
export function partOf(look: Look, { key, sql }: { readonly key: string; readonly sql: string | null }): Part | undefined {
  const [first = '', ...rest] = statementsIn(sql ?? '');
  const name = look.state.names.get(key)?.name;
  if (name === undefined || first === '') return undefined;
  const isIndex = first.startsWith('CREATE');
  const head = isIndex ? ' USING ' : ` ADD CONSTRAINT ${name} `;
  const at = first.indexOf(head, isIndex ? first.indexOf(` INDEX ${name} ON `) + name.length : 0);
  const body = first.slice(isIndex ? at + 1 : at + head.length, -1);
  const isUnique = first.startsWith('CREATE UNIQUE') || /^(?:PRIMARY KEY|UNIQUE)\b/.test(body);
  return {
    key,
    name,
    body,
    rest,
    isUnique,
    columns: listIn(body, opening(body)).map((one) => one.split(/\s(?=ASC|DESC|NULLS|COLLATE)/)[0] ?? one),
  };
}

/** What stands between the commas of a list that opens here. */
export function listIn(text: string, open: number): readonly string[] {
  const end = closing(text, open) - 1;
  const found: string[] = [];
  let [depth, start] = [0, open + 1];
  for (let at = skipBlank(text, open + 1); at < end; at = skipBlank(text, tokenEnd(text, at))) {
    const c = text.charCodeAt(at);
    depth += c === OPEN ? 1 : c === CLOSE ? -1 : 0;
    if (c !== COMMA || depth > 0) continue;
    found.push(text.slice(start, at).trim());
    start = at + 1;
  }
  return [...found, text.slice(start, end).trim()];
}

/** Keys and indexes that have the column in them. */
export const keysWith = (look: Look, column: Column): readonly Part[] =>
  look.needs(column).flatMap((one) => (one.rank === 'key' || one.rank === 'index' ? (partOf(look, one) ?? []) : []));

const isWhole = ({ body }: Part): boolean => !/\sWHERE\s/.test(body.slice(closing(body, opening(body))));

/** Whether its values are unique by themselves, at any time: nothing can refer to a key that is checked later. */
export const isUnique = (look: Look, column: Column): boolean =>
  keysWith(look, column).some(
    (one) =>
      one.isUnique && one.columns.length === 1 && one.columns[0] === column.name && isWhole(one) && !one.body.includes(' DEFERRABLE'),
  );

/** @throws LockstepError where values have no order, which a unique index needs */
export async function verifyOrder(look: Look, { full }: Table, columns: readonly Column[]): Promise<void> {
  const list = columns.map(({ name }) => name).join(', ');
  await look.client.query(`EXPLAIN SELECT FROM ${full} ORDER BY ${list}`).catch((error: Error) => {
    throw outside(`${full} (${list}) cannot be unique: ${error.message}`, 'an index on an expression, such as a hash, in SQL of your own');
  });
}

/** Whether rows are found by it through an index. */
export const isIndexed = (look: Look, column: Column): boolean =>
  keysWith(look, column).some(
    (one) => one.columns[0] === column.name && isWhole(one) && (one.isUnique || one.body.startsWith('USING btree')),
  );

/** The primary key of a table. */
export const primaryKey = (look: Look, table: Table): Part | undefined =>
  look.state.statements
    .filter(({ rank, name }) => rank === 'key' && name.startsWith(`${table.full}.`))
    .flatMap((one) => partOf(look, one) ?? [])
    .find(({ body }) => body.startsWith('PRIMARY KEY'));

export const keyKind = ({ body }: Part): string => (body.startsWith('PRIMARY KEY') ? 'PRIMARY KEY' : 'UNIQUE');

export const deferral = ({ body }: Part): string => /( DEFERRABLE(?: INITIALLY DEFERRED)?)?$/.exec(body)?.[1] ?? '';

/** Of a key what CREATE INDEX says behind the table. */
export function indexBody({ body }: Part): string {
  if (body.startsWith('USING')) return body;
  const nulls = body.startsWith('UNIQUE NULLS NOT DISTINCT') ? ' NULLS NOT DISTINCT' : '';
  const end = closing(body, opening(body));
  const include = body.startsWith(' INCLUDE (', end) ? body.slice(end, closing(body, opening(body, end))) : '';
  return `${body.slice(opening(body), end)}${include}${nulls}`;
}
