import { applyCommand, withOptions } from '../model/command.ts';
import type { Drift } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import { formatRefusal, listed } from '../model/lockstep-error.ts';
import { dropStatement, isDue, type Repeatable, type RepeatableState } from '../model/repeatable.ts';
import type { Attempt, PendingMigration, Status } from '../model/status.ts';
import { describeBlocker, endingOf, queryOf, time } from '../model/table-lock.ts';
import type { Blocker, Running } from '../model/target.ts';
import { backfillLines, nextForBackfills } from './backfill-text.ts';
import { count, duration, holder, paragraphs, place, size, working } from './phrases.ts';

/** What a person needs at 3 am, top down: where, what runs, what is wrong, what is applied, what is pending, what to type. */
export function statusText(status: Status, next: string): string {
  const sections = [
    [`${status.environment}: ${place(status.server)}`],
    status.running ? runningLines(status.running) : [],
    status.attempts.flatMap(attemptLines),
    status.problems.map((problem) => `Problem: ${formatRefusal(problem)}`),
    driftLines(status.drifts),
    appliedLines(status.applied),
    pendingLines(status.pending),
    repeatableLines(status.repeatables),
    [...backfillLines(status.backfills, status.environment), ...backupLine(status.backups)],
    [hanging('Next: ', next)],
  ];
  return paragraphs(sections);
}

function runningLines({ holder: who, name, direction, part, waitsFor, state, phase }: Running): readonly string[] {
  const what = name
    ? `${direction === 'down' ? 'rolling back' : 'applying'} ${name}${part ? `, part ${part}` : ''}`
    : `a run between two steps${state ? ` (${state})` : ''}`;
  return [
    `Running now: ${what}`,
    `  by ${holder(who)}`,
    ...(phase ? [`  ${working(phase)}`] : []),
    ...waitsFor.map((blocker) => `  waits for ${blockerText(blocker)}`),
  ];
}

function blockerText(blocker: Blocker): string {
  const query = queryOf(blocker);
  return `${describeBlocker(blocker)}${query ? `\n    ${query}` : ''}`;
}

function attemptLines({ name, state, at, error, where, partsDone, direction }: Attempt): readonly string[] {
  const kept = partsDone > 0 ? `; ${count(partsDone, 'part')} of it ${partsDone === 1 ? 'stays' : 'stay'} applied` : '';
  return [
    `${state === 'failed' ? 'Failed' : 'Interrupted'}: ${name}${direction === 'down' ? ' (rollback)' : ''} at ${time(at)}${kept}`,
    ...(error ? [`  ${error}`] : []),
    ...(where ? [`  ${where}`] : []),
  ];
}

const LABEL: Readonly<Record<Drift['kind'], string>> = {
  edited: 'Edited',
  reformatted: 'Reformatted',
  missing: 'Missing',
  late: 'Out of order',
  'no-rollback': 'No rollback',
  unrecorded: 'Row gone',
};

/** Further lines stand below the first. */
const hanging = (label: string, text: string): string => `${label}${text.replaceAll(/\n(?! )/g, `\n${' '.repeat(label.length)}`)}`;

const driftLine = ({ kind, what, next }: Drift): string => `${LABEL[kind]}: ${what}\n${hanging('  Next: ', next)}`;

const SHOWN = 10;

/** As many of a kind as fit a screen. */
function driftLines(drifts: readonly Drift[]): readonly string[] {
  return Object.keys(LABEL).flatMap((kind) => {
    const alike = drifts.filter((drift) => drift.kind === kind);
    const rest = alike.length > SHOWN ? [`${LABEL[kind as Drift['kind']]}: and ${(alike.length - SHOWN).toLocaleString('en')} more`] : [];
    return [...alike.slice(0, SHOWN).map(driftLine), ...rest];
  });
}

function appliedLines(applied: readonly HistoryRow[]): readonly string[] {
  if (applied.length === 0) return ['Applied: nothing yet'];
  const width = Math.max(...applied.map(({ name }) => name.length));
  const rows = applied.map(({ name, description, appliedAt, appliedBy, durationMs }) => {
    const facts = [time(appliedAt), appliedBy && `by ${appliedBy}`, durationMs !== undefined && duration(durationMs), description].filter(
      Boolean,
    );
    return `  ${name.padEnd(width)}   ${facts.join('   ')}`;
  });
  return [`Applied: ${applied.length}`, ...rows];
}

/** In groups where some of it waits for a deployment. */
function pendingLines(pending: readonly PendingMigration[]): readonly string[] {
  if (pending.length === 0) return ['Pending: none'];
  const after = pending.filter(({ phase }) => phase === 'after-deploy');
  const before = pending.filter((one) => !after.includes(one));
  const width = Math.max(...pending.map(({ name }) => name.length));
  if (after.length === 0) return pendingGroup('Pending', before, width);
  return [...pendingGroup('Pending, before the deploy', before, width), ...pendingGroup('Pending, after the deploy', after, width)];
}

