import type { Look, Table } from '../recipe/look.ts';
import { namesIn, reasonAgainstName, unquoted } from '../recipe/names.ts';
import type { Recipe, RecipeCard, RecipeFile, RecipeTask } from '../recipe/recipe.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';
import { renameIn } from '../recipe/rename-in.ts';
import { standIn, verifyStandIn, verifyTriggers } from '../recipe/stand-in.ts';
import { moment } from '../recipe/steps.ts';

const card: RecipeCard = {
  name: 'rename-column',
  words: 'TABLE.OLD NEW',
  what: 'another name for a column, and a view in the place of the table with both names until no code uses the old one',
  steps: [
    'the table steps aside, the column is renamed, and a view under the name of the table has both names, in one transaction',
    'when no older code runs: the table takes its name back',
  ],
  undo: 'each step back, at any time; no row is touched',
  limits: [
    'partitions, inheritance, rules, publications; row security before PostgreSQL 15; triggers whose function speaks of the column',
    'until the contract COPY into the table, TRUNCATE, MERGE before 17, new foreign keys to it, GROUP BY its key alone, ON CONFLICT ON CONSTRAINT, and ctid or xmin need the table itself, under its name of the meantime',
    'a statement that writes both names is refused by the server',
  ],
};

async function plan({ look, words }: RecipeTask): Promise<readonly RecipeFile[]> {
  const [from, to, ...more] = words;
  const names = to === undefined ? undefined : namesIn(to);
  if (from === undefined || names?.length !== 1 || more.length > 0)
    throw mistyped(`${card.name} takes ${card.words}`, recipeCommand(card.name, 'orders.note remark'));
  const { table, column } = look.column(from);
  verifyStandIn(look, table);
  const name = look.quote(names[0] ?? '');
  const against = reasonAgainstName(names[0] ?? '', 'column');
  if (against !== undefined) throw mistyped(against, recipeCommand(card.name, `${table.full}.${column.name} another_name`));
  if (look.findColumn(table, names[0] ?? ''))
    throw outside(`${table.full} has a column ${name} already`, recipeCommand(card.name, `${table.full}.${column.name} another_name`));
  await verifyTriggers(look, table, column.name);
  const title = `${unquoted(table.name)}_${unquoted(column.name)}_to_${unquoted(name)}`;
  return files(title, views(look, table, { from: column.name, to: name }));
}

interface Views {
  readonly full: string;
  readonly from: string;
  readonly to: string;
  /** The table in the meantime. */
  readonly other: string;
  readonly away: string;
  readonly view: string;
  readonly home: string;
}

function views(look: Look, table: Table, { from, to }: { readonly from: string; readonly to: string }): Views {
  const { full, schema } = table;
  const aside = look.free(schema, [unquoted(table.name)], 'table');
  const other = `${schema}.${aside}`;
  const shown = look.columns(table).map(({ name }) => (name === from ? { name: to, as: from } : { name, as: name }));
  // Grants on the column are grants on both names of it.
  const alsoGrant = (sql: string): readonly string[] => {
    const renamed = /^GRANT [A-Z ]+ \(/.test(sql) ? renameIn(sql, from, to) : sql;
    return renamed === sql ? [] : [renamed];
  };
  return {
    ...{ full, from, to, other },
    away: `ALTER TABLE ${full} RENAME TO ${aside};`,
    view: standIn(look, table, { table: aside, columns: [...shown, { name: to, as: to }], alsoGrant }),
    home: `DROP VIEW ${full};\nALTER TABLE ${other} RENAME TO ${table.name};`,
  };
}

function files(title: string, { full, from, to, other, away, view, home }: Views): readonly RecipeFile[] {
  return [
    {
      title: `${title}_expand`,
      description: `${full}.${from} is called ${to} too`,
      why: [`Until the contract ${full} is a view of ${other}.`],
      up: [
        moment(
          'rename the column, behind a view that has both names',
          full,
          `${away}\nALTER TABLE ${other} RENAME COLUMN ${from} TO ${to};\n${view}`,
        ),
      ],
      down: [
        moment(
          'the table in the place of the view, and the old name',
          other,
          `${home}\nALTER TABLE ${full} RENAME COLUMN ${to} TO ${from};`,
        ),
      ],
    },
    {
      title: `${title}_contract`,
      description: `${full}.${to} has no other name any more`,
      isAfterDeploy: true,
      why: ['Run it when no code that runs uses the old name.'],
      up: [moment('the table in the place of the view', other, home)],
      down: [moment('the view with both names again', full, `${away}\n${view}`)],
    },
  ];
}

export const renameColumn: Recipe = { card, plan };
