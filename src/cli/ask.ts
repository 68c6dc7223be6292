import { createInterface } from 'node:readline/promises';

/** Asks on the terminal; undefined where nobody sits at one, or in CI. Standard output stays free for what was asked for. */
export function askOnTerminal(signal: AbortSignal): ((question: string) => Promise<string>) | undefined {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env['CI'];
  if (!isTerminal) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(question, { signal });
    } catch (error) {
      // Told to stop while it waits: nothing was typed.
      if (signal.aborted) return '';
      throw error;
    } finally {
      terminal.close();
    }
  };
}
