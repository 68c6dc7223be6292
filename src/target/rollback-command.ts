import { namesServer } from '../environment/read-environment.ts';
import { ROLLBACK_COMMAND, withOptions } from '../model/command.ts';
import type { Journey } from '../model/journey.ts';

/**
 * The command that rolls back, as it leads to this database again. One that was found in its environment's own file is found only
 * where the environment is named; development's is found without.
 */
export function rollbackCommandOf({ env, variables }: Pick<Journey, 'env' | 'variables'>, environment: string): string {
  const isFromFile = env !== undefined && environment !== 'development' && !namesServer(variables);
  return isFromFile ? withOptions(ROLLBACK_COMMAND, `--env ${environment}`) : ROLLBACK_COMMAND;
}
