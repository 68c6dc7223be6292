import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Knex } from 'knex';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';

/** Carried by the Knex instances that we make or configure; lets a module run its script without holding any state. */
export interface ScriptHost {
  /** Runs one direction of an SQL pair inside the transaction that is open on `knex`. */
  runScript(knex: Knex, name: string, direction: Direction): Promise<void>;
}

/** Key under which the host travels in Knex's own configuration object. */
export const HOST_KEY = 'lockstep';

function findHost(knex: Knex): ScriptHost | undefined {
  return (knex.client as { config?: { [HOST_KEY]?: ScriptHost } }).config?.[HOST_KEY];
}

export interface SqlMigration {
  readonly up: (knex: Knex) => Promise<void>;
  readonly down: (knex: Knex) => Promise<void>;
  readonly config: { readonly transaction: false };
}

/**
 * Wraps the SQL pair with the module's own name as a Knex migration: `migrations/002_x.ts` runs `db/migrations/002_x.sql`
 * and `db/migrations/rollbacks/002_x.sql`.
 * @param url the module's `import.meta.url`, or `__filename`
 */
export function sqlMigration(url: string): SqlMigration {
  const name = path.basename(url.startsWith('file:') ? fileURLToPath(url) : url).replace(/\.[cm]?[jt]s$/, '');
  const run = (direction: Direction) => async (knex: Knex) => {
    const host = findHost(knex);
    if (!host)
      throw new LockstepError({
        code: 'foreign-knexfile',
        what: `${name} was started by a Knex that does not use this project's knexfile`,
        next: 'run npx knex in the project folder, or build the instance from its knexfile.ts',
        exitCode: 2,
      });
    await host.runScript(knex, name, direction);
  };
  return { up: run('up'), down: run('down'), config: { transaction: false } };
}
