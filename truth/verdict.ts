import type { Cell, PartCell } from './cell.ts';

const some = (list: readonly string[] | undefined): boolean => (list ?? []).length > 0;

/** Tables and views that somebody has to wait for. */
export const waitedFor = ({ readersWait = [], writersWait = [] }: PartCell): ReadonlySet<string> =>
  new Set([...readersWait, ...writersWait]);

/** It took as long as the table is large. */
const works = ({ rewrites, scans, builds }: PartCell): boolean => some(rewrites) || some(scans) || some(builds);

/** Others wait as long as rows are read or written. */
export const stalls = (cell: Cell): boolean => cell.some((part) => waitedFor(part).size > 0 && works(part));

export const rewrites = (cell: Cell): boolean => cell.some((part) => some(part.rewrites));

export const errorOf = (cell: Cell): string | undefined => cell.find(({ error }) => error)?.error;

/** The most that others have to wait for at the same time. */
export const mostWaitedFor = (cell: Cell): number => Math.max(0, ...cell.map((part) => waitedFor(part).size));
