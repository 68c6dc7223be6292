import type { Emit } from '../model/event.ts';
import { given } from '../model/given.ts';

const EVERY_MS = 500;

/** Tells a few times each second how many rows there are, how fast they come, and when the last of them will. */
export function tellCopying(emit: Emit, source: string): (rows: number, totalRows: number) => void {
  const startedAt = performance.now();
  let told = startedAt;
  return (rows, totalRows) => {
    const now = performance.now();
    if (now - told < EVERY_MS) return;
    told = now;
    const perSecond = (rows * 1000) / (now - startedAt);
    const remainingMs = totalRows > rows ? ((totalRows - rows) * 1000) / perSecond : undefined;
    emit({ type: 'copying', source, rows, totalRows, rowsPerSecond: Math.round(perSecond), ...given({ remainingMs }) });
  };
}
