import type { FaultServer } from './server.ts';

/** What of a database must be as in the undisturbed run. */
export interface Picture {
  /** Every column, index, constraint, type, function and partition, one line each. */
  readonly schema: readonly string[];
  /** A hash of each table's rows. */
  readonly rows: readonly string[];
  /** Names in history, in order. */
  readonly history: readonly string[];
  /** How often each migration was recorded as applied or rolled back. Empty without a journal. */
  readonly recorded: readonly string[];
}

const MINE = "c.relnamespace = 'public'::regnamespace AND c.relname !~ '^(schema|knex)_migrations'";

const SCHEMA = `
SELECT coalesce(json_agg(line ORDER BY line), '[]') AS lines FROM (
  SELECT format('column %s.%s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull) AS line
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE ${MINE} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v')
  UNION ALL SELECT format('index %s valid %s ready %s', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE ${MINE}
  UNION ALL SELECT format('constraint %s.%s %s validated %s', c.relname, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE ${MINE}
  UNION ALL SELECT format('label %s.%s', t.typname, e.enumlabel) FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
  UNION ALL SELECT format('function %s', p.oid::regprocedure) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname !~ '^schema_migrations'
  UNION ALL SELECT format('partition %s of %s pending %s', h.inhrelid::regclass, h.inhparent::regclass, h.inhdetachpending)
  FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid WHERE ${MINE} AND c.relkind IN ('r', 'p')
) s`;

const ROWS = `
SELECT coalesce(json_agg(c.relname || ' ' || (xpath('/row/h/text()', query_to_xml(format(
  'SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '''')) AS h FROM ONLY %I t', c.relname), false, true, '')))[1]::text), '[]') AS lines
FROM pg_class c WHERE ${MINE} AND c.relkind = 'r'`;

const linesOf = async (server: FaultServer, database: string, sql: string): Promise<readonly string[]> =>
  (await server.query(database, sql)).flatMap(({ lines }) => (Array.isArray(lines) ? lines.map(String) : []));

async function isThere(server: FaultServer, database: string, table: string): Promise<boolean> {
  return (await server.query(database, 'SELECT to_regclass($1) IS NOT NULL AS found', [table]))[0]?.['found'] === true;
}

export async function takePicture(server: FaultServer, database: string, history: string): Promise<Picture> {
  const from = (sql: string) => linesOf(server, database, sql);
  const [hasHistory, hasJournal] = [await isThere(server, database, history), await isThere(server, database, 'schema_migrations_journal')];
  return {
    schema: await from(SCHEMA),
    rows: (await from(ROWS)).toSorted(),
    history: hasHistory ? await from(`SELECT coalesce(json_agg(name ORDER BY id), '[]') AS lines FROM ${history}`) : [],
    recorded: hasJournal
      ? await from(`SELECT coalesce(json_agg(line ORDER BY line), '[]') AS lines FROM (SELECT format('%s %s %s', name, event, count(*)) AS line
          FROM schema_migrations_journal WHERE event IN ('step-done', 'step-rolled-back') GROUP BY name, event) s`)
      : [],
  };
}

/** The first line that differs, for the report; undefined when nothing does. */
export function findDifference(expected: Picture, found: Picture): string | undefined {
  for (const what of ['history', 'schema', 'rows', 'recorded'] as const) {
    const [a, b] = [expected[what], found[what]];
    const missing = a.find((line, i) => b[i] !== line && !b.includes(line));
    const extra = b.find((line, i) => a[i] !== line && !a.includes(line));
    if (missing !== undefined || extra !== undefined) return `${what}: missing ${missing ?? 'nothing'}, too much ${extra ?? 'nothing'}`;
    if (a.join('\n') !== b.join('\n')) return `${what}: ${b.join(', ')} instead of ${a.join(', ')}`;
  }
  return undefined;
}

const LEFTOVERS = `
SELECT 'INVALID index ' || indexrelid::regclass AS what FROM pg_index WHERE NOT indisvalid
UNION ALL SELECT 'constraint not validated: ' || conname FROM pg_constraint WHERE NOT convalidated
UNION ALL SELECT 'advisory lock of pid ' || pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT format('orphaned backend %s: %s, %s', a.pid, a.state, left(a.query, 60)) FROM pg_stat_activity a
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend' AND EXISTS (
  SELECT FROM pg_locks l WHERE l.pid = a.pid AND (l.locktype IN ('transactionid', 'advisory') OR l.relation >= 16384))`;

const OPEN_RUNS = `
SELECT 'open run ' || run AS what FROM schema_migrations_journal s WHERE event = 'run-started'
  AND NOT EXISTS (SELECT FROM schema_migrations_journal e WHERE e.run = s.run AND e.event IN ('run-ended', 'settled'))`;

/** What a crashed run may leave and a person would have to clear away. */
export async function findLeftovers(server: FaultServer, database: string, hasRunAgain: boolean): Promise<readonly string[]> {
  const found = [...(await server.query(database, LEFTOVERS))];
  for (const lock of ['schema_migrations_lock', 'knex_migrations_lock']) {
    if (await isThere(server, database, lock))
      found.push(...(await server.query(database, `SELECT 'is_locked' AS what FROM ${lock} WHERE is_locked <> 0`)));
  }
  if (hasRunAgain && (await isThere(server, database, 'schema_migrations_journal')))
    found.push(...(await server.query(database, OPEN_RUNS)));
  return found.map(({ what }) => String(what));
}
