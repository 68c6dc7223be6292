import type { Event } from '../model/event.ts';
import { printable } from '../model/printable.ts';
import type { Target } from '../model/target.ts';
import {
  aside,
  backingUp,
  copying,
  countSteps,
  duration,
  filling,
  headLine,
  place,
  shape,
  summary,
  titled,
  took,
  waiting,
  working,
} from './phrases.ts';
import { NOTHING_TO_CLOSE, type Reporter, type Write } from './reporter.ts';

const PROGRESS_EVERY_MS = 5000;
const WAITING_EVERY_MS = 60_000;

/** Lines for logs and pipes: each thing once, nothing rewritten. */
export function plainReporter(write: Write): Reporter {
  let where = '';
  let toldAt = 0;
  const toldOften = new Map<string, number>();
  const report: Reporter['report'] = (told) => {
    const event = printable(told);
    const now = performance.now();
    // Parts are few; of many statements a log wants a sign of life now and then, and of a wait its beginning too.
    const { key, everyMs } = rhythmOf(event);
    const since = event.type === 'progress' && event.unit === 'statement' ? toldAt : (toldOften.get(key) ?? -everyMs);
    if (isOften(event) && now - since < everyMs) return;
    if (isOften(event)) toldOften.set(key, now);
    toldAt = now;
    if (event.type === 'connected') where = heading(event.environment, event.server);
    const text = aside(event) ?? lines(event, where);
    if (text !== undefined) write(`${text}\n`);
  };
  return { report, close: NOTHING_TO_CLOSE };
}

/** A backfill may wait for the same for hours. */
const rhythmOf = (event: Event): { readonly key: string; readonly everyMs: number } =>
  event.type === 'backfill' && event.why !== undefined
    ? { key: `${event.type} ${event.name} ${event.why.replaceAll(/\d[\d,]*/g, '')}`, everyMs: WAITING_EVERY_MS }
    : { key: event.type, everyMs: PROGRESS_EVERY_MS };

const isOften = (event: Event): boolean =>
  ['blocked', 'backup-progress', 'copying', 'backfill', 'phase'].includes(event.type) ||
  (event.type === 'progress' && event.unit === 'statement');

export const heading = (environment: string, target: Target): string => `${environment}: ${place(target)}`;

function lines(event: Event, where: string): string | undefined {
  switch (event.type) {
    case 'planned':
      return planned(event, where);
    case 'backup-progress':
      return backingUp(event);
    case 'copying':
      return copying(event);
    case 'backfill':
      return `    ${filling(event)}`;
    case 'step-started':
      return `${event.number}/${event.total} ${titled(event.step)}`;
    case 'progress':
      return `    ${event.unit} ${event.number} of ${event.total.toLocaleString('en')}: ${event.summary}`;
    case 'blocked':
      return `    ${waiting(event)}`;
    case 'phase':
      return event.phase === undefined ? undefined : `    ${working(event)}`;
    case 'step-done':
      return `${event.number}/${event.total} ${event.name} ${event.direction === 'up' ? 'applied' : 'rolled back'} in ${duration(event.durationMs)}${took(event)}`;
    case 'step-failed':
      return `${event.number}/${event.total} ${event.name} failed`;
    case 'run-ended':
      return [summary(event.environment, event.outcome), ...(event.journal ? [headLine(event.journal)] : [])].join('\n');
    default:
      return undefined;
  }
}

/** The plan, or the one line that says there is nothing to do. */
export function planned({ direction, steps, dryRun }: Extract<Event, { type: 'planned' }>, where: string): string {
  if (steps.length === 0) return direction === 'up' ? `Nothing to apply (${where})` : `Nothing to roll back (${where})`;
  const verb = direction === 'up' ? 'apply' : 'roll back';
  const width = Math.max(...steps.map(({ name }) => name.length));
  const rows = steps.map((step) =>
    `  ${step.name.padEnd(width)}   ${[step.description, shape(step) && `(${shape(step)})`].filter(Boolean).join('   ')}`.trimEnd(),
  );
  return [where, `${dryRun ? 'Dry run: would' : 'Plan:'} ${verb} ${countSteps(steps)}`, ...rows].filter(Boolean).join('\n');
}
