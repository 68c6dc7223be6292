import { namesIn, reasonAgainstName, unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeCard, RecipeFile, RecipeTask } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { standIn, verifyStandIn } from '../recipe/stand-in.ts';
import { moment } from '../recipe/steps.ts';

const card: RecipeCard = {
  name: 'rename-table',
  words: 'OLD NEW',
  what: 'another name for a table, and a view under the old one until no code uses it',
  steps: [
    'RENAME, and a view with the old name, the grants and the owner, in one transaction: both names read and write',
    'when no older code runs: the view goes',
  ],
  undo: 'each step back, at any time',
  limits: [
    'partitions, inheritance, rules, publications; row security before PostgreSQL 15',
    'COPY into the old name, TRUNCATE, MERGE before 17, new foreign keys to it, GROUP BY its key alone, ON CONFLICT ON CONSTRAINT, and ctid or xmin need the table itself',
  ],
};

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [from, to, ...more] = words;
  const names = to === undefined ? undefined : namesIn(to);
  if (from === undefined || !names || more.length > 0)
    throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'orders purchases'));
  const table = look.table(from);
  verifyStandIn(look, table);
  const name = look.quote(names.at(-1) ?? '');
  const against = reasonAgainstName(names.at(-1) ?? '', 'table');
  if (against !== undefined) throw mistyped(against, recipeCommand(card.name, `${table.full} another_name`));
  if (names.length > 1 && names[0] !== unquoted(table.schema))
    throw outside(`${to} is in another schema than ${table.full}`, `SQL: ALTER TABLE ${table.full} SET SCHEMA …;`);
  if ([...look.state.names.values()].some((one) => one.schema === table.schema && one.name === name && /^pg_(?:class|type) /.test(one.key)))
    throw outside(`${table.schema}.${name} is there already`, recipeCommand(card.name, `${table.full} another_name`));
  const { full, schema } = table;
  const rename = `ALTER TABLE ${full} RENAME TO ${name};`;
  const view = standIn(look, table, { table: name, columns: look.columns(table).map((one) => ({ name: one.name, as: one.name })) });
  const title = `${unquoted(table.name)}_to_${unquoted(name)}`;
  return [
    {
      title: `${title}_expand`,
      description: `${full} is called ${name}, and its old name is a view`,
      up: [moment('rename it, and a view under the old name', full, `${rename}\n${view}`)],
      down: [
        moment(
          'drop the view, and the old name again',
          `${schema}.${name}`,
          `DROP VIEW ${full};\nALTER TABLE ${schema}.${name} RENAME TO ${table.name};`,
        ),
      ],
    },
    {
      title: `${title}_contract`,
      description: `nobody calls ${schema}.${name} ${table.name} any more`,
      isAfterDeploy: true,
      why: ['Run it when no code that runs uses the old name.'],
      up: [moment('drop the view', full, `DROP VIEW ${full};`)],
      down: [moment('the view again', full, view)],
    },
  ];
}

export const renameTable: Recipe = { card, plan };
