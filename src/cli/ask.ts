import { createInterface } from 'node:readline/promises';
import { printable } from '../model/printable.ts';

/** Asks on the terminal; undefined where nobody sits at one, or in CI. Standard output stays free for what was asked for. */
export function askOnTerminal(signal: AbortSignal): ((question: string) => Promise<string>) | undefined {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env['CI'];
  if (!isTerminal) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    // Here Ctrl+C is a key and no signal; whoever presses it means the run, and not this question alone.
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const hungUp = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    try {
      return await Promise.race([terminal.question(printable(question), { signal }).catch(nothingTyped), hungUp]);
    } finally {
      terminal.close();
    }
  };
}

/** Told to stop while it waits, or Ctrl+D: nothing was typed. */
function nothingTyped(error: unknown): string {
  if (error instanceof Error && error.name === 'AbortError') return '';
  throw error;
}
