import type { Column } from '../../draft/read-state.ts';
import { primaryKey, verifyOrder } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeCard, RecipeFile, RecipeTask } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { apart, buildIndex, dropConstraint, dropIndex, moment, notNullProof, setNotNull } from '../recipe/steps.ts';

const card: RecipeCard = {
  name: 'add-primary-key',
  words: 'TABLE.COLUMN',
  what: 'a primary key from an index that is built beside the application, and NOT NULL without a scan under a lock',
  steps: [
    'CREATE UNIQUE INDEX CONCURRENTLY',
    'CHECK … NOT VALID and VALIDATE, where the column may be NULL',
    'SET NOT NULL, and ADD PRIMARY KEY USING INDEX',
  ],
  undo: 'drop the key; NOT NULL goes where the recipe set it',
  limits: ['one column', 'partitioned tables', 'a table that has a primary key', 'rows that are there twice or NULL'],
};

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'events.id'));
  const { table, column } = look.column(word);
  look.verifyPlain(table);
  const before = primaryKey(look, table);
  if (before)
    throw outside(
      `${table.full} has a primary key: ${before.name} ${before.body}`,
      `as a second key: ${recipeCommand('add-unique', `${table.full}.${column.name}`)}`,
    );
  await verifyOrder(look, table, [column]);
  return [withKey(look, table, column)];
}

function withKey(look: Look, table: Table, column: Column): RecipeFile {
  const { full } = table;
  const key = { table: full, name: look.free(table.schema, [unquoted(table.name)], 'pkey') };
  const check = { table: full, name: look.free(table.schema, [unquoted(table.name), unquoted(column.name)], 'is_not_null') };
  const use = `ALTER TABLE ${full} ADD CONSTRAINT ${key.name} PRIMARY KEY USING INDEX ${key.name};`;
  const drop = moment('drop the key', full, dropConstraint(key));
  const maybeNull = column.notNull === '';
  return {
    title: `${unquoted(table.name)}_pkey`,
    description: `${column.name} is the primary key of ${full}`,
    why: [
      `Rows in the way: SELECT ${column.name}, count(*) FROM ${full} GROUP BY ${column.name} HAVING count(*) > 1 OR ${column.name} IS NULL LIMIT 10;`,
    ],
    up: [
      buildIndex(key.name, full, { isUnique: true, what: `ON ${full} (${column.name})` }),
      ...(maybeNull ? notNullProof(check, column.name) : []),
      ...(maybeNull
        ? [apart(moment('SET NOT NULL, which the CHECK proves, and drop the CHECK', full, setNotNull(check, column.name)))]
        : []),
      { ...moment('ADD PRIMARY KEY USING INDEX', full, use), ...(!maybeNull && { part: 'transaction' }) },
    ],
    down: [
      drop,
      ...(maybeNull
        ? [moment('DROP NOT NULL', full, `ALTER TABLE ${full} ALTER COLUMN ${column.name} DROP NOT NULL;\n${dropConstraint(check)}`)]
        : []),
      dropIndex(table.schema, key.name, full),
    ],
  };
}

export const addPrimaryKey: Recipe = { card, plan };
