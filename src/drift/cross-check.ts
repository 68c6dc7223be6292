import type { HistoryTables } from '../history/history.ts';
import type { AuditFinding } from '../model/audit.ts';
import { type RepairKind, repairCommand } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import { literal } from '../pg/sql-text.ts';
import type { Expected } from './replay.ts';

const repair = (kind: RepairKind, name: string, why: string): string => `${repairCommand({ kind, name })}   ${why}`;

/** History must be exactly what the journal says happened: the same names, rows as they were written, in the same order. */
export function crossCheck(
  history: readonly HistoryRow[],
  expected: ReadonlyMap<string, Expected>,
  { rows: table }: HistoryTables,
): readonly AuditFinding[] {
  const names = new Set(history.map(({ name }) => name));
  const gone = [...expected.values()].filter(({ name }) => !names.has(name)).map(goneRow);
  const found = history.flatMap((row): AuditFinding | readonly AuditFinding[] => {
    const known = expected.get(row.name);
    return known ? changedRow(row, known) : foreignRow(row, table);
  });
  return [...gone, ...found, ...wrongOrder(history, expected, table)];
}

const goneRow = ({ name, event }: Expected): AuditFinding => ({
  code: 'history-row-gone',
  what: `History: the row of ${name} is gone; the journal says that it is applied (event ${event})`,
  next: repair('reinsert', name, 'writes it back as it was'),
});

const foreignRow = ({ name }: HistoryRow, table: string): AuditFinding => ({
  code: 'history-row-foreign',
  what: `History: the row of ${name} was written by hand; no event of the journal applied it`,
  next: repair('accept', name, `where the database has what its file says; if not: DELETE FROM ${table} WHERE name = ${literal(name)};`),
});

const FIELDS = ['id', 'batch', 'appliedAt', 'description', 'durationMs', 'appliedBy', 'checksum'] as const;
export const shown = (value: unknown): string =>
  value instanceof Date ? value.toISOString() : value === undefined ? 'empty' : String(value);

/** What of a row is not as the journal has it. */
export function changedFields(row: HistoryRow, { checksum, row: written }: Expected): readonly (typeof FIELDS)[number][] {
  if (written) return FIELDS.filter((field) => shown(row[field]) !== shown(written[field]));
  return row.checksum === checksum ? [] : ['checksum'];
}

function changedRow(row: HistoryRow, expected: Expected): AuditFinding | readonly AuditFinding[] {
  const { checksum, row: written, event } = expected;
  const changed = changedFields(row, expected);
  if (changed.length === 0) return [];
  const before = { checksum, ...written };
  const what = changed.map((field) => `${field} is ${shown(row[field])} and was ${shown(before[field])}`).join('; ');
  return {
    code: 'history-row-changed',
    what: `History: the row of ${row.name} was changed by hand: ${what} (event ${event})`,
    next: repair('reinsert', row.name, 'writes it back as it was'),
  };
}

/** Rows of a journal that did not keep their ids yet can still not change places. */
function wrongOrder(history: readonly HistoryRow[], expected: ReadonlyMap<string, Expected>, table: string): readonly AuditFinding[] {
  const order = [...expected.values()].filter(({ row }) => !row).map(({ name }) => name);
  const present = history.map(({ name }) => name).filter((name) => order.includes(name));
  const wanted = order.filter((name) => present.includes(name));
  const at = present.findIndex((name, i) => name !== wanted[i]);
  const what = `History: ${present[at]} stands where the journal has ${wanted[at]}: ids were changed by hand`;
  const next = `SELECT id, name FROM ${table} ORDER BY id;   and give the ids back their order`;
  return at < 0 ? [] : [{ code: 'history-order', what, next }];
}
