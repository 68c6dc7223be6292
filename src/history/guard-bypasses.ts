import { oneMessage } from '../pg/sql-text.ts';
import type { History } from './history.ts';

/** Something beside the guards that keeps events or rows away from their table, or from whoever reads it. */
export interface Bypass {
  /** `the rule "r" of schema_migrations_journal`. */
  readonly what: string;
  readonly undo: string;
}

// A trigger that fires before a row is written may leave it out, or write another one; of type: 2 is BEFORE (pg_trigger.h).
const BYPASSES = `
SELECT pg_catalog.format('the rule %I of %s', r.rulename, c.relname) AS what, pg_catalog.format('DROP RULE %I ON %s;', r.rulename, c.named) AS undo
FROM ours c JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid WHERE c.relkind = 'r'
UNION ALL
SELECT pg_catalog.format('the trigger %I of %s', t.tgname, c.relname), pg_catalog.format('DROP TRIGGER %I ON %s;', t.tgname, c.named)
FROM ours c JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
WHERE NOT t.tgisinternal AND t.tgtype & 2 <> 0
  AND (c.relname, t.tgname) NOT IN (($3, $3 || '_append'), ($3, $3 || '_keep'), ($4, $4 || '_keep_first'))
UNION ALL
SELECT pg_catalog.format('the row security of %s', c.relname), pg_catalog.format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY;', c.named)
FROM ours c WHERE c.relrowsecurity
UNION ALL
-- A crash of the server empties an unlogged table (manual: sql-createtable).
SELECT pg_catalog.format('the UNLOGGED storage of %s', c.relname), pg_catalog.format('ALTER TABLE %s SET LOGGED;', c.named)
FROM ours c WHERE c.relpersistence = 'u'`;

export async function readBypasses(history: History): Promise<readonly Bypass[]> {
  const { rows } = await history.client.query<Bypass>(
    oneMessage(
      `WITH ours AS (SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity, pg_catalog.format('%I.%I', n.nspname, c.relname) AS named
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.oid IN (pg_catalog.to_regclass($1), pg_catalog.to_regclass($2))) ${BYPASSES}`,
      [history.rows, history.journal, history.names.journal, history.names.rows],
    ),
  );
  return rows;
}
