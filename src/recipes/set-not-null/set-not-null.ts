import type { Column } from '../../draft/read-state.ts';
import type { Look, Table } from '../recipe/look.ts';
import { dollarQuoted, unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeCard, RecipeFile, RecipeTask, Step } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { apart, backfill, dropConstraint, firedBy, firing, moment, notNullProof, setNotNull } from '../recipe/steps.ts';

const card: RecipeCard = {
  name: 'set-not-null',
  words: 'TABLE.COLUMN',
  what: 'NOT NULL without a scan under a lock; --fill EXPRESSION fills what is NULL, and what comes as NULL until the new code is out',
  steps: [
    'with --fill: a trigger fills, then a backfill',
    'CHECK … NOT VALID',
    'VALIDATE',
    'SET NOT NULL, which the CHECK proves',
    'drop the CHECK',
    'with --fill: drop the trigger',
  ],
  undo: 'DROP NOT NULL; values that were filled stay',
  limits: ['partitioned tables', 'generated columns', 'without --fill, code that still writes NULL fails from the first step on'],
};

async function plan({ look, words, fill }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'orders.note'));
  const { table, column } = look.column(word);
  look.verifyPlain(table);
  if (column.notNull !== '') throw outside(`${table.full}.${column.name} is NOT NULL already`, 'npm run migrate:status');
  if (column.value.startsWith(' GENERATED'))
    throw outside(`${table.full}.${column.name} is generated`, 'write the SQL by hand: npm run migrate:make -- describe_the_change');
  const names: Names = { table, column, base: [unquoted(table.name), unquoted(column.name)] };
  if (fill === undefined) return [notNull(look, names)];
  look.verifySeen(table);
  await verifyFill(look, column, fill);
  return withFill(look, names, fill);
}

interface Names {
  readonly table: Table;
  readonly column: Column;
  readonly base: readonly [string, string];
}

function notNull(look: Look, { table, column, base }: Names): RecipeFile {
  const check = { table: table.full, name: look.free(table.schema, base, 'is_not_null') };
  return {
    title: `${base.join('_')}_not_null`,
    description: `${table.full}.${column.name} is NOT NULL`,
    why: [`Rows in the way: SELECT * FROM ${table.full} WHERE ${column.name} IS NULL LIMIT 10;`],
    up: [
      ...notNullProof(check, column.name),
      apart(moment('SET NOT NULL, which the CHECK proves, and drop the CHECK', table.full, setNotNull(check, column.name))),
    ],
    down: [
      moment('DROP NOT NULL', table.full, `ALTER TABLE ${table.full} ALTER COLUMN ${column.name} DROP NOT NULL;\n${dropConstraint(check)}`),
    ],
  };
}

/** A NULL that the application still writes becomes the value, until code is out that writes one. */
function withFill(look: Look, names: Names, fill: string): readonly RecipeFile[] {
  const { table, column, base } = names;
  const trigger = look.free(table.schema, base, 'fill');
  const called = `${table.schema}.${trigger}`;
  const body = `\nBEGIN\n  NEW.${column.name} := (${fill});\n  RETURN NEW;\nEND `;
  const make: Step = {
    does: `trigger ${trigger} writes the value where the application writes NULL`,
    sql: `CREATE FUNCTION ${called}() RETURNS trigger LANGUAGE plpgsql AS ${dollarQuoted(body)};
CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${table.full}
  FOR EACH ROW WHEN (NEW.${column.name} IS NULL) EXECUTE FUNCTION ${called}();`,
    locks: `SHARE ROW EXCLUSIVE on ${table.full}`,
    lasts: 'moment',
  };
  const drop = moment(
    `drop the trigger ${trigger}`,
    table.full,
    `DROP TRIGGER IF EXISTS ${trigger} ON ${table.full};\nDROP FUNCTION IF EXISTS ${called}();`,
  );
  const left = `${column.name} IS NULL`;
  const fired = firedBy(look, table);
  const fillRows = backfill(firing('fill what is NULL', fired), table.full, {
    sql: `UPDATE ${table.full} SET ${column.name} = (${fill}) WHERE ${left};`,
    verify: `SELECT count(*) FROM ${table.full} WHERE ${left}`,
  });
  const title = base.join('_');
  return [
    {
      title: `${title}_fill`,
      description: `fill ${table.full}.${column.name}`,
      lossyDown: ['the values that were filled stay', ...fired.map((one) => `so does what ${one} wrote`)].join(', '),
      up: [make, fillRows],
      down: [drop],
    },
    notNull(look, names),
    {
      title: `${title}_contract`,
      description: `${table.full}.${column.name} is written by the application alone`,
      isAfterDeploy: true,
      why: ['Run it when all code that runs writes the column.'],
      up: [drop],
      down: [make],
    },
  ];
}

/** It may name no column: a trigger knows them otherwise than an UPDATE. */
async function verifyFill({ client }: Look, { name, type }: Column, fill: string): Promise<void> {
  // With a parameter the server takes one statement only.
  await client.query(`EXPLAIN SELECT CAST((${fill}) AS ${type}) WHERE $1`, [true]).catch((error: Error) => {
    throw mistyped(
      `--fill ${fill} is no value for ${name} (${type}): ${error.message}`,
      'a constant or a call, without names of columns: --fill "\'unknown\'"',
    );
  });
  if (/^\s*NULL\s*$/i.test(fill)) throw mistyped('--fill NULL fills nothing', '--fill "\'unknown\'"');
}

export const setNotNullRecipe: Recipe = { card, plan };
