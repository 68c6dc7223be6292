import type { Knex } from 'knex';
import type { Direction, Migration } from '../model/migration.ts';

/** What Knex lists. It prints `file` for what is pending. */
export interface ListedMigration {
  readonly file: string;
  readonly migration: Migration;
}

export interface SourceOptions {
  readonly read: () => Promise<readonly Migration[]>;
  /** Runs one migration on Knex's own connection, and records it there. */
  readonly execute: (knex: Knex, migration: Migration, direction: Direction) => Promise<void>;
}

/**
 * Hands our migrations to stock Knex: names without extension, SQL pairs with and without a module, code migrations. Nothing is
 * imported to list them. Each says `transaction: false`, because the executor owns the transaction.
 */
export function migrationSource({ read, execute }: SourceOptions): Knex.MigrationSource<ListedMigration> {
  return {
    getMigrations: async () => (await read()).map((migration) => ({ file: migration.name, migration })),
    getMigrationName: ({ file }) => file,
    getMigration: async ({ migration }) => ({
      up: (knex) => execute(knex, migration, 'up'),
      down: (knex) => execute(knex, migration, 'down'),
      config: { transaction: false },
    }),
  };
}
