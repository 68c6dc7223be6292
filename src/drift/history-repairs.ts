import type { Reinsertion } from '../history/repair-rows.ts';
import type { Offer } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Migration } from '../model/migration.ts';
import { changedFields, shown } from './cross-check.ts';
import type { Expected } from './replay.ts';

type Journaled = ReadonlyMap<string, Expected>;

/** What of history is not as the journal has it, and what has a file and no event. */
export function historyOffers(history: readonly HistoryRow[], expected: Journaled, migrations: readonly Migration[]): readonly Offer[] {
  const known = [...expected.values()].flatMap((one): readonly Offer[] => {
    const row = history.find(({ name }) => name === one.name);
    if (row) return changedOffer(row, one, isTaken(history, expected, one));
    const namesake = findNamesake(history, expected, one);
    return namesake ? [renamedOffer(namesake, one)] : goneOffers(one, isTaken(history, expected, one));
  });
  const foreign = history.filter(({ name }) => !expected.has(name) && migrations.some((migration) => migration.name === name));
  return [...known, ...foreign.map(foreignOffer)];
}

/** The row of a migration whose name somebody changed: all else is as it was written. */
function findNamesake(history: readonly HistoryRow[], expected: Journaled, one: Expected): HistoryRow | undefined {
  if (!one.row || history.some(({ name }) => name === one.name)) return undefined;
  return history.find((row) => !expected.has(row.name) && changedFields(row, one).length === 0);
}

/** Whether another row stands, by right, where this one stood: its migration was applied since. */
function isTaken(history: readonly HistoryRow[], expected: Journaled, { name, row }: Expected): boolean {
  const other = history.find((one) => one.id === row?.id && one.name !== name);
  return other !== undefined && expected.get(other.name)?.row?.id === other.id;
}

/** What gives way to a row that is written back. */
export function planReinsertion(history: readonly HistoryRow[], expected: Journaled, name: string): Reinsertion {
  const one = expected.get(name);
  if (!one) throw new Error(`an offer without its event: ${name}`);
  const namesake = findNamesake(history, expected, one)?.name;
  const atItsId = history.filter((row) => row.id === one.row?.id && row.name !== name && row.name !== namesake);
  const moved = isTaken(history, expected, one) ? [] : atItsId.map((row) => row.name);
  return { name, event: one.event, replaced: namesake === undefined ? [] : [namesake], moved };
}

function changedOffer(row: HistoryRow, one: Expected, taken: boolean): readonly Offer[] {
  const fields = changedFields(row, one);
  if (fields.length === 0) return [];
  const was = { ...(one.checksum !== undefined && { checksum: one.checksum }), ...one.row };
  const said = (from: Partial<HistoryRow>): string => fields.map((field) => `${field} ${shown(from[field])}`).join(', ');
  const after = taken ? said(was).replace(/^id (\d+)/, 'the next id ($1 is taken)') : said(was);
  return [{ kind: 'reinsert', name: one.name, what: `the row of ${one.name} was changed by hand`, before: said(row), after }];
}

const renamedOffer = (namesake: HistoryRow, { name }: Expected): Offer => ({
  kind: 'reinsert',
  name,
  what: `the row of ${name} was given another name by hand`,
  before: namesake.name,
  after: name,
});

function goneOffers({ name, row }: Expected, taken: boolean): readonly Offer[] {
  const base = { name, before: describeRow(undefined) };
  const back = row ? describeRow(row, taken) : 'a row with the checksum that the journal has';
  return [
    { ...base, kind: 'reinsert', what: `the row of ${name} was deleted by hand`, after: back },
    { ...base, kind: 'forget', what: `or ${name} was undone by hand: the journal is told so`, after: 'pending' },
  ];
}

const foreignOffer = (row: HistoryRow): Offer => ({
  kind: 'accept',
  name: row.name,
  what: `the row of ${row.name} was written by hand`,
  before: describeRow(row),
  after: 'the same row, with an event of the journal and the checksum of its file',
});

function describeRow(row: HistoryRow | undefined, taken = false): string {
  if (!row) return 'no row';
  const id = taken ? `the next id (${row.id} is taken)` : `id ${row.id}`;
  return `${id}, batch ${row.batch}, ${row.appliedAt.toISOString()}, checksum ${row.checksum?.slice(0, 12) ?? 'none'}`;
}
