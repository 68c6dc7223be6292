import type { FixStep } from '../../model/finding.ts';
import { columnClauses, without } from '../edit/column-clauses.ts';
import { type AddedColumn, addedColumns, commandText, fixOf, inTransaction, nameText, quoted } from '../rule/look.ts';
import { fillStep, notNullSteps } from '../rule/online-steps.ts';
import type { Rule, Site } from '../rule/rule.ts';
import { isSerial, typeOf, typeText } from '../schema/column-types.ts';
import { madeName } from '../schema/replay-table.ts';

export const rule: Rule = {
  id: 'add-column-serial',
  class: 'rewrite',
  on: ['AlterTableStmt'],
  title: 'A new serial column',
  why: 'a serial takes a number from its sequence for each row, so PostgreSQL writes the whole table anew under ACCESS EXCLUSIVE',
  given: 'CREATE TABLE users (name text);',
  bad: 'ALTER TABLE users ADD COLUMN number bigserial;',
  good: 'ALTER TABLE users ADD COLUMN number bigint;',
  same: { squawk: 'adding-serial-primary-key-field', strongMigrations: 'add_column_auto_incrementing' },
  check: (site) =>
    addedColumns(site)
      .filter(({ definition }) => isSerial(definition.typeName))
      .map((added) => ({
        what: `${added.on}.${quoted(added.name)} takes a number for each row, so the whole table is written anew`,
        table: added.table,
        ...fixOf(site, stepsFor(site, added), added.index),
      })),
};

function stepsFor(site: Site, { table, on, name, index, definition }: AddedColumn): readonly FixStep[] {
  const type = typeOf(definition.typeName);
  const sequence = nameText({ ...table, name: madeName(table.name, [name], 'seq') });
  const text = typeText(type ?? { name: 'int8', mods: [], isArray: false });
  const value = `nextval('${sequence.replaceAll("'", "''")}')`;
  const column = without(columnClauses(commandText(site, index)), 'NOT NULL').replace(/\b(?:(?:big|small)?serial|serial[248])\b/i, text);
  return [
    inTransaction(
      `CREATE SEQUENCE ${sequence} AS ${text}`,
      `ALTER TABLE ${on} ${column}`,
      `ALTER TABLE ${on} ALTER COLUMN ${quoted(name)} SET DEFAULT ${value}`,
      `ALTER SEQUENCE ${sequence} OWNED BY ${on}.${quoted(name)}`,
    ),
    fillStep(table, name, value),
    ...notNullSteps(site, table, name),
  ];
}
