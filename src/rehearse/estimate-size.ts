/** What a statement would take on as many rows as a real database has, by what it took on two smaller sizes. */
import type { Estimate, Load, LoadedStatement } from '../model/rehearsal.ts';
import type { RealSizes } from './real-sizes.ts';

type Tables = Load['tables'];

const rowsIn = (tables: Tables, names: readonly string[]): number =>
  tables.reduce((sum, { table, rows }) => sum + (names.includes(table) ? rows : 0), 0);

/** Whether a table that was measured is larger there, so that something is to be learnt. */
export const isLarger = ({ tables }: Pick<Load, 'tables'>, { rows }: RealSizes): boolean =>
  tables.some(({ table, rows: measured }) => (rows.get(table) ?? 0) > measured || rows.get(table) === -1);

/** Below that, what grows is the noise. */
const SHORTEST_MS = 20;
/** By less it does not grow. */
const GROWTH = 1.25;
/** Sizes that are closer tell nothing. */
const RATIO = 2;

/** @param small the same migration on fewer rows */
export function withEstimates(load: Load, small: Load, sizes: RealSizes): Load {
  const isSame = small.statements.length === load.statements.length;
  const statements = load.statements.map((one, i) => {
    const before = isSame ? small.statements[i] : undefined;
    const estimate = before && estimateOf(one, before, { large: load.tables, small: small.tables, sizes });
    return estimate ? { ...one, estimate } : one;
  });
  return { ...load, statements };
}

interface Measured {
  readonly large: Tables;
  readonly small: Tables;
  readonly sizes: RealSizes;
}

/** Undefined where it does not grow with the rows, as far as that was measured. */
function estimateOf(one: LoadedStatement, before: LoadedStatement, { large, small, sizes }: Measured): Estimate | undefined {
  if (one.ms < SHORTEST_MS || one.ms < before.ms * GROWTH) return undefined;
  const locked = one.locks.map(({ table }) => table).filter((table) => large.some((it) => it.table === table));
  const names = locked.length > 0 ? locked : large.map(({ table }) => table);
  const { of } = sizes;
  const absent = names.find((name) => !sizes.rows.has(name));
  if (absent !== undefined) return { of, why: `there is no table ${absent}` };
  const unknown = names.find((name) => (sizes.rows.get(name) ?? -1) < 0);
  if (unknown !== undefined) return { of, why: `how many rows ${unknown} has is not known there: ANALYZE ${unknown}` };
  const from = [rowsIn(small, names), rowsIn(large, names)] as const;
  if (from[0] === 0 || from[1] / from[0] < RATIO) return { of, why: 'it was not measured at two sizes that differ enough' };
  const rows = names.reduce((sum, name) => sum + (sizes.rows.get(name) ?? 0), 0);
  return { of, rows, from, ...scaled(rows, from, [before.ms, one.ms]) };
}

/**
 * By the power of the rows that leads from the one size to the other. A power below 1 is that of a cost which does not grow and one which
 * grows with the rows: the line through both goes on as it is.
 */
function scaled(rows: number, [few, many]: readonly [number, number], [short, long]: readonly [number, number]) {
  const power = Math.log(long / short) / Math.log(many / few);
  const line = long + ((long - short) / (many - few)) * (rows - many);
  return { power, ms: power < 1 ? line : long * (rows / many) ** power };
}
