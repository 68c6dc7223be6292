import type { Node } from 'libpg-query';
import { columnClauses, without } from '../edit/column-clauses.ts';
import { type AddedColumn, addedColumns, commandText, hasConstraint, quoted } from '../rule/look.ts';
import type { Rule } from '../rule/rule.ts';
import { isSerial } from '../schema/column-types.ts';

const isFilled = (added: AddedColumn): boolean =>
  ['CONSTR_IDENTITY', 'CONSTR_GENERATED'].some((kind) => hasConstraint(added, kind)) ||
  added.constraints.some(({ contype, raw_expr }) => contype === 'CONSTR_DEFAULT' && !isNull(raw_expr)) ||
  isSerial(added.definition.typeName);

const isNull = (node: Node | undefined): boolean =>
  node !== undefined && ('TypeCast' in node ? isNull(node.TypeCast.arg) : 'A_Const' in node && node.A_Const.isnull === true);

export const rule: Rule = {
  id: 'add-column-not-null-no-default',
  class: 'runtime-error',
  on: ['AlterTableStmt'],
  needsRows: true,
  title: 'A new NOT NULL column without a default',
  why: 'the rows that are there have no value for it: the statement fails with 23502 unless the table is empty',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY);',
  bad: 'ALTER TABLE users ADD COLUMN name text NOT NULL;',
  good: "ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT '';",
  same: { squawk: 'adding-required-field', strongMigrations: 'add_column' },
  check: (site) =>
    addedColumns(site)
      .filter((added) => (hasConstraint(added, 'CONSTR_NOTNULL') || hasConstraint(added, 'CONSTR_PRIMARY')) && !isFilled(added))
      .map(({ table, on, name, index }) => ({
        what: `The rows of ${on} would have no ${quoted(name)}: the statement fails with 23502 unless the table is empty`,
        table,
        next:
          `give it a DEFAULT; or add it as it can be, fill it, and then make it NOT NULL (rule set-not-null has the way):\n` +
          `ALTER TABLE ${on} ${without(columnClauses(commandText(site, index)), 'NOT NULL')};`,
      })),
};
