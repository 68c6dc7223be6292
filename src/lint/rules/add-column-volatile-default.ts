import type { FixStep } from '../../model/finding.ts';
import { clauseOf, columnClauses, without } from '../edit/column-clauses.ts';
import { type AddedColumn, addedColumns, commandText, fixOf, hasConstraint, inTransaction, quoted } from '../rule/look.ts';
import { fillStep, notNullSteps } from '../rule/online-steps.ts';
import type { Rule, Site } from '../rule/rule.ts';
import { volatilityOf } from '../rule/volatile.ts';

export const rule: Rule = {
  id: 'add-column-volatile-default',
  class: 'rewrite',
  on: ['AlterTableStmt'],
  title: 'A new column with a volatile default',
  why: 'a volatile default is computed for each row, so PostgreSQL writes the whole table anew under ACCESS EXCLUSIVE',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY);',
  bad: 'ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid();',
  good: 'ALTER TABLE users ADD COLUMN token uuid;\nALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();',
  same: { squawk: 'adding-field-with-default', strongMigrations: 'add_column_default' },
  check: (site) =>
    addedColumns(site).flatMap((added) => {
      const expression = added.constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')?.raw_expr;
      const volatility = volatilityOf(site.schema, expression);
      if (volatility === 'stable') return [];
      const column = `${added.on}.${quoted(added.name)}`;
      const fix = fixOf(site, stepsFor(site, added), added.index);
      return volatility === 'volatile'
        ? [{ what: `The default of ${column} differs from row to row, so the whole table is written anew`, table: added.table, ...fix }]
        : [
            {
              what: `The default of ${column} calls a function that is not known here; if it is VOLATILE, the whole table is written anew`,
              table: added.table,
              severity: 'warning' as const,
              ...fix,
            },
          ];
    }),
};

function stepsFor(site: Site, added: AddedColumn): readonly FixStep[] {
  const text = columnClauses(commandText(site, added.index));
  const value = clauseOf(text, 'DEFAULT')?.text.replace(/^DEFAULT\s+/i, '') ?? '';
  return [
    inTransaction(
      `ALTER TABLE ${added.on} ${without(text, 'DEFAULT', 'NOT NULL')}`,
      `ALTER TABLE ${added.on} ALTER COLUMN ${quoted(added.name)} SET DEFAULT ${value}`,
    ),
    fillStep(added.table, added.name, value),
    ...(hasConstraint(added, 'CONSTR_NOTNULL') ? notNullSteps(site, added.table, added.name) : []),
  ];
}
