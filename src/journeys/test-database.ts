import { createHash, randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { readMigrationText } from '../files/migration-text.ts';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import type { ConnectionSettings, Project } from '../model/environment.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { withMaintenance } from '../pg/connect.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import { openEnvironment } from '../target/open-environment.ts';
import { type OpenOptions, openProject } from './open-project.ts';

/** A database of its own with everything applied. */
export interface TestDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/**
 * Clones a database in which everything is applied: the first call after a change of the migrations makes that template, all others copy it
 * (manual: sql-createdatabase). Of the server that `test` names, else of the embedded one. Safe when many test files ask at once.
 * @throws LockstepError where a migration fails
 */
export async function withMigratedDatabase(project: Project, options: Pick<OpenOptions, 'connection'> = {}): Promise<TestDatabase> {
  const settings = await serverOf(project, options);
  const family = `lockstep_template_${createHash('sha256').update(project.root).digest('hex').slice(0, 8)}_`;
  const template = `${family}${await fingerprint(project)}`;
  const name = `lockstep_test_${randomBytes(6).toString('hex')}`;
  await withMaintenance(settings, async (client) => {
    await client.query(`SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended(${literal(family)}, 0))`);
    const { rows } = await client.query(`SELECT FROM pg_catalog.pg_database WHERE datname = ${literal(template)} AND datistemplate`);
    if (rows.length === 0) {
      for (const old of await templatesOf(client, family)) {
        await client.query(`ALTER DATABASE ${identifier(old)} IS_TEMPLATE false`);
        await client.query(`DROP DATABASE ${identifier(old)}`);
      }
      await client.query(`CREATE DATABASE ${identifier(template)} TEMPLATE template0`);
      await migrate(project, { ...settings, database: template });
      await client.query(`ALTER DATABASE ${identifier(template)} IS_TEMPLATE true`);
    }
    await client.query(`CREATE DATABASE ${identifier(name)} TEMPLATE ${identifier(template)}`);
  });
  const drop = (): Promise<void> =>
    withMaintenance(settings, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`)));
  return { url: urlOf({ ...settings, database: name }), drop };
}

/** Those of this project, of earlier migrations and of a run that was cut off. */
async function templatesOf(client: Client, family: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_catalog.pg_database WHERE pg_catalog.starts_with(datname::text, ${literal(family)})`,
  );
  return rows.map(({ name }) => name);
}

async function serverOf(project: Project, { connection }: Pick<OpenOptions, 'connection'>): Promise<ConnectionSettings> {
  const variables = typeof connection === 'string' ? { DATABASE_URL: connection } : process.env;
  const isNamed = ['DATABASE_URL', 'DB_HOST', 'PGHOST'].some((name) => variables[name]);
  return (await openEnvironment({ project, env: isNamed ? 'test' : 'development', variables, emit: () => {} })).settings;
}

/** Of every text that is applied. */
async function fingerprint({ root }: Project): Promise<string> {
  const hash = createHash('sha256');
  for (const migration of await readVerifiedMigrations(root))
    hash.update(`${migration.name} ${readMigrationText(root, migration).checksum}\n`);
  return hash.digest('hex').slice(0, 16);
}

async function migrate(project: Project, settings: ConnectionSettings): Promise<void> {
  const { failed } = await openProject(project, { env: 'test', connection: urlOf(settings) }).apply();
  if (!failed) return;
  const { code, what, next, where } = failed.failure;
  throw new LockstepError({ code, what, next, exitCode: 1, ...(where && { where }) });
}

const urlOf = ({ user, password = '', host, port, database }: ConnectionSettings): string =>
  `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}`;
