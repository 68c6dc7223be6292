// What a column is given where nobody says: a default, a sequence of its own, an identity.
import type { Column } from '../../draft/read-state.ts';
import { INTEGERS } from '../recipe/integers.ts';
import type { Look, Table } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import { outside } from '../recipe/refuse.ts';
import type { Value } from './move.ts';

interface About {
  readonly look: Look;
  readonly table: Table;
  readonly column: Column;
  readonly type: string;
}

/** Moves it to a column, which has this type: `incoming` gets what `column` has. */
export type MoveValue = (incoming: string, type: string) => Value;

/** @throws LockstepError for an identity of a type that can have none */
export async function valueMove(about: About): Promise<MoveValue> {
  const { look, table, column, type } = about;
  const { rows } = await look.client.query<{ name: string | null }>('SELECT pg_catalog.pg_get_serial_sequence($1, $2) AS name', [
    table.full,
    unquoted(column.name),
  ]);
  const sequence = rows[0]?.name ?? undefined;
  if (sequence !== undefined && !INTEGERS.includes(type))
    throw outside(
      `${table.full}.${column.name} counts with ${sequence}, which cannot give a ${type}`,
      'take the default or identity away first, in a migration of your own',
    );
  if (column.identity !== '' && sequence !== undefined) return identity(about, sequence);
  return (incoming, to) => {
    const alter = `ALTER TABLE ${table.full} ALTER COLUMN`;
    return {
      before: column.value === '' ? [] : [`${alter} ${column.name} DROP DEFAULT;`, `${alter} ${incoming} SET${column.value};`],
      after:
        sequence === undefined
          ? []
          : [`ALTER SEQUENCE ${sequence} OWNED BY ${table.full}.${column.name};`, `ALTER SEQUENCE ${sequence} AS ${to};`],
    };
  };
}

/** An identity stays with its column, so the other one gets its own, which goes on where the first one is. */
function identity({ look, table, column }: About, sequence: string): MoveValue {
  const [, kind = '', said = ''] = /^ GENERATED (ALWAYS|BY DEFAULT) AS IDENTITY(?: \((.*)\))?$/.exec(column.identity) ?? [];
  const own = sequence.slice(table.schema.length + 1);
  const options = said.replace(`SEQUENCE NAME ${sequence}`, '').trim();
  const beside = look.free(table.schema, [unquoted(own)], 'next');
  const [key = ''] = [...look.state.names.values()].flatMap((one) => (`${one.schema}.${one.name}` === sequence ? [one.key] : []));
  const attached = look.state.statements
    .filter((one) => one.key === key && ['comment', 'grant', 'owner'].includes(one.rank))
    .flatMap(({ sql }) => sql ?? []);
  return (incoming) => ({
    before: [
      `ALTER TABLE ${table.full} ALTER COLUMN ${incoming} ADD GENERATED ${kind} AS IDENTITY (SEQUENCE NAME ${table.schema}.${beside}${options === '' ? '' : ` ${options}`});`,
      `SELECT pg_catalog.setval('${`${table.schema}.${beside}`.replaceAll("'", "''")}', last_value, is_called) FROM ${sequence};`,
      `ALTER TABLE ${table.full} ALTER COLUMN ${column.name} DROP IDENTITY;`,
      `ALTER SEQUENCE ${table.schema}.${beside} RENAME TO ${own};`,
    ],
    after: attached,
  });
}
