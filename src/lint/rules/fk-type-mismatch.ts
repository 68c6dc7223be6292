import { nameOfRelation, wordOf } from '../../sql/effects/names.ts';
import { addedColumns, addedConstraints, nameText, quoted } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';
import { typeOf, typeText } from '../schema/column-types.ts';
import type { ColumnType } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'fk-type-mismatch',
  class: 'correctness',
  on: ['AlterTableStmt'],
  severity: 'warning',
  title: 'A foreign key between different types',
  why: 'an integer that refers to a bigint ends at 2,147,483,647, and a comparison of different types may use no index',
  given: 'CREATE TABLE plans (id bigint PRIMARY KEY);\nCREATE TABLE users (id bigint);',
  bad: 'ALTER TABLE users ADD COLUMN plan_id integer REFERENCES plans (id);',
  good: 'ALTER TABLE users ADD COLUMN plan_id bigint REFERENCES plans (id);',
  same: { strongMigrations: 'add_reference' },
  check: (site) => [
    ...addedColumns(site).flatMap(({ table, on, name, definition, constraints }) =>
      constraints
        .filter(({ contype }) => contype === 'CONSTR_FOREIGN')
        .flatMap((one) => compare(site, { table, on, columns: [[name, typeOf(definition.typeName)]], one })),
    ),
    ...addedConstraints(site, 'CONSTR_FOREIGN').flatMap(({ table, on, constraint, relation }) =>
      compare(site, {
        table,
        on,
        columns: (constraint.fk_attrs ?? []).map((attr) => [wordOf(attr), relation?.columns.get(wordOf(attr))?.type]),
        one: constraint,
      }),
    ),
  ],
};

interface Pairing {
  readonly table: NonNullable<Hit['table']>;
  readonly on: string;
  readonly columns: readonly (readonly [string, ColumnType | undefined])[];
  readonly one: { readonly pktable?: Parameters<typeof nameOfRelation>[0]; readonly pk_attrs?: Parameters<typeof wordOf>[0][] };
}

function compare({ schema }: Site, { table, on, columns, one }: Pairing): readonly Hit[] {
  const target = schema.find(nameOfRelation(one.pktable));
  const keys = one.pk_attrs?.map(wordOf) ?? target?.constraints.find(({ kind }) => kind === 'primary')?.columns ?? [];
  return columns.flatMap(([name, type], i) => {
    const other = target?.columns.get(keys[i] ?? '')?.type;
    if (!type || !other || type.name === other.name || alike(type, other)) return [];
    const what = `${on}.${quoted(name)} is ${typeText(type)}, and ${target ? nameText(target) : ''}.${quoted(keys[i] ?? '')} is ${typeText(other)}`;
    return [{ what, table, next: `make ${quoted(name)} ${typeText(other)}` }];
  });
}

const TEXTS = ['text', 'varchar', 'citext', 'bpchar'];
const alike = (a: ColumnType, b: ColumnType): boolean => TEXTS.includes(a.name) && TEXTS.includes(b.name);
