import { randomBytes } from 'node:crypto';
import type { ConnectionSettings } from '../src/model/environment.ts';
import { withMaintenance } from '../src/pg/connect.ts';
import { identifier } from '../src/pg/sql-text.ts';

/** Makes an empty database with a name that nobody has. Returns the settings that lead to it. */
export async function createScratch(settings: ConnectionSettings, purpose: string): Promise<ConnectionSettings> {
  const scratch = { ...settings, database: `lockstep_${purpose}_${randomBytes(5).toString('hex')}` };
  // template0 takes no connections, so nobody can block the copy.
  await withMaintenance(settings, (client) => client.query(`CREATE DATABASE ${identifier(scratch.database)} TEMPLATE template0`));
  return scratch;
}

/** Makes a copy of a database that nobody is connected to. */
export async function copyScratch(original: ConnectionSettings): Promise<ConnectionSettings> {
  const copy = { ...original, database: `${original.database}_copy` };
  await withMaintenance(original, (client) =>
    client.query(`CREATE DATABASE ${identifier(copy.database)} TEMPLATE ${identifier(original.database)}`),
  );
  return copy;
}

export async function dropScratch(scratch: ConnectionSettings): Promise<void> {
  await withMaintenance(scratch, (client) => client.query(`DROP DATABASE IF EXISTS ${identifier(scratch.database)} WITH (FORCE)`));
}

/** What belongs to the whole server: `role app`, `database shop`. */
export async function listServerObjects(settings: ConnectionSettings): Promise<readonly string[]> {
  const { rows } = await withMaintenance(settings, (client) =>
    client.query<{ name: string }>(
      `SELECT 'role ' || rolname AS name FROM pg_catalog.pg_roles UNION ALL SELECT 'database ' || datname FROM pg_catalog.pg_database
       UNION ALL SELECT 'tablespace ' || spcname FROM pg_catalog.pg_tablespace`,
    ),
  );
  return rows.map(({ name }) => name);
}
