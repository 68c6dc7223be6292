import type { Emit } from '../model/event.ts';
import { given } from '../model/given.ts';

const EVERY_MS = 500;

/** Tells a few times each second how many rows there are, how fast they come, and when the last of them will. */
export function tellCopying(emit: Emit, source: string): (rows: number, totalRows: number) => void {
  let first: { readonly at: number; readonly rows: number } | undefined;
  let told = 0;
  return (rows, totalRows) => {
    const now = performance.now();
    // What came before the first of them, a choice of rows, says nothing of how fast they come.
    first ??= { at: now, rows };
    if (now - Math.max(told, first.at) < EVERY_MS) return;
    told = now;
    const perSecond = ((rows - first.rows) * 1000) / (now - first.at);
    const remainingMs = totalRows > rows && perSecond > 0 ? ((totalRows - rows) * 1000) / perSecond : undefined;
    emit({ type: 'copying', source, rows, totalRows, rowsPerSecond: Math.round(perSecond), ...given({ remainingMs }) });
  };
}
