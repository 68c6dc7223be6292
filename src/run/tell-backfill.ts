import type { BackfillProgress } from '../model/backfill.ts';
import { given } from '../model/given.ts';
import type { RunContext } from './run-context.ts';

const TOLD_EVERY_MS = 100;

interface Whole {
  readonly name: string;
  readonly part: number;
  /** Rows that earlier runs walked over. */
  readonly before: number;
  /** As the server estimates them. */
  readonly total: number | undefined;
}

/** Tells how far a backfill is, as often as a person can read. */
export class BackfillTeller {
  private readonly context: RunContext;
  private readonly whole: Whole;
  private readonly startedAt = performance.now();
  private toldAt = 0;
  private givesWayTo: string | undefined;
  private walked = 0;

  constructor(context: RunContext, whole: Whole) {
    this.context = context;
    this.whole = whole;
  }

  tell(rows: number, batch: number, { why, givesWayTo }: Pick<BackfillProgress, 'why' | 'givesWayTo'> = {}): void {
    this.walked += rows;
    const now = performance.now();
    if (why === undefined && givesWayTo === this.givesWayTo && now - this.toldAt < TOLD_EVERY_MS) return;
    Object.assign(this, { toldAt: now, givesWayTo });
    const { name, part, before, total } = this.whole;
    const rowsPerSecond = Math.round((this.walked * 1_000) / Math.max(now - this.startedAt, 1));
    const done = before + this.walked;
    const left = total === undefined ? undefined : Math.max(total - done, 0);
    this.context.emit({
      type: 'backfill',
      name,
      part,
      rows: done,
      rowsPerSecond,
      batch,
      ...(total !== undefined && { totalRows: Math.round(total) }),
      ...(left !== undefined && rowsPerSecond > 0 && { remainingMs: Math.round((left * 1_000) / rowsPerSecond) }),
      ...given({ why, givesWayTo }),
    });
  }
}
