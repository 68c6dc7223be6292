// What a column is given where nobody says: a default, a sequence of its own, an identity.
import type { Column } from '../../draft/read-state.ts';
import { identityMover, sequenceOf } from '../recipe/counting.ts';
import { INTEGERS } from '../recipe/integers.ts';
import type { Look, Table } from '../recipe/look.ts';
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
  const sequence = await sequenceOf(look, table, column);
  if (sequence !== undefined && !INTEGERS.includes(type))
    throw outside(
      `${table.full}.${column.name} counts with ${sequence}, which cannot give a ${type}`,
      'take the default or identity away first, in a migration of your own',
    );
  if (column.identity !== '' && sequence !== undefined) {
    const move = identityMover(look, { table, column, sequence });
    return (incoming) => move({ table: table.full, column: column.name }, { table: table.full, column: incoming });
  }
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
