import type { Bypass } from '../history/guard-bypasses.ts';
import type { Guard, SealedEvent } from '../history/sealed-events.ts';
import type { AuditEntry, AuditFinding, RememberedHead } from '../model/audit.ts';
import type { JournalDetails } from '../model/history.ts';
import { qualified } from '../pg/sql-text.ts';

const KEEP_EVIDENCE = 'npm run migrate:status -- --audit --report json > audit.json   keeps what is there; then compare it with a backup';

const broken = (code: string, what: string): AuditFinding => ({ code, what, next: KEEP_EVIDENCE });

/** The numbers without a gap, each event with the hash of the one before it, and each hash that of what the event says. */
export function verifyChain(events: readonly SealedEvent[]): readonly AuditFinding[] {
  return events.flatMap((event, i): readonly AuditFinding[] => {
    const before = events[i - 1];
    const right = (before?.id ?? 0) + 1;
    if (event.id !== right)
      return [broken('journal-gap', `Journal: ${before ? `after event ${before.id} comes` : 'it begins at'} event ${event.id}`)];
    if (event.hash !== event.rightHash)
      return [broken('journal-changed', `Journal: event ${event.id} (${describe(event)}) was changed: its hash is that of other content`)];
    if (event.prevHash !== (before?.hash ?? ''))
      return [broken('journal-chain', `Journal: event ${event.id} (${describe(event)}) does not follow the event before it`)];
    return [];
  });
}

const describe = ({ event, name }: SealedEvent): string => (name ? `${event} ${name}` : event);

/** Events are numbered under the RunLock, so that only a clock that was set back can make the times fall. */
export function noteTimes(events: readonly SealedEvent[]): readonly string[] {
  const back = events.find((event, i) => event.at.getTime() < (events[i - 1]?.at.getTime() ?? 0));
  return back ? [`the time of event ${back.id} lies before that of the event before it: the server's clock was set back`] : [];
}

/** What was written down when a run ended must still be so: this finds a rewritten or shortened journal that is right in itself. */
export function verifyHeads(events: readonly SealedEvent[], remembered: readonly RememberedHead[]): readonly AuditFinding[] {
  return remembered.flatMap(({ count, head, place }): readonly AuditFinding[] => {
    const event = events.find(({ id }) => id === count);
    if (event?.hash.startsWith(head)) return [];
    const seen = `${place} remembers event ${count} with hash ${head.slice(0, 16)}`;
    return [
      event
        ? broken('journal-rewritten', `Journal: ${seen}; it has ${event.hash.slice(0, 16)} now`)
        : broken('journal-shortened', `Journal: ${seen}; it ends at event ${events.at(-1)?.id ?? 0} now`),
    ];
  });
}

/** Gives each event what its run said about itself when it began. */
export function toEntries(events: readonly SealedEvent[]): readonly AuditEntry[] {
  const runs = new Map(events.filter(({ event }) => event === 'run-started').map(({ run, details }) => [run, details]));
  return events.map(({ prevHash: _, rightHash: __, ...event }) => {
    // A worker's event stands alone.
    const details = runs.get(event.run) ?? event.details;
    const [by, environment] = [text(details.by), text(details.environment)];
    const commit = describeCommit(details);
    return { ...event, ...(by && { by }), ...(environment && { environment }), ...(commit && { commit }) };
  });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** `3f9a2c1b5d6e (with local changes), job 77` */
function describeCommit(details: JournalDetails): string | undefined {
  const commit = text(details.commit)?.slice(0, 12);
  const job = text(details.job);
  const parts = [commit && `${commit}${details.dirty?.length ? ' (with local changes)' : ''}`, job && `job ${job}`].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : undefined;
}

const WAS = {
  missing: 'is gone',
  // As version 0.1.0 made them: in a session that replicates they are silent (manual: sql-altertable).
  partial: 'is silent under session_replication_role = replica',
  disabled: 'is disabled',
  changed: 'is not the one that this version makes',
} as const;

/** Without its guards the journal can be written by anybody who may write the table. */
export function verifyGuards(guards: readonly Guard[], schema: string, again: string): readonly AuditFinding[] {
  return guards.flatMap(({ name, table, state }) => {
    if (state === 'in place') return [];
    const anew = `DROP TRIGGER ${name} ON ${qualified(schema, table)};   then ${again}, which makes it anew`;
    const next = state === 'changed' ? anew : `${again}   puts it in place again`;
    return [{ code: 'guard-off', what: `Guard: the trigger ${name} of ${table} ${WAS[state]}`, next }];
  });
}

/** A guard can be in place and see nothing: a rule, or another trigger before it, takes the rows away. */
export const verifyNoBypass = (bypasses: readonly Bypass[]): readonly AuditFinding[] =>
  bypasses.map(({ what, undo }) => ({
    code: 'guard-bypassed',
    what: `Guard: ${what} can keep events from the journal, or rows from who reads them`,
    next: undo,
  }));
