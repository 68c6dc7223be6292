import type { SealedEvent } from '../history/sealed-events.ts';
import type { AuditEntry } from '../model/audit.ts';

/** Gives each event what its run said about itself when it began. */
export function toEntries(events: readonly SealedEvent[]): readonly AuditEntry[] {
  const runs = new Map(events.filter(({ event }) => event === 'run-started').map(({ run, details }) => [run, details]));
  return events.map(({ prevHash: _, rightHash: __, ...event }) => {
    const details = runs.get(event.run) ?? {};
    const [by, environment] = [text(details['by']), text(details['environment'])];
    const commit = describeCommit(details);
    return { ...event, ...(by && { by }), ...(environment && { environment }), ...(commit && { commit }) };
  });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** `3f9a2c1b5d6e (with local changes), job 77` */
function describeCommit(details: Readonly<Record<string, unknown>>): string | undefined {
  const commit = text(details['commit'])?.slice(0, 12);
  const job = text(details['job']);
  const parts = [commit && `${commit}${details['dirty'] === true ? ' (with local changes)' : ''}`, job && `job ${job}`].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : undefined;
}
