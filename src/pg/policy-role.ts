import type { Client } from 'pg';
import { LockstepError } from '../model/lockstep-error.ts';
import { oneMessage } from './one-message.ts';
import { identifier } from './sql-text.ts';

/** @throws LockstepError when the policy's role is not there, or this session may not become it. */
export async function verifyRole(client: Client, role: string | undefined): Promise<void> {
  if (role === undefined) return;
  const { rows } = await client.query<{ user: string; found: boolean; member: boolean | null }>(
    oneMessage(
      `SELECT session_user::text AS user, EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1) AS found,
         (SELECT pg_catalog.pg_has_role(session_user, oid, 'MEMBER') FROM pg_catalog.pg_roles WHERE rolname = $1) AS member`,
      [role],
    ),
  );
  const [row] = rows;
  if (row?.member) return;
  const grant = `GRANT ${identifier(role)} TO ${identifier(row?.user ?? '')};`;
  throw new LockstepError({
    code: 'role-unusable',
    what: row?.found
      ? `User "${row.user}" may not become the role "${role}" that the policy names`
      : `The role "${role}" that the policy names does not exist on this server`,
    next: `as a superuser: ${row?.found ? grant : `CREATE ROLE ${identifier(role)}; ${grant}`}`,
    exitCode: 2,
  });
}
