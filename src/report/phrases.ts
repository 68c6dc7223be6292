import { type JournalHead, shortHead } from '../model/audit.ts';
import type { Event, PlannedStep } from '../model/event.ts';
import { formatPlace, formatRefusal, listed } from '../model/lockstep-error.ts';
import { describeLoss, describeTaken, type Loss } from '../model/loss.ts';
import { isRepeatable } from '../model/migration.ts';
import type { Outcome, StepDone } from '../model/outcome.ts';
import type { Phase } from '../model/phase.ts';
import { describeBlocker, queryOf, time } from '../model/table-lock.ts';
import type { RunLockHolder, Target } from '../model/target.ts';

/** `340 ms`, `4.2 s`, `3 min 05 s` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${String(Math.floor((ms % 60_000) / 1000)).padStart(2, '0')} s`;
}

/** Sections of a screen, without those that have nothing to say. */
export const paragraphs = (sections: readonly (readonly string[])[]): string =>
  `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;

/** `1 migration`, `3 migrations` */
export const count = (number: number, noun: string): string => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

/** `512 bytes`, `3.4 MB` */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `2 migrations and 1 repeatable file` */
export function countSteps(steps: readonly { readonly name: string }[]): string {
  const again = steps.filter(isRepeatable).length;
  const counts = [count(steps.length - again, 'migration'), count(again, 'repeatable file')];
  return again === 0 ? (counts[0] ?? '') : counts.slice(steps.length === again ? 1 : 0).join(' and ');
}

export const place = ({ database, host, port, serverVersion }: Target): string =>
  `${database} on ${host.startsWith('/') ? host : `${host}:${port}`}, PostgreSQL ${serverVersion}`;

export function holder({ pid, application, host, since }: RunLockHolder): string {
  const known = [application, host && `from ${host}`, since && `since ${time(since)}`].filter(Boolean).join(', ');
  return known ? `pid ${pid} (${known})` : `pid ${pid}`;
}

export const titled = ({ name, description }: Pick<PlannedStep, 'name' | 'description'>): string =>
  description ? `${name}   ${description}` : name;

/** What a planned step is made of, where that is worth a word. */
export function shape({ irreversible, lossy, ...step }: PlannedStep): string {
  const declared = [irreversible && `irreversible: ${irreversible}`, lossy && `its rollback is lossy: ${lossy}`];
  return [makeup(step), ...declared].filter(Boolean).join('; ');
}

function makeup({ kind, parts, statements, why }: PlannedStep): string {
  if (why) return why;
  if (kind === 'code') return 'code';
  if (parts > 1) return `${parts} parts, not in one transaction`;
  return statements > 1 ? count(statements, 'statement') : '';
}

function lossLines(losses: readonly Loss[]): string {
  const lines = losses.map((loss) => `  ${describeLoss(loss)}   (${loss.summary}, ${formatPlace(loss.where)})`);
  return ['Data that would be lost:', ...lines].join('\n');
}

const PROOF = { read: 'read back', restore: 'restored and compared' } as const;

/** `Backing up   12.3 MB   40,000 of 100,000 rows   about 3.2 s left` */
export function backingUp({ bytes, rows, totalRows, remainingMs }: Extract<Event, { type: 'backup-progress' }>): string {
  const counted =
    rows === undefined ? undefined : `${rows.toLocaleString('en')}${totalRows ? ` of about ${totalRows.toLocaleString('en')}` : ''} rows`;
  return ['Backing up', size(bytes), counted, remainingMs !== undefined && `about ${duration(remainingMs)} left`]
    .filter(Boolean)
    .join('   ');
}

/** `Copying from staging   40,000 of about 100,000 rows   120,000 a second   about 0.5 s left` */
export const copying = ({ source, rows, totalRows, rowsPerSecond, remainingMs }: Extract<Event, { type: 'copying' }>): string =>
  [
    `Copying from ${source}`,
    `${rows.toLocaleString('en')}${totalRows > rows ? ` of about ${totalRows.toLocaleString('en')}` : ''} rows`,
    `${rowsPerSecond.toLocaleString('en')} a second`,
    remainingMs !== undefined && `about ${duration(remainingMs)} left`,
  ]
    .filter(Boolean)
    .join('   ');

/** `    backfill   40,000 of about 100,000 rows   120,000 a second   batches of 5,000   about 0.5 s left` */
export const filling = ({
  rows,
  totalRows = 0,
  rowsPerSecond,
  batch,
  remainingMs,
  why,
  givesWayTo,
}: Extract<Event, { type: 'backfill' }>): string =>
  [
    `${rows.toLocaleString('en')}${totalRows > rows ? ` of about ${totalRows.toLocaleString('en')}` : ''} rows`,
    ...(why === undefined
      ? [
          `${rowsPerSecond.toLocaleString('en')} a second`,
          `batches of ${batch.toLocaleString('en')}`,
          remainingMs !== undefined && `about ${duration(remainingMs)} left`,
          givesWayTo !== undefined && `gives way to ${givesWayTo}`,
        ]
      : [`waits: ${why}`]),
  ]
    .filter(Boolean)
    .join('   ');

/** Of one that ran in the background. */
const backfilled = ({ name, rows, failure }: Extract<Event, { type: 'backfill-ended' }>): string =>
  failure
    ? `${name}: its backfill failed behind ${count(rows, 'row')}\n${formatRefusal(failure)}`
    : `${name}: its backfill is done, ${count(rows, 'row')} walked over`;

/** Text for what happens before and beside the steps; undefined for the rest. */
export function aside(event: Event): string | undefined {
  switch (event.type) {
    case 'server-started':
      return `Started PostgreSQL 18 on ${event.url}, data in ${event.place}   (it keeps running; stop it: npm run db:stop)`;
    case 'created':
      return `Created ${event.what} "${event.name}"`;
    case 'waiting':
      return `Waiting up to ${duration(event.limitMs)} for another run: ${holder(event.holder)}`;
    case 'waited':
      return `Waited ${duration(event.durationMs)}`;
    case 'settled':
    case 'note':
      return `Note: ${event.text}${'next' in event && event.next ? `\n  Next: ${event.next}` : ''}`;
    case 'backfill-ended':
      return backfilled(event);
    case 'data-loss':
      return lossLines(event.losses);
    case 'recorded':
      return [event.text, ...event.names.map((name) => `  ${name}`), ...(event.journal ? [headLine(event.journal)] : [])].join('\n');
    case 'backed-up':
      return `Backed up ${size(event.bytes)} in ${duration(event.durationMs)}, ${PROOF[event.proof]}: ${event.file}${event.note ? `\n  Note: ${event.note}` : ''}\n  Restore: ${event.restore}`;
    case 'restored':
      return `Restored ${count(event.tables, 'table')} with ${count(event.rows, 'row')} into ${event.database} in ${duration(event.durationMs)}${event.note ? `\n  Note: ${event.note}` : ''}`;
    case 'refused':
      return formatRefusal(event.refusal);
    case 'notice':
      return `  ${event.severity}: ${event.text}`;
    default:
      return undefined;
  }
}

/** `, deleted 40 rows of solo`: what the server measured. */
export const took = ({ taken = [] }: Pick<StepDone, 'taken'>): string => (taken.length > 0 ? `, ${listed(taken.map(describeTaken))}` : '');

export function waiting({ name, attempt, waitedMs, limitMs, behind }: Extract<Event, { type: 'blocked' }>): string {
  const [first, ...more] = behind;
  const who = first ? describeBlocker(first) : 'a lock';
  const query = first && queryOf(first);
  const tries = attempt > 1 ? `attempt ${attempt}, ` : '';
  return `${name} waits behind ${who}${more.length > 0 ? ` and ${more.length} more` : ''} (${tries}${duration(waitedMs)} of ${duration(limitMs)})${query ? `: ${query}` : ''}`;
}

/** `building index: scanning table 42 % (orders)`, `waiting for writers before build, 0 of 1 gone, behind pid 4121 (orders)` */
export function working({ phase = '', table, percent, sessions }: Partial<Phase>): string {
  const gone = sessions && `, ${sessions.gone} of ${sessions.total} gone${sessions.pid ? `, behind pid ${sessions.pid}` : ''}`;
  return `${phase}${gone ?? ''}${percent === undefined ? '' : ` ${percent} %`}${table ? ` (${table})` : ''}`;
}

/** The last line of a run, for a log to keep: `journal: 42 events, head 3f9a2c1b5d6e7f80` */
export const headLine = (journal: JournalHead): string => `journal: ${shortHead(journal)}`;

const PAST = { up: 'Applied', down: 'Rolled back' } as const;

export function summary(environment: string, { direction, done, failed, notReached, durationMs }: Outcome): string {
  const went = `${PAST[direction]} ${countSteps(done)} in ${duration(durationMs)}`;
  if (!failed) return `${went} (${environment})`;
  const rest = notReached.length > 0 ? `; not reached: ${listed(notReached, 5)}` : '';
  const before =
    done.length > 0
      ? `${PAST[direction].toLowerCase()} before it and kept: ${done.map(({ name }) => name).join(', ')}`
      : 'no other migration was done before it';
  const how = failed.interrupted ? 'was interrupted' : 'failed';
  return `${formatRefusal(failed.failure)}\n\n${failed.name} ${how}; ${before}${rest}`;
}
