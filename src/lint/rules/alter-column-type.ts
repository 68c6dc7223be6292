import type { ColumnDef } from 'libpg-query';
import { recipeCommand } from '../../model/command.ts';
import { typePath, wordOf } from '../../sql/effects/names.ts';
import { type Alteration, alterations, list, quoted } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import { baseOf, changeOfType, ordersAlike, typeOf, typeText } from '../schema/column-types.ts';
import type { Column, Relation } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'alter-column-type',
  class: 'rewrite',
  on: ['AlterTableStmt'],
  title: "A change of a column's type",
  why: 'unless both types are stored alike, the whole table and all indexes on the column are written anew under ACCESS EXCLUSIVE',
  given: 'CREATE TABLE orders (id integer, note varchar(10));',
  bad: 'ALTER TABLE orders ALTER COLUMN id TYPE bigint;',
  good: 'ALTER TABLE orders ALTER COLUMN note TYPE varchar(20);',
  same: { squawk: 'changing-column-type', strongMigrations: 'change_column' },
  check: (site) => alterations(site, 'AT_AlterColumnType').flatMap((one) => judge(site, one)),
};

function judge(site: Site, { table, on, relation, command, column }: Alteration): readonly Hit[] {
  const name = command.name ?? '';
  const definition = command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined;
  const to = typeOf(definition?.typeName);
  if (!definition || !to) return [];
  const place = `${on}.${quoted(name)}`;
  const next = expandAndContract(on, name, typeText(to));
  // USING that says more than the cast itself computes each value.
  const path = typePath(definition, name);
  if (path === undefined) return [{ what: `USING computes each value of ${place}, so the whole table is written anew`, table, next }];
  if (!column?.type)
    return [
      {
        what: `The type of ${place} is not known here; unless ${typeText(to)} is stored alike, the whole table is written anew`,
        table,
        severity: 'warning',
        next,
      },
    ];
  const [old, target] = [baseOf(site.schema, column.type), baseOf(site.schema, to)];
  const domain = site.schema.findIn(site.schema.domains, to);
  const isUtc = /^(?:utc|etc\/utc|gmt|0)$/i.test(site.schema.timeZone ?? '');
  const viaText = path.length > 1;
  if (viaText || domain?.isConstrained || changeOfType(old, target, isUtc) === 'rewrite')
    return [{ what: `${place} goes from ${typeText(column.type)} to ${typeText(to)}, so the whole table is written anew`, table, next }];
  const built = rebuilt({ relation, column, name, collation: collationOf(definition) }, ordersAlike(old, target));
  if (built.length > 0)
    return [
      {
        what: `The type of ${place} changes, and ${list(built)} ${built.length > 1 ? 'are' : 'is'} built anew while nobody can use the table`,
        table,
        next,
      },
    ];
  const checked = relation?.constraints.find(({ kind, columns }) => kind === 'check' && columns.includes(name));
  return checked
    ? [{ what: `${quoted(checked.name)} is verified again, so all of ${on} is read while nobody can use it`, table, next }]
    : [];
}

interface Changed {
  readonly relation: Relation | undefined;
  readonly column: Column;
  readonly name: string;
  readonly collation: string | undefined;
}

const collationOf = ({ collClause }: ColumnDef): string | undefined => collClause && wordOf(collClause.collname?.at(-1));

/** Indexes that cannot be taken over: they order by something else now, or compute from the column (CheckIndexCompatible in PostgreSQL's sources). */
function rebuilt({ relation, column, name, collation }: Changed, isOrderedAlike: boolean): readonly string[] {
  const isOrdered = isOrderedAlike && (collation === undefined || collation === column.collation);
  return (relation?.indexes ?? [])
    .filter(({ columns, reads }) => reads?.includes(name) || (columns.includes(name) && !isOrdered))
    .map((one) => one.name);
}

const expandAndContract = (on: string, name: string, type: string): string =>
  `${recipeCommand('change-type', `${on}.${quoted(name)}`, type)}   writes it, beside the application; or by hand:\nALTER TABLE ${on} ADD COLUMN ${quoted(`${name}_new`)} ${type};   and a trigger that keeps both alike\nfill it in batches; build its indexes with CONCURRENTLY; then swap the names in one short transaction`;
