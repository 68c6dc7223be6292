import type { Client } from 'pg';
import { identifier } from './sql-text.ts';

/** Gives a scratch server the names of another one's roles, without any right of theirs, so that owners and grants can be restored. */
export async function createMissingRoles(from: Client, into: Client): Promise<void> {
  const names = async (client: Client): Promise<readonly string[]> =>
    (await client.query<{ rolname: string }>("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'")).rows.map(
      ({ rolname }) => rolname,
    );
  const there = new Set(await names(into));
  for (const name of await names(from)) if (!there.has(name)) await into.query(`CREATE ROLE ${identifier(name)}`);
}
