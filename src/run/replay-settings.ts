import type { Script } from '../model/script.ts';
import { sendScript } from '../pg/script-query.ts';
import type { RunContext } from './run-context.ts';

const SESSION_SETTING = /^(SET|RESET)\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)/i;

/** What finished parts set for the session (search path, role, timeouts) holds for the parts after them, in a later session too. */
export async function replaySettings({ client }: RunContext, { file, parts }: Script, finished: number): Promise<void> {
  for (const part of parts.slice(0, finished)) {
    for (const { start, end } of part.statements) {
      const text = file.text.slice(start, end);
      if (SESSION_SETTING.test(text)) await sendScript(client, text);
    }
  }
}
