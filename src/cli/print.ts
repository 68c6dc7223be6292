import type { ExitCode } from '../model/lockstep-error.ts';

/** Asked-for text goes to stdout, where a pipe can take it; prose goes to stderr. */
export function print(text: string): ExitCode {
  process.stdout.write(text);
  return 0;
}
