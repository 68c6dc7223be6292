import { namesServer } from '../environment/read-environment.ts';
import { ROLLBACK_COMMAND, withOptions } from '../model/command.ts';
import type { Journey } from '../model/journey.ts';

/**
 * The command that rolls back, as it leads to this database again. One that was found in its environment's own file is found only
 * where the environment is named; development's is found without.
 */
export const rollbackCommandOf = (journey: Asked, environment: string): string => leadingHere(ROLLBACK_COMMAND, journey, environment);

type Asked = Pick<Journey, 'env' | 'variables'>;

/** A command, as it leads to this database again. */
export function leadingHere(command: string, { env, variables }: Asked, environment: string): string {
  const isFromFile = env !== undefined && environment !== 'development' && !namesServer(variables);
  return isFromFile ? withOptions(command, `--env ${environment}`) : command;
}
