// What a project imports from the package, and this repository as '#lockstep': its knexfile and its migration modules.
import type { Knex } from 'knex';
import { stockKnexfile } from './journeys/stock.ts';
import type { Project } from './model/environment.ts';
import { plainReporter } from './report/plain.ts';

export { defineProject, type ProjectSettings } from './environment/define-project.ts';
export type { Run } from './journeys/begin-run.ts';
export { type OpenedProject, type OpenOptions, openProject } from './journeys/open-project.ts';
export { type TestDatabase, withMigratedDatabase } from './journeys/test-database.ts';
export { sqlMigration } from './knex/sql-migration.ts';
export type { Event } from './model/event.ts';
export { LockstepError } from './model/lockstep-error.ts';
export type { Outcome } from './model/outcome.ts';
export type { Status } from './model/status.ts';

/** The Knex configuration of a project, keyed by environment: for the stock CLI, and for `knex(config.development)` in code. */
export const knexConfig = (project: Project): Record<string, Knex.Config> =>
  stockKnexfile(project, plainReporter((text) => process.stderr.write(text)).report);
