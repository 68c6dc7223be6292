import type { Form } from './forms/form.ts';

/** PostgreSQL's table lock modes, the weakest first (manual: explicit-locking). */
export const MODES = [
  'AccessShare',
  'RowShare',
  'RowExclusive',
  'ShareUpdateExclusive',
  'Share',
  'ShareRowExclusive',
  'Exclusive',
  'AccessExclusive',
] as const;

export type Mode = (typeof MODES)[number];

/** SELECT waits behind it. */
export const stopsReaders = (mode: Mode): boolean => mode === 'AccessExclusive';
/** INSERT, UPDATE and DELETE wait behind it: they take ROW EXCLUSIVE. */
export const stopsWriters = (mode: Mode): boolean => MODES.indexOf(mode) >= MODES.indexOf('Share');

export const strongest = (one: Mode | undefined, other: Mode): Mode => (one && MODES.indexOf(one) > MODES.indexOf(other) ? one : other);

/** What one part of a form did: a transaction, or a statement outside of any. What is empty is left out. */
export interface PartCell {
  /** SQLSTATE. */
  readonly error?: string;
  /** By relation of what was given. */
  readonly locks?: Readonly<Record<string, Mode>>;
  /** Relations whose readers and writers were seen to wait. */
  readonly readersWait?: readonly string[];
  readonly writersWait?: readonly string[];
  readonly rewrites?: readonly string[];
  /** Tables of which rows were read one after the other. */
  readonly scans?: readonly string[];
  /** Tables of which an index was built. */
  readonly builds?: readonly string[];
}

export type Cell = readonly PartCell[];

export interface Row {
  readonly id: string;
  /** Majors that behave alike share a cell. */
  readonly cells: readonly { readonly majors: readonly number[]; readonly parts: Cell }[];
}

export const cellOf = (row: Row | undefined, major: number): Cell | undefined =>
  row?.cells.find(({ majors }) => majors.includes(major))?.parts;

export function rowOf({ id }: Form, measured: ReadonlyMap<number, Cell>): Row {
  const folded = new Map<string, { readonly majors: number[]; readonly parts: Cell }>();
  for (const [major, parts] of measured) {
    const key = JSON.stringify(parts);
    const known = folded.get(key) ?? { majors: [], parts };
    known.majors.push(major);
    folded.set(key, known);
  }
  return { id, cells: [...folded.values()] };
}
