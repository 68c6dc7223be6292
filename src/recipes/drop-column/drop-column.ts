import type { Column } from '../../draft/read-state.ts';
import { attachedTo } from '../recipe/attached.ts';
import { again, referredBy } from '../recipe/bring-back.ts';
import { partOf } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeCard, RecipeFile, RecipeTask, Step } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { mentions } from '../recipe/rename-in.ts';
import { verifyTriggers } from '../recipe/stand-in.ts';
import { apart, EXCLUSIVE, moment, notNullProof, setNotNull } from '../recipe/steps.ts';

const card: RecipeCard = {
  name: 'drop-column',
  words: 'TABLE.COLUMN',
  what: 'a column goes in two phases: first new code need not write it, and when no older code runs it is dropped',
  steps: [
    'where it is NOT NULL: DROP NOT NULL, so that code may leave it out',
    'when no code uses it: DROP COLUMN, with its indexes and constraints',
  ],
  undo: 'the column comes back with default, comment, grants, indexes and constraints, but without its values: only a backup has them',
  limits: [
    'columns of a primary key, of a unique constraint, of an identity or of a sequence',
    'columns that foreign keys, views, policies, rules, statistics, functions, generated columns or triggers read',
    'partitions, inheritance',
  ],
};

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [word, ...more] = words;
  if (word === undefined || more.length > 0) throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'orders.note'));
  const { table, column } = look.column(word);
  look.verifyPlain(table);
  const full = `${table.full}.${column.name}`;
  if (column.identity !== '' || column.value.startsWith(' GENERATED'))
    throw outside(`${full} is an identity or generated`, 'drop that first: npm run migrate:make -- describe_the_change');
  await verifyTriggers(look, table, column.name);
  const parts = partsOf(look, table, column);
  const title = `${unquoted(table.name)}_${unquoted(column.name)}`;
  const unused =
    column.notNull === ''
      ? []
      : [{ title: `${title}_unused`, description: `code may leave out ${full}`, ...optional(look, table, column) }];
  return [
    ...unused,
    {
      title: `${title}_drop`,
      description: `drop ${full}`,
      isAfterDeploy: true,
      allows: [`drop-column: no code that runs names ${column.name} when this runs`],
      why: ['Run it when no code that runs reads or writes the column.'],
      loses: { up: `${full}: nobody uses it any more` },
      lossyDown: `the values of ${full} are gone`,
      up: [
        {
          ...moment(`drop ${column.name}`, table.full, `ALTER TABLE ${table.full} DROP COLUMN ${column.name};`),
          locks: `${EXCLUSIVE} on ${[table.full, ...parts.flatMap(({ to }) => to ?? [])].join(', ')}`,
        },
      ],
      down: [bringBack(look, table, column), ...parts.flatMap(({ steps }) => steps)],
    },
  ];
}

function optional(look: Look, { full, schema, name }: Table, column: Column): Pick<RecipeFile, 'up' | 'down'> {
  const check = { table: full, name: look.free(schema, [unquoted(name), unquoted(column.name)], 'is_not_null') };
  return {
    up: [moment('DROP NOT NULL', full, `ALTER TABLE ${full} ALTER COLUMN ${column.name} DROP NOT NULL;`)],
    down: [
      ...notNullProof(check, column.name),
      apart(moment('SET NOT NULL, which the CHECK proves, and drop the CHECK', full, setNotNull(check, column.name))),
    ],
  };
}

function bringBack(look: Look, table: Table, column: Column): Step {
  const attached = attachedTo(look, table, column).map((about) => about(column.name));
  const add = `ALTER TABLE ${table.full} ADD COLUMN ${column.name} ${column.type}${column.collate}${column.value};`;
  return moment(`${column.name} again`, table.full, [add, ...attached].join('\n'));
}

interface Gone {
  /** That make it again. */
  readonly steps: readonly Step[];
  /** The other table of a foreign key. */
  readonly to?: string;
}

/** What goes with the column. @throws LockstepError for what would stay behind, or is missed by others */
function partsOf(look: Look, table: Table, column: Column): readonly Gone[] {
  const generated = look
    .columns(table)
    .find(
      (other) =>
        other.key === column.key &&
        other.name !== column.name &&
        other.value.startsWith(' GENERATED') &&
        mentions(other.value, column.name),
    );
  if (generated) throw outside(`${table.full}.${generated.name} is generated from ${column.name}`, 'drop that first');
  return look.needs(column).map((one) => {
    const part = one.rank === 'key' ? undefined : partOf(look, one);
    const steps = part && again(table, one, part);
    if (part && steps) return { steps, ...(one.rank === 'foreign key' && { to: referredBy(part) }) };
    throw outside(
      `${one.rank} ${one.name} needs ${table.full}.${column.name}`,
      'drop or change that first: npm run migrate:make -- describe_the_change',
    );
  });
}

export const dropColumn: Recipe = { card, plan };
