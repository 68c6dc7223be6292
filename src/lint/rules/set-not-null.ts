import type { Node } from 'libpg-query';
import { wordOf } from '../../sql/effects/names.ts';
import { alterations, fixOf, quoted } from '../rule/look.ts';
import { notNullSteps } from '../rule/online-steps.ts';
import type { Rule, Site } from '../rule/rule.ts';
import type { Relation } from '../schema/schema.ts';

export const rule: Rule = {
  id: 'set-not-null',
  class: 'lock-long',
  on: ['AlterTableStmt'],
  title: 'SET NOT NULL',
  why: 'every row is looked at under ACCESS EXCLUSIVE, unless a valid CHECK says already that there is no NULL',
  given: 'CREATE TABLE users (id bigint PRIMARY KEY, email text);',
  bad: 'ALTER TABLE users ALTER COLUMN email SET NOT NULL;',
  good: 'ALTER TABLE users ADD CONSTRAINT email_filled CHECK (email IS NOT NULL) NOT VALID;',
  same: { squawk: 'adding-not-nullable-field', strongMigrations: 'change_column_null' },
  check: (site) =>
    alterations(site, 'AT_SetNotNull')
      .filter(({ command, relation, column }) => !(column?.notNull || isProved(without(relation, site), command.name ?? '')))
      .map(({ table, on, command, index }) => ({
        what: `SET NOT NULL on ${on}.${quoted(command.name ?? '')} reads the whole table while nobody can use it`,
        table,
        ...fixOf(site, notNullSteps(site, table, command.name ?? ''), index),
      })),
};

/** What the same ALTER TABLE drops is gone before it could prove anything. */
function without(relation: Relation | undefined, site: Site): Relation | undefined {
  const dropped = alterations(site, 'AT_DropConstraint').map(({ command }) => command.name);
  return relation && { ...relation, constraints: relation.constraints.filter(({ name }) => !dropped.includes(name)) };
}

/** A valid CHECK implies it (manual: sql-altertable, SET NOT NULL). */
export const isProved = (relation: Relation | undefined, column: string): boolean =>
  relation?.constraints.some(({ kind, isValid, expression }) => kind === 'check' && isValid && impliesFilled(expression, column)) ?? false;

/** `c IS NOT NULL`, alone or joined by AND. */
function impliesFilled(expression: Node | undefined, column: string): boolean {
  if (!expression) return false;
  if ('BoolExpr' in expression && expression.BoolExpr.boolop === 'AND_EXPR')
    return (expression.BoolExpr.args ?? []).some((one) => impliesFilled(one, column));
  if (!('NullTest' in expression) || expression.NullTest.nulltesttype !== 'IS_NOT_NULL') return false;
  const { arg } = expression.NullTest;
  return arg !== undefined && 'ColumnRef' in arg && wordOf(arg.ColumnRef.fields?.at(-1)) === column;
}
