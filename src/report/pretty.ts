import colors from 'yoctocolors';
import type { Event } from '../model/event.ts';
import { printable } from '../model/printable.ts';
import { aside, backingUp, copying, duration, filling, headLine, summary, titled, took, waiting, working } from './phrases.ts';
import { heading, planned } from './plain.ts';
import type { Reporter, Write } from './reporter.ts';

const REFRESH_MS = 100;
const CLEAR_LINE = '\r\u001B[2K';

interface Live {
  readonly text: string;
  /** What its statement is doing. */
  readonly phase?: string;
  readonly startedAt: number;
}

/** For a terminal: colours, and one live line for the step that runs. */
export function prettyReporter(write: Write, columns: number): Reporter {
  let where = '';
  let live: Live | undefined;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    if (live) write(`${CLEAR_LINE}${liveLine(live, columns - 1)}`);
  };
  const stop = (): void => {
    clearInterval(timer);
    if (live) write(CLEAR_LINE);
    live = undefined;
  };
  const show = (text: string): void => {
    const startedAt = live?.startedAt ?? performance.now();
    live = { text, startedAt };
    clearInterval(timer);
    timer = setInterval(draw, REFRESH_MS);
    timer.unref();
    draw();
  };
  const addPhase = (phase: string): void => {
    if (live) live = { ...live, phase };
    draw();
  };
  const report: Reporter['report'] = (told) => {
    const event = printable(told);
    if (event.type === 'connected') where = heading(event.environment, event.server);
    if (event.type === 'phase') return addPhase(working(event));
    const running = liveText(event);
    if (running !== undefined) return show(running);
    const text = line(event, where);
    if (text === undefined) return;
    const kept = event.type === 'note' || event.type === 'notice' ? live : undefined;
    stop();
    write(`${text}\n`);
    if (kept) show(kept.text);
  };
  return { report, close: stop };
}

/** What moves stays whole on a narrow terminal, and what it belongs to is cut. */
function liveLine({ text, phase, startedAt }: Live, columns: number): string {
  const moving = ['', ...(phase ? [phase] : []), duration(performance.now() - startedAt)].join('   ');
  return (text.slice(0, Math.max(0, columns - moving.length)) + moving).slice(0, columns);
}

function liveText(event: Event): string | undefined {
  if (event.type === 'step-started') return `  ${event.number}/${event.total}  ${titled(event.step)}`;
  if (event.type === 'rehearsing') return `  ${event.number}/${event.total}  ${event.name}`;
  if (event.type === 'backup-progress') return `  ${backingUp(event)}`;
  if (event.type === 'copying') return `  ${copying(event)}`;
  if (event.type === 'backfill') return `  ${event.name}   ${filling(event)}`;
  if (event.type === 'progress')
    return `       ${event.name}   ${event.unit} ${event.number} of ${event.total.toLocaleString('en')}: ${event.summary}`;
  if (event.type === 'blocked') return `       ${waiting(event)}`;
  return undefined;
}

function line(event: Event, where: string): string | undefined {
  switch (event.type) {
    case 'planned': {
      const [first, ...rest] = planned(event, where).split('\n');
      return [event.steps.length > 0 ? colors.bold(first ?? '') : colors.green(first ?? ''), ...rest].join('\n');
    }
    case 'step-done':
      return `  ${colors.green('done')}  ${event.number}/${event.total}  ${event.name}   ${colors.dim(`${duration(event.durationMs)}${took(event)}`)}`;
    case 'step-failed':
      return `  ${colors.red('failed')}  ${event.number}/${event.total}  ${event.name}`;
    case 'run-ended':
      return [
        event.outcome.failed ? `\n${summary(event.environment, event.outcome)}` : colors.green(summary(event.environment, event.outcome)),
        ...(event.journal ? [colors.dim(headLine(event.journal))] : []),
      ].join('\n');
    default: {
      const text = aside(event);
      return text === undefined
        ? undefined
        : event.type === 'waiting' || event.type === 'note' || event.type === 'settled'
          ? colors.yellow(text)
          : colors.dim(text);
    }
  }
}
