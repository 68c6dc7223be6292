import type { StockCommand } from '../knex/stock-command.ts';
import { applyCommand, ROLLBACK_COMMAND } from '../model/command.ts';
import type { Project } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Entered } from '../target/with-run.ts';

const ALLOW = 'MIGRATE_ALLOW_STOCK';

/**
 * Stock Knex hands over one migration at a time, so no gate sees its plan.
 * @returns what the journal is to keep
 * @throws LockstepError (exit 3) where the policy wants gates, unless the database's name is given for consent
 */
export function verifyStockAllowed(
  {
    project,
    variables,
    command,
  }: {
    readonly project: Project;
    readonly variables: Readonly<Record<string, string | undefined>>;
    readonly command: StockCommand | undefined;
  },
  { environment, target }: Entered,
): Readonly<Record<string, unknown>> {
  const by = command?.name || 'knex in code';
  if (project.policies[environment].allowStock) return { stock: by };
  if (variables[ALLOW] === target.database) return { stock: by, allowed: `${ALLOW}=${target.database}` };
  const isUndoing = command?.name === 'migrate:rollback' || command?.name === 'migrate:down';
  throw new LockstepError({
    code: 'stock-refused',
    what: `${environment} asks for gates that stock Knex (${by}) cannot pass: it hands over one migration at a time`,
    next: `${isUndoing ? ROLLBACK_COMMAND : applyCommand(environment)}\nor, without any gate: ${ALLOW}=${target.database} and the same command again`,
    exitCode: 3,
  });
}
