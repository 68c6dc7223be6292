import { type StoredRow, toHistoryRow } from '../history/history.ts';
import type { HistoryRow, JournalEvent } from '../model/history.ts';

/** What history must say of a migration, by what the journal says happened. */
export interface Expected {
  readonly name: string;
  /** The event that it rests on. */
  readonly event: number;
  readonly checksum?: string;
  /** The row as it was written, where the journal kept it. */
  readonly row?: HistoryRow;
}

type Change = (applied: Map<string, Expected>, event: JournalEvent & { readonly name: string }) => void;

const set: Change = (applied, event) => {
  applied.delete(event.name);
  applied.set(event.name, toExpected(event));
};

const CHANGES: Readonly<Record<string, Change>> = {
  'step-done': set,
  'step-rolled-back': (applied, { name }) => void applied.delete(name),
  baselined: (applied, event) => {
    // Adopted under the name that stock Knex gave it, and given ours later.
    applied.delete(String(event.details.from ?? ''));
    set(applied, event);
  },
  repaired: (applied, event) => {
    const { what, before } = event.details;
    if (what === 'renamed') applied.delete(String(before));
    if (what === 'forgotten') applied.delete(event.name);
    else set(applied, event);
  },
};

/** Goes through the journal from its beginning. @returns what must be applied now, by name */
export function replay(events: readonly JournalEvent[]): ReadonlyMap<string, Expected> {
  const applied = new Map<string, Expected>();
  for (const event of events) if (event.name !== undefined) CHANGES[event.event]?.(applied, { ...event, name: event.name });
  return applied;
}

function toExpected({ id, name, checksum, details }: JournalEvent & { readonly name: string }): Expected {
  const row = details.row as unknown as StoredRow | null | undefined;
  return { name, event: id, ...(checksum !== undefined && { checksum }), ...(row && { row: toHistoryRow(row) }) };
}
