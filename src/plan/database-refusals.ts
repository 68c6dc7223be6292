import type { History } from '../history/history.ts';
import type { Refusal } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { findHistoryStatements } from './history-statements.ts';
import type { Known } from './plan-request.ts';
import { findUnencodableIn } from './unencodable-characters.ts';

/** What only files and database together tell, in either direction. */
export async function findInDatabase(
  steps: readonly Step[],
  { history, settings, encoding }: Known & { readonly history: History },
): Promise<readonly Refusal[]> {
  return [...findHistoryStatements(steps, history, settings.schema), ...(await findUnencodableIn(steps, history, encoding))];
}
