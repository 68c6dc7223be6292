import { alterations, nameText, quoted, sameColumns } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import { keyOf, type Relation, type Schema, type TableConstraint } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'drop-key-in-use',
  class: 'runtime-error',
  on: ['AlterTableStmt'],
  title: 'DROP of a key, or of a column of it, to which a foreign key refers',
  why: 'without CASCADE PostgreSQL refuses it with 2BP01; with CASCADE the foreign key goes as well, without a word',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY);\nCREATE TABLE orders (id bigint, user_id bigint REFERENCES users);',
  bad: 'ALTER TABLE users DROP CONSTRAINT users_pkey;',
  good: 'ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;\nALTER TABLE users DROP CONSTRAINT users_pkey;',
  check: ({ schema, ...site }) =>
    alterations({ schema, ...site }, 'AT_DropConstraint', 'AT_DropColumn').flatMap(({ table, on, relation, command }) => {
      const { name = '', subtype, behavior } = command;
      const isGoing = (one: TableConstraint): boolean => (subtype === 'AT_DropColumn' ? one.columns.includes(name) : one.name === name);
      const isCascade = behavior === 'DROP_CASCADE';
      return (relation?.constraints ?? []).filter(isGoing).flatMap((key) =>
        referringTo(schema, { table: relation, going: subtype === 'AT_DropColumn' ? name : '' }, key).map(({ other, foreign }) => ({
          what: `${quoted(foreign)} of ${nameText(other)} refers to ${on} (${key.columns.map(quoted).join(', ')}): ${isCascade ? 'it goes as well' : 'the statement fails with 2BP01'}`,
          table,
          ...(isCascade && { severity: 'warning' as const }),
          next: `ALTER TABLE ${nameText(other)} DROP CONSTRAINT ${quoted(foreign)};   before it`,
        })),
      );
    }),
};

/** Foreign keys that need this very key: those that name no columns mean the primary one, and a key of its own goes with the column that it has. */
function referringTo(
  schema: Schema,
  { table, going }: { readonly table: Relation | undefined; readonly going: string },
  { kind, columns }: TableConstraint,
): readonly { readonly other: Relation; readonly foreign: string }[] {
  if (!table || (kind !== 'primary' && kind !== 'unique')) return [];
  const own = keyOf(table.schema, table.name);
  const isKey = (named: readonly string[]): boolean => (named.length === 0 ? kind === 'primary' : sameColumns(named, columns));
  return [...schema.relations.values()].flatMap((other) =>
    other.constraints.flatMap(({ name, columns: its, references }) =>
      references && schema.keyed(references.table) === own && isKey(references.columns) && !(other === table && its.includes(going))
        ? [{ other, foreign: name }]
        : [],
    ),
  );
}
