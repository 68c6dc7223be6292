import type { Column } from '../../draft/read-state.ts';
import { primaryKey } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { wordsIn } from '../recipe/named-words.ts';
import { namesIn, reasonAgainstName, unquoted } from '../recipe/names.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { card } from './card.ts';

export interface Wish {
  readonly table: Table;
  /** The new one; it is not there yet. */
  readonly into: Pick<Table, 'schema' | 'name' | 'full'>;
  /** The primary key of both, in its order. */
  readonly key: readonly Column[];
  readonly columns: readonly Column[];
}

const EXAMPLE = 'users into=user_profiles columns=bio,avatar_url';

/** @throws LockstepError for what was typed wrongly, and for a table that has no key to go by */
export function readWish(look: Look, words: readonly string[]): Wish {
  const { plain, named } = wordsIn(words, ['into', 'columns']);
  const [word, ...more] = plain;
  const { into, columns: list = '' } = named;
  const names = list.match(/(?:"(?:[^"]|"")+"|[^",])+/g) ?? [];
  if (word === undefined || into === undefined || names.length === 0 || more.length > 0)
    throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, EXAMPLE));
  const table = look.table(word);
  const columns = names.map((one) => look.column(`${table.full}.${one.trim()}`).column);
  if (new Set(columns).size < columns.length) throw mistyped(`columns=${list} names a column twice`, recipeCommand(card.name, EXAMPLE));
  return { table, into: newTable(look, table, into), key: keyOf(look, table, columns), columns };
}

function newTable(look: Look, { schema, full }: Table, text: string): Wish['into'] {
  const names = namesIn(text) ?? [];
  const last = names.at(-1) ?? '';
  const again = recipeCommand(card.name, `${full} into=another_name columns=…`);
  const against = names.length === 0 || names.length > 2 ? `"${text}" is no name of a table` : reasonAgainstName(last, 'table');
  if (against !== undefined) throw mistyped(against, again);
  if (names.length > 1 && names[0] !== unquoted(schema)) throw outside(`${text} is in another schema than ${full}`, again);
  const name = look.quote(last);
  if ([...look.state.names.values()].some((one) => one.schema === schema && one.name === name && /^pg_(?:class|type) /.test(one.key)))
    throw outside(`${schema}.${name} is there already`, again);
  return { schema, name, full: `${schema}.${name}` };
}

function keyOf(look: Look, table: Table, columns: readonly Column[]): readonly Column[] {
  const key = primaryKey(look, table);
  if (!key)
    throw outside(
      `${table.full} has no primary key, by which rows would find each other`,
      recipeCommand('add-primary-key', `${table.full}.id`),
    );
  if (key.body.includes(' DEFERRABLE'))
    throw outside(
      `the primary key ${key.name} is checked later`,
      `SQL: ALTER TABLE ${table.full} DROP CONSTRAINT ${key.name}, ADD PRIMARY KEY …;`,
    );
  const moved = columns.find(({ name }) => key.columns.includes(name));
  if (moved) throw outside(`${moved.name} is of the primary key, which both tables have`, recipeCommand(card.name, EXAMPLE));
  return key.columns.flatMap((name) => look.findColumn(table, unquoted(name)) ?? []);
}
