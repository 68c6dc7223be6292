import type { Event } from '../model/event.ts';
import { plainReporter } from './plain.ts';
import type { Reporter, Write } from './reporter.ts';

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{background:#f4f4f2;padding:1rem;overflow:auto}.ok{color:#1a7f37}.bad{color:#b3261e}';

/** What the events of one target have come to. */
interface Run {
  readonly report: Reporter['report'];
  log: string;
  state: 'nothing' | 'begun' | 'done' | 'failed' | undefined;
}

/** A page with what was run on each target; written when all is over, unless nothing was said. */
export function htmlReporter(write: Write): Reporter {
  const runs = new Map<string, Run>();
  return {
    report: (event) => {
      const name = event.target ?? '';
      const run = runs.get(name) ?? newRun();
      runs.set(name, run);
      run.report(event);
      run.state = stateAfter(event, run.state);
    },
    close: () => {
      const states = [...runs.values()].flatMap(({ state }) => state ?? []);
      const isBad = states.includes('failed') || states.includes('begun');
      const text = isBad ? 'Migration run failed' : states.includes('done') ? 'Migration run done' : 'Nothing was run';
      if (states.length > 0) write(htmlPage({ text, isBad }, logOf(runs)));
    },
  };
}

function newRun(): Run {
  const run: Run = { state: undefined, log: '', report: (event) => plain.report(event) };
  const plain = plainReporter((text) => {
    run.log += text;
  });
  return run;
}

/** What began and did not report its end has failed. */
function stateAfter(event: Event, before: Run['state']): Run['state'] {
  switch (event.type) {
    case 'note':
      return before ?? 'nothing';
    case 'planned':
      return event.steps.length === 0 || event.dryRun ? 'done' : 'begun';
    case 'run-ended':
      return event.outcome.failed ? 'failed' : 'done';
    case 'refused':
      return 'failed';
    case 'backed-up':
      return before === 'begun' ? before : 'done';
    case 'recorded':
    case 'restored':
      return 'done';
    default:
      return before;
  }
}

const logOf = (runs: ReadonlyMap<string, Run>): string =>
  [...runs].map(([name, { log }]) => (runs.size > 1 && name !== '' ? `${name}\n\n${log}` : log)).join('\n');

export function htmlPage({ text, isBad }: { readonly text: string; readonly isBad: boolean }, log: string): string {
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${text}</title><style>${STYLE}</style>\n<h1 class="${isBad ? 'bad' : 'ok'}">${text}</h1>\n<p>${new Date().toISOString()}</p>\n<pre>${escapeHtml(log)}</pre></html>\n`;
}
