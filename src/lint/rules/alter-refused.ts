import { nameOfRelation, wordOf } from '../../sql/effects/names.ts';
import { type Alteration, addedConstraints, alterations, nameText, quoted, sameColumns } from '../rule/look.ts';
import type { Hit, Rule, Site } from '../rule/rule.ts';

export const rule: Rule = {
  id: 'alter-refused',
  class: 'runtime-error',
  on: ['AlterTableStmt'],
  title: 'ALTER TABLE that the server refuses as the table is',
  why: 'a column of a primary key or an identity stays NOT NULL, and one that a table is partitioned by stays (42P16); an identity wants NOT NULL (55000); a foreign key wants a key to refer to (42830)',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text);',
  bad: 'ALTER TABLE users ALTER COLUMN id DROP NOT NULL;',
  good: 'ALTER TABLE users DROP CONSTRAINT users_pkey;\nALTER TABLE users ALTER COLUMN id DROP NOT NULL;',
  check: (site) => [
    ...alterations(site, 'AT_DropNotNull', 'AT_AddIdentity', 'AT_DropColumn').flatMap(refused),
    ...addedConstraints(site, 'CONSTR_FOREIGN').flatMap((one) => referring(site, one)),
  ],
};

/** What an earlier command of the same statement does is not replayed yet. */
const isFirst = ({ index }: Alteration): boolean => index === 0;

function refused(one: Alteration): readonly Hit[] {
  const { relation, column, command, table, on } = one;
  if (!relation || !isFirst(one)) return [];
  const name = command.name ?? '';
  const isOfKey = relation.constraints.some(({ kind, columns }) => kind === 'primary' && columns.includes(name));
  const fails = (why: string, next: string): readonly Hit[] => [{ what: `${on}.${quoted(name)} ${why}`, table, next }];
  if (command.subtype === 'AT_DropNotNull' && (isOfKey || column?.isIdentity))
    return fails(`is part of ${isOfKey ? 'the primary key' : 'an identity'}: the statement fails with 42P16`, 'drop that first');
  if (command.subtype === 'AT_AddIdentity' && column && !column.notNull)
    return fails('may be NULL: the statement fails with 55000', `make ${quoted(name)} NOT NULL before it (rule set-not-null has the way)`);
  if (command.subtype === 'AT_DropColumn' && relation.partitionKey?.includes(name))
    return fails('is what the table is partitioned by: the statement fails with 42P16', 'make another table, partitioned otherwise');
  return [];
}

function referring({ schema }: Site, { table, constraint }: ReturnType<typeof addedConstraints>[number]): readonly Hit[] {
  const target = schema.find(nameOfRelation(constraint.pktable));
  const columns = (constraint.pk_attrs ?? []).map(wordOf);
  if (!target?.isWhole || target.kind !== 'table' || constraint.fk_with_period) return [];
  const isKey = target.indexes.some(({ isUnique, isPlain, columns: own, constraint: of }) =>
    columns.length === 0
      ? target.constraints.some(({ kind, name }) => kind === 'primary' && name === of)
      : isUnique && isPlain && sameColumns(own, columns),
  );
  if (isKey) return [];
  const on = `${nameText(target)}${columns.length > 0 ? ` (${columns.map(quoted).join(', ')})` : ''}`;
  return [
    {
      what: `${on} has no key that this foreign key could refer to: the statement fails with 42830`,
      table,
      next: `CREATE UNIQUE INDEX CONCURRENTLY … ON ${on};   before it`,
    },
  ];
}
