import type { Column } from '../../draft/read-state.ts';
import { foreignKeySteps } from '../recipe/foreign-key-steps.ts';
import { INTEGERS } from '../recipe/integers.ts';
import { isIndexed, isUnique } from '../recipe/keys.ts';
import type { Look } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeCard, RecipeFile, RecipeTask } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { mentions } from '../recipe/rename-in.ts';
import { buildIndex, dropConstraint, dropIndex, EXCLUSIVE } from '../recipe/steps.ts';

const card: RecipeCard = {
  name: 'add-foreign-key',
  words: 'TABLE.COLUMN OTHER.COLUMN',
  what: 'a foreign key: the index that it needs, NOT VALID, VALIDATE',
  steps: [
    'CREATE INDEX CONCURRENTLY on the referencing column, where none begins with it',
    'ADD … NOT VALID: new rows are checked',
    'VALIDATE: old rows are checked',
  ],
  undo: 'drop the key, and the index where the recipe made it',
  limits: ['one column', 'partitioned tables', 'types that differ otherwise than smallint, integer and bigint do'],
};

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [from, to, ...more] = words;
  if (from === undefined || to === undefined || more.length > 0)
    throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'orders.customer_id customers.id'));
  const [{ table, column }, other] = [look.column(from), look.column(to)];
  look.verifyPlain(table);
  look.verifyPlain(other.table);
  if (look.property(other.table, 'persistence') === 'UNLOGGED' && look.property(table, 'persistence') !== 'UNLOGGED')
    throw outside(`${other.table.full} is unlogged, and ${table.full} is not`, `SQL: ALTER TABLE ${other.table.full} SET LOGGED;`);
  verifyFits(
    look,
    { full: `${table.full}.${column.name}`, column },
    { full: `${other.table.full}.${other.column.name}`, column: other.column },
  );
  const base = [unquoted(table.name), unquoted(column.name)] as const;
  const name = look.free(table.schema, base, 'fkey');
  const index = isIndexed(look, column) ? undefined : look.free(table.schema, base, 'idx');
  const key = { table: table.full, name };
  return [
    {
      title: `${base.join('_')}_fkey`,
      description: `${table.full}.${column.name} refers to ${other.table.full}`,
      why: [
        `Rows in the way: SELECT * FROM ${table.full} t WHERE ${column.name} IS NOT NULL AND NOT EXISTS (SELECT FROM ${other.table.full} o WHERE o.${other.column.name} = t.${column.name}) LIMIT 10;`,
      ],
      up: [
        ...(index === undefined ? [] : [buildIndex(index, table.full, { what: `ON ${table.full} (${column.name})` })]),
        ...foreignKeySteps(key, {
          body: `FOREIGN KEY (${column.name}) REFERENCES ${other.table.full} (${other.column.name})`,
          other: other.table.full,
        }),
      ],
      down: [
        { does: `drop ${name}`, sql: dropConstraint(key), locks: `${EXCLUSIVE} on ${table.full}, ${other.table.full}`, lasts: 'moment' },
        ...(index === undefined ? [] : [dropIndex(table.schema, index, table.full)]),
      ],
    },
  ];
}

interface End {
  readonly full: string;
  readonly column: Column;
}

function verifyFits(look: Look, from: End, to: End): void {
  const types = [from.column.type, to.column.type];
  if (types[0] !== types[1] && !types.every((type) => INTEGERS.includes(type)))
    throw outside(
      `${from.full} is ${types[0]}, and ${to.full} is ${types[1]}`,
      `make them one type first: ${recipeCommand('change-type', `${from.full} '${types[1]}'`)}`,
    );
  if (!isUnique(look, to.column))
    throw outside(`${to.full} is not unique by itself at any time, so nothing can refer to it`, recipeCommand('add-unique', to.full));
  const before = look
    .needs(from.column)
    .find(
      ({ rank, key, sql }) =>
        rank === 'foreign key' &&
        key !== '' &&
        mentions(sql ?? '', from.column.name) &&
        look.needs(to.column).some((one) => one.key === key),
    );
  if (before) throw outside(`${from.full} refers to ${to.full} already (${before.name})`, 'npm run migrate:status');
}

export const addForeignKey: Recipe = { card, plan };