function pendingGroup(title: string, pending: readonly PendingMigration[], width: number): readonly string[] {
  if (pending.length === 0) return [`${title}: none`];
  return [
    `${title}: ${pending.length}`,
    ...pending.map(({ name, description, isLate, irreversible }) =>
      `  ${name.padEnd(width)}   ${[isLate && 'out of order: higher versions are applied', description, irreversible && `(irreversible: ${irreversible})`].filter(Boolean).join('   ')}`.trimEnd(),
    ),
  ];
}

const STANDS: Readonly<Record<RepeatableState, string>> = {
  applied: '',
  new: 'new: runs with the next migrations',
  changed: 'changed: runs again with the next migrations',
  lost: 'gone from the database: runs again with the next migrations',
  deleted: 'its file was deleted',
};

function repeatableLines(repeatables: Status['repeatables']): readonly string[] {
  if (repeatables.length === 0) return [];
  const width = Math.max(...repeatables.map(({ name }) => name.length));
  const rows = repeatables.map(({ name, state, appliedAt, appliedBy, description, remains = [] }) => {
    const left = remains.map((one) => `${one.kind.toLowerCase()} ${one.name}`);
    const stands = state === 'deleted' && left.length > 0 ? `${STANDS.deleted}, and is still there: ${listed(left)}` : STANDS[state];
    const facts = [appliedAt && time(appliedAt), appliedBy && `by ${appliedBy}`, stands, description].filter(Boolean);
    return `  ${name.padEnd(width)}   ${facts.join('   ')}`.trimEnd();
  });
  return [`Repeatable: ${repeatables.length}`, ...rows];
}

function backupLine([newest, ...older]: Status['backups']): readonly string[] {
  if (!newest) return [];
  const what = newest.scope === 'database' ? 'pg_dump' : `copy of ${newest.scope}`;
  const proof = newest.proof === 'restore' ? 'proved by a restore' : 'read back';
  const more = older.length > 0 ? `   (${count(older.length, 'older one')})` : '';
  return [`Backup: ${time(newest.at)}   ${size(newest.bytes)}   ${what}, ${proof}   ${newest.folder}${more}`];
}

/** The one command that fits the state. */
export function nextAfterStatus(status: Status): string {
  const { environment, running, attempts, drifts, problems, pending } = status;
  const apply = applyCommand(environment);
  if (running) return nextWhileRunning(running);
  const stop = problems[0] ?? drifts.find(({ stops, kind }) => stops || kind === 'unrecorded');
  if (stop) return stop.next;
  const [attempt] = attempts;
  if (attempt) return nextAfterAttempt(attempt, { apply, rollback: status.rollbackCommand });
  const left = nextForBackfills(status);
  if (left) return left;
  const late = pending.find(({ isLate }) => isLate);
  if (late && status.refusesLate)
    return `npm run migrate:make -- --renumber ${late.name}   gives it the next number; ${environment} refuses late versions`;
  if (pending.length > 0) return nextForPending(pending, environment);
  if (status.repeatables.some(isDue)) return `${apply}   runs the repeatable files that are new or changed`;
  const deleted = status.repeatables.find(({ state }) => state === 'deleted');
  if (deleted) return nextAfterDeletion(deleted, apply);
  return status.applied.length > 0
    ? 'npm run migrate:make -- describe_the_change   begins the next migration'
    : 'npm run migrate:make -- init   begins the first migration';
}

function nextForPending(pending: readonly PendingMigration[], environment: string): string {
  const apply = applyCommand(environment);
  const phases = new Set(pending.map(({ phase }) => phase));
  if (!phases.has('after-deploy') || ['development', 'test'].includes(environment)) return `${apply}   applies what is pending`;
  return phases.has('before-deploy')
    ? `${withOptions(apply, '--phase before-deploy')}   applies what comes before the deploy`
    : `${withOptions(apply, '--phase after-deploy')}   when the application that was deployed runs everywhere`;
}

function nextAfterDeletion({ name, remains = [] }: Repeatable, apply: string): string {
  const [first] = remains;
  if (!first) return `${apply}   takes ${name} out of history: nothing is left of it`;
  return `npm run migrate:make -- drop_${first.bare.replace(/\W+/g, '_')}   and write into it: ${remains.toReversed().map(dropStatement).join(' ')}`;
}

function nextWhileRunning({ waitsFor }: Running): string {
  const end = endingOf(waitsFor);
  return `npm run migrate:status   again, to see it move${end ? `\n      or, where it may be ended: ${end}` : ''}`;
}

// Of failures for which no file has to be corrected.
const WHEN: Readonly<Record<string, string>> = {
  'lock-not-available': 'when nobody is in the way',
  'connection-lost': 'when the server is up',
};

interface Commands {
  readonly apply: string;
  readonly rollback: string;
}

function nextAfterAttempt({ state, code = '', direction, partsDone }: Attempt, { apply, rollback }: Commands): string {
  const command = direction === 'down' ? rollback : apply;
  const corrected = state === 'failed' ? (WHEN[code] ?? 'when the file is corrected') : 'goes on where it stopped';
  return `${command}   ${corrected}${partsDone > 0 && direction === 'up' ? `\n      or, to undo what stays: ${rollback}` : ''}`;
}
