import { given } from '../model/given.ts';
import { type StatementTrace, TRACE } from '../model/statement-trace.ts';
import { lineOf } from '../sql/text/code-frame.ts';
import { lookAs, type Seen } from './lock-polls.ts';
import type { Traced } from './recorded.ts';

/** A trace for the executor, and what it has written down so far. */
export function startTrace(): { readonly trace: StatementTrace; readonly statements: readonly Traced[] } {
  const statements: Traced[] = [];
  let open: Omit<Traced, 'to' | 'seen'> | undefined;
  const trace: StatementTrace = {
    look: lookAs(TRACE),
    begins: ({ file }, { start, end, summary }) => {
      const { line } = lineOf(file, start);
      open = { from: performance.now(), what: summary, text: file.text.slice(start, end), ...given({ line }) };
    },
    ends: (seen) => {
      if (open) statements.push({ ...open, to: performance.now(), ...(seen && { seen: JSON.parse(seen) as Seen }) });
      open = undefined;
    },
  };
  return { trace, statements };
}
