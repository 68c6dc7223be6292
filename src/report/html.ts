import type { Event } from '../model/event.ts';
import { plainReporter } from './plain.ts';
import type { Reporter, Write } from './reporter.ts';

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{background:#f4f4f2;padding:1rem;overflow:auto}.ok{color:#1a7f37}.bad{color:#b3261e}';

/** Each ends a command, unless it is part of a run: a backup is taken before the first step. */
const ENDS_ALONE: readonly Event['type'][] = ['recorded', 'restored', 'backed-up'];

/** A page with the run's outcome and log; written when the run has ended, or when all there was to say is a note. */
export function htmlReporter(write: Write): Reporter {
  let log = '';
  let hasPlan = false;
  const plain = plainReporter((text) => {
    log += text;
  });
  return (event: Event) => {
    plain(event);
    hasPlan ||= event.type === 'planned';
    const isAll = event.type === 'planned' && (event.steps.length === 0 || event.dryRun);
    const isEnd = event.type === 'run-ended' || event.type === 'refused' || (!hasPlan && ENDS_ALONE.includes(event.type));
    if (isAll || isEnd) write(htmlPage(titleOf(event), log));
    else if (event.type === 'note' && !hasPlan) write(htmlPage({ text: 'Nothing was run', isBad: false }, log));
  };
}

interface Title {
  readonly text: string;
  readonly isBad: boolean;
}

function titleOf(event: Event): Title {
  const isBad = event.type === 'refused' || (event.type === 'run-ended' && event.outcome.failed !== undefined);
  return { text: isBad ? 'Migration run failed' : 'Migration run done', isBad };
}

/** Whatever was printed, as a page. */
export function htmlPage({ text, isBad }: Title, log: string): string {
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${text}</title><style>${STYLE}</style>\n<h1 class="${isBad ? 'bad' : 'ok'}">${text}</h1>\n<p>${new Date().toISOString()}</p>\n<pre>${escapeHtml(log)}</pre></html>\n`;
}
