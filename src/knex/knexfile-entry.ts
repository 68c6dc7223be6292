import path from 'node:path';
import type { Knex } from 'knex';
import type { Client, ClientConfig } from 'pg';
import { SEED_FOLDER, STUB_FILE } from '../files/write-migration.ts';
import { DEFAULT_TABLE } from '../history/history.ts';
import type { ListedMigration } from './migration-source.ts';
import { HOST_KEY, type ScriptHost } from './sql-migration.ts';

// Connecting may include waiting for the RunLock, which has its own limit; the pool must not cut it off.
const BEYOND_ANY_WAIT_MS = 60_000;

export interface EntryOptions {
  readonly root: string;
  readonly schema: string;
  readonly tableName?: string | undefined;
  readonly runLockWaitMs: number;
  readonly source: Knex.MigrationSource<ListedMigration>;
  /** History may hold rows of files that Knex is not told of. */
  readonly hasRepeatables: boolean;
  readonly host: ScriptHost;
  /** Called for the first connection only, and only for the environment in use. */
  readonly connect: () => Promise<ClientConfig>;
  readonly prepare: (client: Client) => Promise<void>;
  readonly warn: (text: string) => void;
  /** The stock CLI has one connection: it is the RunLock. */
  readonly isCli: boolean;
}

// Knex tells of a failed connection here as well as by the error it throws.
const ALREADY_TOLD = /Acquire connection error|^migration (file|failed)|^\[object/i;

/** One entry of the knexfile. No `directory` for migrations: Knex would then drop the migration source. */
export function knexfileEntry({
  root,
  schema,
  tableName,
  runLockWaitMs,
  source,
  hasRepeatables,
  host,
  connect,
  prepare,
  warn,
  isCli,
}: EntryOptions): Knex.Config {
  const told = (message: unknown): void => {
    if (typeof message === 'string' && !ALREADY_TOLD.test(message)) warn(message);
  };
  const waitMs = runLockWaitMs + BEYOND_ANY_WAIT_MS;
  return {
    client: 'pg',
    [HOST_KEY]: host,
    connection: async () => (await connect()) as Knex.PgConnectionConfig,
    acquireConnectionTimeout: waitMs,
    pool: {
      min: 0,
      max: isCli ? 1 : 10,
      createTimeoutMillis: waitMs,
      acquireTimeoutMillis: waitMs,
      propagateCreateError: true,
      afterCreate: afterCreate(prepare),
    },
    log: { warn: told, error: told, deprecate: told, debug: told },
    migrations: {
      tableName: tableName ?? DEFAULT_TABLE,
      schemaName: schema,
      extension: 'ts',
      stub: STUB_FILE,
      migrationSource: source,
      // Otherwise their rows would be missing files to it. Ours are compared by our own plan.
      disableMigrationsListValidation: hasRepeatables,
    },
    seeds: { directory: path.join(root, SEED_FOLDER), loadExtensions: ['.ts', '.js'], extension: 'ts' },
  } as Knex.Config;
}

function afterCreate(prepare: EntryOptions['prepare']) {
  return (client: Client, done: (error: Error | null, client: Client) => void): void => {
    prepare(client).then(
      () => done(null, client),
      (error: Error) => {
        // Knex forgets a connection whose preparation failed; left open, it would keep the process alive.
        client
          .end()
          .catch(() => {})
          .finally(() => done(error, client));
      },
    );
  };
}
