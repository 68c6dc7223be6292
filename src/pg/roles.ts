import type { Client } from 'pg';
import { identifier } from './sql-text.ts';

/** Gives a server the names of another one's roles, without any right of theirs, so that owners and grants can be the same. */
export async function createMissingRoles(from: Client, into: Client): Promise<void> {
  await createRoles(into, await listRoles(from));
}

export async function createRoles(into: Client, wanted: readonly string[]): Promise<void> {
  const there = await listRoles(into);
  for (const name of wanted) if (!there.includes(name)) await into.query(`CREATE ROLE ${identifier(name)}`);
}

export const listRoles = async (client: Client): Promise<readonly string[]> =>
  (await client.query<{ name: string }>("SELECT rolname AS name FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'")).rows.map(
    ({ name }) => name,
  );

/** Those that own objects of this database, are granted something or stand in a policy, but for the one that is connected (manual: catalog-pg-shdepend). */
export const readNamedRoles = async (client: Client): Promise<readonly string[]> =>
  (
    await client.query<{
      name: string;
    }>(`SELECT DISTINCT r.rolname::text AS name FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_roles r ON r.oid = d.refobjid
      WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND r.rolname !~ '^pg_' AND r.rolname <> current_user
        AND d.dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) ORDER BY 1`)
  ).rows.map(({ name }) => name);
