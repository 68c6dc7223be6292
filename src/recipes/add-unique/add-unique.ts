import { keysWith, verifyOrder } from '../recipe/keys.ts';
import { unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeCard, RecipeFile, RecipeTask } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { apart, buildIndex, dropConstraint, dropIndex, moment } from '../recipe/steps.ts';

const card: RecipeCard = {
  name: 'add-unique',
  words: 'TABLE.COLUMN[,COLUMN…]',
  what: 'a UNIQUE constraint from an index that is built beside the application',
  steps: ['CREATE UNIQUE INDEX CONCURRENTLY', 'ADD CONSTRAINT … USING INDEX'],
  undo: 'drop the constraint',
  limits: ['partitioned tables', 'rows that are there twice: the query that finds them stands in the file'],
};

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0)
    throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'users.tenant_id,email'));
  const [first = '', ...others] = word.match(/(?:"(?:[^"]|"")+"|[^",])+/g) ?? [];
  const { table, column } = look.column(first);
  look.verifyPlain(table);
  const columns = [column, ...others.map((one) => look.column(`${table.full}.${one.trim()}`).column)];
  const list = columns.map(({ name }) => name);
  if (new Set(list).size < list.length) throw mistyped(`${word} names a column twice`, recipeCommand(card.name, 'users.tenant_id,email'));
  const before = keysWith(look, column).find(
    (one) => one.isUnique && one.columns.toSorted().join() === list.toSorted().join() && !/\sWHERE\s/.test(one.body),
  );
  if (before)
    throw outside(
      `${before.name} holds ${list.join(', ')} of ${table.full} unique already`,
      `where it is an index that shall be a constraint: ALTER TABLE ${table.full} ADD UNIQUE USING INDEX ${before.name};`,
    );
  await verifyOrder(look, table, columns);
  const base = [unquoted(table.name), columns.map(({ name }) => unquoted(name)).join('_')] as const;
  const key = { table: table.full, name: look.free(table.schema, base, 'key') };
  return [
    {
      title: `${base.join('_')}_unique`,
      description: `${table.full} (${list.join(', ')}) is unique`,
      why: [
        `Rows in the way: SELECT ${list.join(', ')}, count(*) FROM ${table.full} WHERE ${list.map((one) => `${one} IS NOT NULL`).join(' AND ')} GROUP BY ${list.join(', ')} HAVING count(*) > 1 LIMIT 10;`,
      ],
      up: [
        buildIndex(key.name, table.full, { isUnique: true, what: `ON ${table.full} (${list.join(', ')})` }),
        apart(
          moment(
            `make it the constraint ${key.name}`,
            table.full,
            `ALTER TABLE ${table.full} ADD CONSTRAINT ${key.name} UNIQUE USING INDEX ${key.name};`,
          ),
        ),
      ],
      down: [moment('drop the constraint', table.full, dropConstraint(key)), dropIndex(table.schema, key.name, table.full)],
    },
  ];
}

export const addUnique: Recipe = { card, plan };
