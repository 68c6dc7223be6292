import type { Event } from '../model/event.ts';
import { plainReporter } from './plain.ts';
import type { Reporter, Write } from './reporter.ts';

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{background:#f4f4f2;padding:1rem;overflow:auto}.ok{color:#1a7f37}.bad{color:#b3261e}';

/** A page with the run's outcome and log; written once, when the run has ended. */
export function htmlReporter(write: Write): Reporter {
  let log = '';
  const plain = plainReporter((text) => {
    log += text;
  });
  return (event: Event) => {
    plain(event);
    const isEnd =
      event.type === 'run-ended' || event.type === 'refused' || (event.type === 'planned' && (event.steps.length === 0 || event.dryRun));
    if (isEnd) write(page(event, log));
  };
}

function page(event: Event, log: string): string {
  const hasFailed = event.type === 'refused' || (event.type === 'run-ended' && event.outcome.failed !== undefined);
  const title = hasFailed ? 'Migration run failed' : 'Migration run done';
  return `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style>\n<h1 class="${hasFailed ? 'bad' : 'ok'}">${title}</h1>\n<p>${new Date().toISOString()}</p>\n<pre>${escapeHtml(log)}</pre></html>\n`;
}
