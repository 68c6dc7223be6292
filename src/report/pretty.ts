import colors from 'yoctocolors';
import type { Event } from '../model/event.ts';
import { printable } from '../model/printable.ts';
import { aside, backingUp, duration, headLine, summary, titled, took, waiting } from './phrases.ts';
import { heading, planned } from './plain.ts';
import type { Reporter, Write } from './reporter.ts';

const REFRESH_MS = 100;
const CLEAR_LINE = '\r\u001B[2K';

interface Live {
  readonly text: string;
  readonly startedAt: number;
}

/** For a terminal: colours, and one live line for the step that runs. */
export function prettyReporter(write: Write, columns: number): Reporter {
  let where = '';
  let live: Live | undefined;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    if (live) write(`${CLEAR_LINE}${`${live.text}   ${duration(performance.now() - live.startedAt)}`.slice(0, columns - 1)}`);
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
  const report: Reporter['report'] = (told) => {
    const event = printable(told);
    if (event.type === 'connected') where = heading(event.environment, event.server);
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

function liveText(event: Event): string | undefined {
  if (event.type === 'step-started') return `  ${event.number}/${event.total}  ${titled(event.step)}`;
  if (event.type === 'backup-progress') return `  ${backingUp(event)}`;
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
