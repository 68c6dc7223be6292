import { given } from '../model/given.ts';
import { type StatementTrace, TRACE } from '../model/statement-trace.ts';
import { lineOf } from '../sql/text/code-frame.ts';
import { lookAs, type Seen } from './lock-polls.ts';
import type { Traced } from './recorded.ts';
import { temporaryBytes } from './temporary-files.ts';

interface Tracing {
  readonly trace: StatementTrace;
  /** What it has written down so far. */
  readonly statements: readonly Traced[];
  /** Takes what the server says meanwhile. */
  readonly hear: (notice: string) => void;
}

/** A trace for the executor. */
export function startTrace(): Tracing {
  const statements: Traced[] = [];
  let open: Omit<Traced, 'to' | 'seen' | 'tempBytes'> | undefined;
  let tempBytes = 0;
  const trace: StatementTrace = {
    look: lookAs(TRACE),
    begins: ({ file }, { start, end, summary }) => {
      const { line } = lineOf(file, start);
      tempBytes = 0;
      open = { from: performance.now(), what: summary, text: file.text.slice(start, end), ...given({ line }) };
    },
    ends: (seen) => {
      if (open) statements.push({ ...open, to: performance.now(), tempBytes, ...(seen && { seen: JSON.parse(seen) as Seen }) });
      open = undefined;
    },
  };
  const hear = (notice: string): void => {
    tempBytes += temporaryBytes(notice);
  };
  return { trace, statements, hear };
}
