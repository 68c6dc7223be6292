import type { Look, Table } from '../recipe/look.ts';

/**
 * Statements that have open sessions compile the functions of the table's triggers anew. PL/pgSQL keeps for a session which type a field of
 * NEW has, and fails when it has another one: "type of parameter 14 (bigint) does not match that when preparing the plan".
 */
export async function recompile(look: Look, { full }: Table): Promise<readonly string[]> {
  const { rows } = await look.client.query<{ sql: string }>(
    `SELECT DISTINCT pg_catalog.format('ALTER FUNCTION %I.%I() COST %s;', nspname, proname, procost) AS sql
     FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = tgfoid JOIN pg_catalog.pg_language l ON l.oid = prolang JOIN pg_catalog.pg_namespace n ON n.oid = pronamespace
     WHERE tgrelid = $1::pg_catalog.regclass AND NOT tgisinternal AND lanname = 'plpgsql' ORDER BY 1`,
    [full],
  );
  return rows.map(({ sql }) => sql);
}
