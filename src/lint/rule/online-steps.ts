// The online forms that several rules share: each step commits before the next, and holds no strong lock while it reads rows.
import type { ObjectName } from '../../model/effects.ts';
import type { FixStep } from '../../model/finding.ts';
import { madeName } from '../schema/replay-table.ts';
import { alone, inTransaction, list, nameText, quoted } from './look.ts';
import type { Site } from './rule.ts';

/** A constraint that is added without looking at the rows, and then looked after while everybody works. */
export const addNotValid = (table: ObjectName, name: string, definition: string): readonly FixStep[] => [
  inTransaction(`ALTER TABLE ${nameText(table)} ADD CONSTRAINT ${name} ${definition} NOT VALID`),
  inTransaction(`ALTER TABLE ${nameText(table)} VALIDATE CONSTRAINT ${name}`),
];

const NATIVE_SINCE = 18;

/** NOT NULL: from 18 on as a constraint like others; before, a CHECK that is valid spares SET NOT NULL its look at the rows (manual: sql-altertable). */
export function notNullSteps({ major }: Site, table: ObjectName, column: string): readonly FixStep[] {
  const on = nameText(table);
  if ((major ?? 0) >= NATIVE_SINCE)
    return addNotValid(table, quoted(madeName(table.name, [column], 'not_null')), `NOT NULL ${quoted(column)}`);
  const name = quoted(madeName(table.name, [column], 'filled'));
  return [
    ...addNotValid(table, name, `CHECK (${quoted(column)} IS NOT NULL)`),
    // Within one ALTER TABLE the CHECK is gone before it could prove anything: measured.
    inTransaction(`ALTER TABLE ${on} ALTER COLUMN ${quoted(column)} SET NOT NULL`, `ALTER TABLE ${on} DROP CONSTRAINT ${name}`),
  ];
}

/** An index for a unique or primary key that is built beside everybody, and taken over. */
export function keySteps(
  table: ObjectName,
  key: {
    readonly name: string;
    readonly columns: readonly string[];
    readonly kind: 'UNIQUE' | 'PRIMARY KEY';
    readonly rest?: string;
    readonly index?: string;
  },
): readonly FixStep[] {
  const name = quoted(key.name);
  return [
    alone(`CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${nameText(table)} (${list(key.columns)})${key.index ?? ''}`),
    inTransaction(`ALTER TABLE ${nameText(table)} ADD CONSTRAINT ${name} ${key.kind} USING INDEX ${name}${key.rest ?? ''}`),
  ];
}

/** Fills a column that is empty, in batches that lock rows and no table. */
export const fillStep = (table: ObjectName, column: string, value: string): FixStep => ({
  mode: 'backfill',
  sql: `UPDATE ${nameText(table)} SET ${quoted(column)} = ${value} WHERE ${quoted(column)} IS NULL;`,
});
