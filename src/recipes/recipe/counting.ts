// The sequence behind a column, and how it gets another column to count for.
import type { Column } from '../../draft/read-state.ts';
import type { Look, Table } from './look.ts';
import { unquoted } from './names.ts';

/** With its schema; undefined where the column has none. */
export async function sequenceOf({ client }: Look, { full }: Table, { name }: Column): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string | null }>('SELECT pg_catalog.pg_get_serial_sequence($1, $2) AS name', [
    full,
    unquoted(name),
  ]);
  return rows[0]?.name ?? undefined;
}

export interface Counted {
  readonly table: Table;
  readonly column: Column;
  readonly sequence: string;
}

interface Place {
  readonly table: string;
  readonly column: string;
}

/** Statements that give `to` the identity of `from`: `after` once the names are what they shall be. */
export type MoveIdentity = (from: Place, to: Place) => { readonly before: readonly string[]; readonly after: readonly string[] };

/** An identity stays with its column, so the other one gets its own, which goes on where the first one is. */
export function identityMover(look: Look, { table: { schema }, column: { identity }, sequence }: Counted): MoveIdentity {
  const [, kind = '', said = ''] = /^ GENERATED (ALWAYS|BY DEFAULT) AS IDENTITY(?: \((.*)\))?$/.exec(identity) ?? [];
  const own = sequence.slice(schema.length + 1);
  const options = said.replace(`SEQUENCE NAME ${sequence}`, '').trim();
  const beside = look.free(schema, [unquoted(own)], 'next');
  const [key = ''] = [...look.state.names.values()].flatMap((one) => (`${one.schema}.${one.name}` === sequence ? [one.key] : []));
  const attached = look.state.statements
    .filter((one) => one.key === key && ['comment', 'grant', 'owner'].includes(one.rank))
    .flatMap(({ sql }) => sql ?? []);
  return (from, to) => ({
    before: [
      `ALTER TABLE ${to.table} ALTER COLUMN ${to.column} ADD GENERATED ${kind} AS IDENTITY (SEQUENCE NAME ${schema}.${beside}${options === '' ? '' : ` ${options}`});`,
      `SELECT pg_catalog.setval('${`${schema}.${beside}`.replaceAll("'", "''")}', last_value, is_called) FROM ${sequence};`,
      `ALTER TABLE ${from.table} ALTER COLUMN ${from.column} DROP IDENTITY;`,
      `ALTER SEQUENCE ${schema}.${beside} RENAME TO ${own};`,
    ],
    after: attached,
  });
}
