import type { Column } from '../../draft/read-state.ts';
import type { Look, Table } from '../recipe/look.ts';
import { dollarQuoted, unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeFile, RecipeTask, Step } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { apart, buildIndex, dropConstraint, dropIndex, moment, validate } from '../recipe/steps.ts';
import { aheadFile } from './ahead.ts';
import { boundOf, isDated } from './bound.ts';
import { card } from './card.ts';
import { dependentsOf, verifyRouting } from './dependents.ts';
import { namesFor } from './naming.ts';
import { readPartitioned } from './partitioned.ts';
import { firstAhead, labelOf, next } from './periods.ts';
import { type About, countingOf, swapFile, widenedColumns } from './swap.ts';
import { readWish, type Wish } from './wish.ts';

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const wish = readWish(words);
  const table = look.table(wish.table);
  if (/ PARTITION BY /.test(look.sqlOf(table.key, 'table'))) return more(look, table, wish);
  const column = await keyOf(look, table, wish.by);
  const from = wish.from ?? firstAhead(new Date(), wish.every);
  const dependents = dependentsOf({ look, table, column });
  const names = namesFor({ look, table, column: column.name }, dependents, { from, every: wish.every });
  const about: About = { look, table, column, from, names, dependents, counting: await countingOf(look, table) };
  const title = `${unquoted(table.name)}_partitions`;
  const rest = `${table.schema}.${names.rest}`;
  return [
    prepareFile(about, `${title}_prepare`),
    swapFile(about, `${title}_swap`),
    aheadFile({ look, table, column, rest, from, every: wish.every, count: wish.ahead, others: dependents.others }, `${title}_ahead`),
  ];
}

/** Behind the last partition. */
async function more(look: Look, table: Table, { by, from, every, ahead }: Wish): Promise<readonly RecipeFile[]> {
  if (by !== undefined || from !== undefined)
    throw mistyped(
      `${table.full} is partitioned already`,
      `for the next partitions: ${recipeCommand(card.name, `${table.full} every=${every}`)}`,
    );
  const { column, rest, until, others } = await readPartitioned(look, table);
  let last = until;
  for (let n = 0; n < ahead; n += 1) last = next(last, every);
  const title = `${unquoted(table.name)}_partitions_until_${labelOf(last, every)}`;
  return [aheadFile({ look, table, column, rest, from: until, every, count: ahead, others }, title)];
}

/** @throws LockstepError where rows have no place in time, or the table is one that cannot become a partition */
async function keyOf(look: Look, table: Table, by: string | undefined): Promise<Column> {
  if (by === undefined)
    throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, `${table.full} by=created_at every=month`));
  look.verifyPlain(table);
  look.verifySeen(table);
  look.verifyUnpublished(table);
  const { column } = look.column(`${table.full}.${by}`);
  const full = `${table.full}.${column.name}`;
  if (!isDated(column.type))
    throw outside(
      `${full} is ${column.type}, which no calendar divides`,
      'a date, a timestamp or a timestamptz; for others write the SQL by hand',
    );
  if (column.notNull === '') throw outside(`${full} may be NULL, and such a row belongs to no range`, recipeCommand('set-not-null', full));
  if (column.value.startsWith(' GENERATED')) throw outside(`${full} is generated`, 'partition by the column that it is made of');
  if (look.property(table, 'persistence') === 'UNLOGGED')
    throw outside(`${table.full} is unlogged`, `SQL: ALTER TABLE ${table.full} SET LOGGED;`);
  if (look.property(table, 'identity') !== 'DEFAULT')
    throw outside(`${table.full} has a replica identity of its own`, `SQL: ALTER TABLE ${table.full} REPLICA IDENTITY DEFAULT;`);
  await verifyRouting({ look, table, column });
  return column;
}

function prepareFile({ table, column, from, names, dependents }: About, title: string): RecipeFile {
  const { widened } = dependents;
  const { full } = table;
  const check = { table: full, name: names.check };
  const bound = boundOf(from, column.type);
  const index = widened && names.inFirst.get(widened.key);
  return {
    title,
    description: `all rows of ${full} are of before ${bound}`,
    why: [
      `Until the next file has run, or this one is rolled back, ${full} refuses rows of ${bound} and later.`,
      `Rows in the way: SELECT * FROM ${full} WHERE ${column.name} >= ${bound} LIMIT 10;`,
    ],
    up: [
      ...(widened && index !== undefined
        ? [buildIndex(index, full, { isUnique: true, what: `ON ${full} ${widenedColumns(widened, column)}` })]
        : []),
      { ...early(full, column, bound), ...(widened && { part: 'transaction' as const }) },
      apart(
        moment(
          `add CHECK ${names.check}, which old rows need not meet yet`,
          full,
          `ALTER TABLE ${full} ADD CONSTRAINT ${names.check} CHECK (${column.name} < ${bound}) NOT VALID;`,
        ),
      ),
      validate(check),
    ],
    down: [moment('drop the CHECK', full, dropConstraint(check)), ...(index === undefined ? [] : [dropIndex(table.schema, index, full)])],
  };
}

/** Looks before it locks: files may lie about until that day is near, and the CHECK would refuse what the application writes. */
const early = (full: string, column: Column, bound: string): Step => ({
  does: 'look that no row has come near that day',
  sql: `DO ${dollarQuoted(`
BEGIN
  IF EXISTS (SELECT FROM ${full} WHERE ${column.name} >= ${bound}::${column.type} - interval '7 days') THEN
    RAISE EXCEPTION 'rows of % have come near %: write these files anew, with from= a later day', ${literal(full)}, ${bound};
  END IF;
END `)};`,
  locks: `ACCESS SHARE on ${full}`,
  lasts: 'scan',
});

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const partitionTable: Recipe = { card, plan };
