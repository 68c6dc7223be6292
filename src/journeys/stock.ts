import path from 'node:path';
import type { Knex } from 'knex';
import type { Client } from 'pg';
import { readVariables } from '../environment/read-environment.ts';
import { namesIn } from '../files/disk.ts';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import { MODULE_FOLDER, REPEATABLE_FOLDER, UP_FOLDER } from '../files/write-migration.ts';
import { knexfileEntry } from '../knex/knexfile-entry.ts';
import { migrationSource } from '../knex/migration-source.ts';
import { readStockCommand, type StockCommand } from '../knex/stock-command.ts';
import { applyCommand, ROLLBACK_COMMAND, shellWord } from '../model/command.ts';
import { ALIASES, type Environment, environmentNamed, type Project } from '../model/environment.ts';
import type { Emit } from '../model/event.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { clientOptions } from '../pg/client-options.ts';
import { databaseRefusal } from '../pg/failure.ts';
import { createScriptHost } from '../run/script-host.ts';
import { connectTarget } from '../target/connect-target.ts';
import { openEnvironment } from '../target/open-environment.ts';
import { mayCreate } from '../target/with-run.ts';
import { type Stock, StockSession } from './stock-session.ts';

/** What `knexfile.ts` exports: one entry per environment, `dev` and `prod` included, for the stock CLI and for `knex()` in code. */
export function stockKnexfile(project: Project, emit: Emit): Record<string, Knex.Config> {
  const stock: Stock = { project, emit, variables: process.env, command: readStockCommand(process.argv) };
  if (stock.command?.name === 'migrate:make') refuseTimestamps(project.root, stock.command);
  const names = [...project.environments.map(({ name }) => name), ...Object.keys(ALIASES)];
  return Object.fromEntries(names.map((name) => [name, entry(stock, environmentNamed(project, name))]));
}

/** Knex names what it makes by the time, whatever the project does; and an SQL pair would be missing. */
function refuseTimestamps(root: string, { words }: StockCommand): void {
  const names = [UP_FOLDER, MODULE_FOLDER].flatMap((folder) => namesIn(path.join(root, folder)));
  if (!names.some((name) => /^\d{1,13}_/.test(name))) return;
  throw new LockstepError({
    code: 'stock-make',
    what: 'npx knex migrate:make would name the migration by the time, and this project counts its versions',
    next: `npm run migrate:make -- ${shellWord(words[0] ?? 'add_new_table')}   takes the next number`,
  });
}

/** The CLI takes `development` when nothing else is said, which then names no environment: `MIGRATE_ENV` and the database do. */
function namedEnvironment({ command, variables }: Stock, name: string): string | undefined {
  const isDefault = command && !command.namesEnvironment && !(variables['NODE_ENV'] && name === variables['NODE_ENV']);
  return isDefault ? variables['MIGRATE_ENV'] || undefined : name;
}

function entry(stock: Stock, environment: Environment): Knex.Config {
  const { project, variables, emit, command } = stock;
  const { name } = environment;
  const env = namedEnvironment(stock, name);
  const session = new StockSession(stock, env);
  return knexfileEntry({
    root: project.root,
    schema:
      project.history.schemaName ?? (readVariables(project, env ? environment : undefined, variables)['DB_SCHEMA']?.trim() || 'public'),
    tableName: project.history.tableName,
    hasRepeatables: namesIn(path.join(project.root, REPEATABLE_FOLDER)).length > 0,
    runLockWaitMs: environment.policy.runLockWaitMs,
    source: migrationSource({
      read: () => readVerifiedMigrations(project.root),
      execute: (knex, migration, direction) => session.execute(knex, migration, direction).catch(refuse),
    }),
    host: createScriptHost({
      root: project.root,
      retryCommand: (direction) => (direction === 'up' ? applyCommand(name) : ROLLBACK_COMMAND),
      user: '',
    }),
    connect: () => connectOptions(stock, session).catch(refuse),
    prepare: (client: Client) => session.prepare(client).catch(refuse),
    warn: (text) => emit({ type: 'note', text }),
    isCli: command !== undefined,
  });
}

/** What the server says is no bug: the stock CLI would print a stack trace. */
function refuse(error: unknown): never {
  throw databaseRefusal(error) ?? error;
}

/** Tries the door first, so that a database that is absent or a server without TLS is met by us and not by the pool. */
async function connectOptions({ project, variables, emit }: Stock, session: StockSession) {
  const { chosen, settings } = await openEnvironment({ project, variables, emit, ...(session.env && { env: session.env }) });
  const client = await connectTarget({ settings, application: 'lockstep knex', createMissing: mayCreate(project, chosen), emit });
  const isEncrypted = 'encrypted' in ((client as unknown as { connection: { stream: object } }).connection.stream ?? {});
  await client.end();
  const found = settings.tls === 'prefer' ? { ...settings, tls: isEncrypted ? ('require' as const) : ('disable' as const) } : settings;
  session.open({ chosen, settings: found });
  return clientOptions(found, 'lockstep knex');
}
