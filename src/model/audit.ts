import type { HistoryRow, JournalEvent } from './history.ts';
import type { Refusal } from './lockstep-error.ts';
import type { Target } from './target.ts';

/** The newest event of a journal: its number, which counts them all, and its hash, which stands for them all. */
export interface JournalHead {
  readonly count: number;
  readonly head: string;
}

/** A head that was written down when a run ended, and where. */
export interface RememberedHead extends JournalHead {
  readonly place: string;
}

/** An event with what its run says about itself. */
export interface AuditEntry extends JournalEvent {
  readonly hash: string;
  readonly by?: string;
  readonly environment?: string;
  readonly commit?: string;
}

/** Something that is not as the journal says it was. */
export type AuditFinding = Pick<Refusal, 'code' | 'what' | 'next'>;

/** Who did what, when and from which commit, and whether all of it holds together. */
export interface Audit {
  readonly environment: string;
  readonly target: string;
  readonly server: Target;
  readonly entries: readonly AuditEntry[];
  readonly applied: readonly HistoryRow[];
  readonly head?: JournalHead;
  readonly remembered: readonly RememberedHead[];
  readonly findings: readonly AuditFinding[];
  /** Worth knowing, and no sign of tampering. */
  readonly notes: readonly string[];
}

const SHORT = 16;

/** `42 events, head 3f9a2c1b5d6e7f80` */
export const shortHead = ({ count, head }: JournalHead): string =>
  `${count.toLocaleString('en')} ${count === 1 ? 'event' : 'events'}, head ${head.slice(0, SHORT)}`;

const SHORTEST_PREFIX = 12;

/** Reads a head: `42:3f9a2c1b5d6e`, or the line of a log, `journal: 42 events, head 3f9a2c1b5d6e7f80`; undefined for anything else. */
export function parseHead(text: string): JournalHead | undefined {
  const line = text
    .trim()
    .replace(/^journal:\s*/, '')
    .replaceAll(/(?<=\d),(?=\d{3})/g, '');
  const [, count, head] = /^(\d{1,15})(?::| events?, head )([0-9a-f]+)$/i.exec(line) ?? [];
  return count && head && head.length >= SHORTEST_PREFIX ? { count: Number(count), head: head.toLowerCase() } : undefined;
}
