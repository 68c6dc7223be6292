/**
 * The looks at BEGIN and before COMMIT: what a step really took, and what it did to the history, whatever its text says. They are functions
 * of the database, so that a session plans them once.
 */
import { literal } from '../pg/sql-text.ts';
import type { HistoryTables } from './history.ts';
import { tableTriggers } from './table-functions.ts';

/** A function beside the history tables. */
export interface LookFunction {
  readonly name: string;
  readonly signature: string;
  /** As `pg_proc.prosrc` has it. */
  readonly body: string;
}

export const LOSS_REFUSED = 'LKS01';
export const HISTORY_TOUCHED = 'LKS02';

const CURSOR = 'lockstep_before';
const SUSPECTS = "nullif(pg_catalog.current_setting('lockstep.suspects', true), '')::oid[]";

export const lookFunctions = (history: HistoryTables): readonly [LookFunction, LookFunction] => [
  { name: `${history.names.rows}_look_at_begin`, signature: 'own oid[]) RETURNS void', body: AT_BEGIN },
  {
    name: `${history.names.rows}_look_before_commit`,
    signature: 'own oid[], newest int8, visible text[], allowed text[], refuses bool) RETURNS text',
    body: beforeCommit(history),
  },
];

// Opened at BEGIN and fetched before COMMIT, and only where something is missing then. Its snapshot is that of BEGIN (manual: sql-declare,
// a cursor is insensitive), while whose rows are wanted is read when it is fetched: so it tells how a table was that is gone now, and costs
// the same beside ten tables and ten thousand. Before PostgreSQL 15 nobody can have the session's own counts flushed: they are written down.
const AT_BEGIN = `
DECLARE begun refcursor := '${CURSOR}';
BEGIN
  OPEN begun FOR SELECT oid, 0 AS number, relname AS name, relkind AS kind, relfilenode AS node, relnamespace AS schema FROM pg_catalog.pg_class WHERE oid = ANY (${SUSPECTS})
    UNION ALL SELECT attrelid, attnum, attname, 'a', 0, 0 FROM pg_catalog.pg_attribute WHERE attrelid = ANY (${SUSPECTS}) AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT oid, 0, nspname, 'n', 0, 0 FROM pg_catalog.pg_namespace;
  IF pg_catalog.current_setting('server_version_num')::int < 150000 THEN
    PERFORM pg_catalog.set_config('lockstep.counted', coalesce((SELECT pg_catalog.json_object_agg(oid, n)::text FROM (SELECT oid, pg_catalog.pg_stat_get_xact_tuples_deleted(oid)
      + CASE WHEN oid = ANY (own) THEN pg_catalog.pg_stat_get_xact_tuples_inserted(oid) + pg_catalog.pg_stat_get_xact_tuples_updated(oid) ELSE 0 END AS n
      FROM pg_catalog.pg_class WHERE relkind = 'r') c WHERE n > 0), '{}'), true);
  END IF;
END `;

const HARD_LOCKS = "('ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')";

/** `schema.table`, without its schema where that needs no mention. */
const nameOf = (schema: string, table: string): string =>
  `CASE WHEN ${schema} = ANY (visible) THEN '' ELSE quote_ident(${schema}) || '.' END || quote_ident(${table})`;

const beforeCommit = (history: HistoryTables): string => `
DECLARE taken jsonb := '[]'; excess jsonb; rel oid; held oid[]; changed oid[]; suspects oid[]; hard bool; was record; named jsonb := '{}';
  begun refcursor := '${CURSOR}'; net int8; kept int8; counted jsonb := coalesce(nullif(current_setting('lockstep.counted', true), ''), '{}')::jsonb;
BEGIN
  SELECT array_agg(DISTINCT relation) FILTER (WHERE relation::int8 <= newest AND mode <> 'AccessShareLock'),
    array_agg(DISTINCT relation) FILTER (WHERE relation::int8 <= newest AND mode = 'AccessExclusiveLock'),
    bool_or(relation = ANY (own) AND mode IN ${HARD_LOCKS})
  INTO held, changed, hard FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND relation >= 16384;
${historyLook(history)}
  FOREACH rel IN ARRAY coalesce(held, '{}') LOOP
    net := pg_stat_get_xact_tuples_deleted(rel);
    CONTINUE WHEN net = 0 OR rel = ANY (own);
${DELETED}
  END LOOP;
  IF changed IS NOT NULL THEN
    SELECT array_agg(u) INTO suspects FROM unnest(changed) u LEFT JOIN pg_class c ON c.oid = u
    WHERE u <> ALL (own) AND (c.oid IS NULL OR c.relfilenode::int8 > newest
      OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = u AND a.attisdropped AND age(a.xmin) <= age(pg_current_xact_id()::xid)));
    IF suspects IS NOT NULL AND EXISTS (SELECT FROM pg_cursors WHERE name = '${CURSOR}') THEN
${GONE}
    ELSIF suspects IS NOT NULL THEN
${GONE_UNSEEN}
    END IF;
  END IF;
  IF refuses AND taken <> '[]' THEN
    SELECT jsonb_agg(t) INTO excess FROM jsonb_array_elements(taken) t
    WHERE t ->> 'oid' <> ALL (allowed) AND (t ->> 'oid') || '.' || coalesce(t ->> 'column', '') <> ALL (allowed);
    IF excess IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '${LOSS_REFUSED}', MESSAGE = 'data loss', DETAIL = excess::text; END IF;
  END IF;
  IF taken <> '[]' THEN PERFORM set_config('lockstep.taken', taken::text, true); END IF;
  RETURN taken::text;
END `;

// Without rows that the step had inserted itself: all that were, but the ones that are there.
const DELETED = `    net := net - coalesce((counted ->> rel::text)::int8, 0);
    SELECT c.relname, n.nspname INTO was FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = rel AND c.relkind = 'r' AND c.relpersistence <> 't';
    CONTINUE WHEN NOT FOUND OR net <= 0;
    IF pg_stat_get_xact_tuples_inserted(rel) > 0 THEN
      EXECUTE format('SELECT count(*) FROM ONLY %s WHERE age(xmin) <= age(pg_current_xact_id()::xid)', rel::regclass) INTO kept;
      net := net - greatest(pg_stat_get_xact_tuples_inserted(rel) - kept, 0);
    END IF;
    IF net > 0 THEN taken := taken || jsonb_build_object('what', 'deleted', 'oid', rel::int8, 'rows', net, 'object', ${nameOf('was.nspname', 'was.relname')}); END IF;`;

// Tables and columns that were there at BEGIN and are gone, and tables that were emptied: a rewrite keeps its rows, TRUNCATE those that came since.
const GONE = `      PERFORM set_config('lockstep.suspects', suspects::text, true);
      LOOP
        FETCH begun INTO was;
        EXIT WHEN NOT FOUND;
        IF was.kind IN ('r', 'p') THEN
          named := named || jsonb_build_object(was.oid::text, jsonb_build_object('name', was.name, 'schema', was.schema));
          IF NOT EXISTS (SELECT FROM pg_class WHERE oid = was.oid) THEN
            taken := taken || jsonb_build_object('what', 'dropped', 'oid', was.oid::int8);
          ELSIF was.kind = 'r' AND was.node <> (SELECT relfilenode FROM pg_class WHERE oid = was.oid) THEN
            net := greatest(pg_stat_get_xact_tuples_inserted(was.oid) - pg_stat_get_xact_tuples_deleted(was.oid), 0);
            EXECUTE format('SELECT count(*) FROM (SELECT FROM ONLY %s LIMIT %s) kept', was.oid::regclass, net + 1) INTO kept;
            IF kept <= net THEN taken := taken || jsonb_build_object('what', 'truncated', 'oid', was.oid::int8); END IF;
          END IF;
        ELSIF was.kind = 'n' THEN
          named := named || jsonb_build_object('n' || was.oid::text, was.name);
        ELSIF named ? was.oid::text AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = was.oid AND attnum = was.number AND attisdropped) THEN
          taken := taken || jsonb_build_object('what', 'column', 'oid', was.oid::int8, 'column', was.name);
        END IF;
      END LOOP;
      SELECT jsonb_agg(CASE WHEN one ? 'object' THEN one ELSE one || jsonb_build_object('object', ${nameOf("(named ->> ('n' || (named -> (one ->> 'oid') ->> 'schema')))", "(named -> (one ->> 'oid') ->> 'name')")}) END)
      INTO taken FROM jsonb_array_elements(taken) one;
      taken := coalesce(taken, '[]');`;

// A script has closed the cursor (CLOSE ALL), so nothing tells how its tables were: all of their rows count. Their names are found when all is rolled back.
const GONE_UNSEEN = `      FOREACH rel IN ARRAY suspects LOOP
        net := greatest(pg_stat_get_xact_tuples_inserted(rel) - pg_stat_get_xact_tuples_deleted(rel), 0);
        kept := net + 1;
        IF EXISTS (SELECT FROM pg_class WHERE oid = rel AND relkind = 'r' AND relfilenode::int8 > newest) THEN
          EXECUTE format('SELECT count(*) FROM (SELECT FROM ONLY %s LIMIT %s) kept', rel::regclass, net + 1) INTO kept;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_class WHERE oid = rel) OR kept <= net OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = rel AND a.attisdropped AND age(a.xmin) <= age(pg_current_xact_id()::xid)) THEN
          taken := taken || jsonb_build_object('what', 'dropped', 'oid', rel::int8, 'object', coalesce((SELECT relname::text FROM pg_class WHERE oid = rel), ''));
        END IF;
      END LOOP;`;

/** Nobody but the executor writes the history: neither rows nor anything about its tables. */
function historyLook(history: HistoryTables): string {
  const { names } = history;
  const guards = `ARRAY[${tableTriggers(history)
    .map(({ name }) => literal(name))
    .join(', ')}]`;
  const tables = (['rows', 'lock', 'journal'] as const).map((table, i) => ({
    name: names[table],
    quoted: history[table],
    oid: `own[${i + 1}]`,
  }));
  const written = (oid: string): string =>
    `pg_stat_get_xact_tuples_inserted(${oid}) + pg_stat_get_xact_tuples_updated(${oid}) + pg_stat_get_xact_tuples_deleted(${oid}) - coalesce((counted ->> ${oid}::text)::int8, 0)`;
  const isTouched = tables.map(({ quoted, oid }) => `to_regclass(${literal(quoted)})::oid IS DISTINCT FROM ${oid} OR ${written(oid)} > 0`);
  const values = tables.map(({ name, quoted, oid }, i) => `(${i}, ${literal(name)}, ${oid}, to_regclass(${literal(quoted)})::oid)`);
  return `  IF hard OR ${isTouched.join(' OR ')} THEN
    RAISE EXCEPTION USING ERRCODE = '${HISTORY_TOUCHED}', MESSAGE = 'history touched', DETAIL = (SELECT jsonb_agg(w.what ORDER BY t.i, w.what)::text
      FROM (VALUES ${values.join(', ')}) t (i, name, known, oid) CROSS JOIN LATERAL (
      SELECT t.name || coalesce((SELECT ' moves to ' || k.oid::regclass::text FROM pg_class k WHERE k.oid = t.known), ' is dropped') AS what WHERE t.oid IS DISTINCT FROM t.known
      UNION ALL SELECT 'rows of ' || t.name WHERE ${written('t.known')} > 0
      UNION ALL SELECT 'the trigger ' || quote_ident(g.tgname) || ' on ' || t.name FROM pg_trigger g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgname <> ALL (${guards})
      UNION ALL SELECT 'row security on ' || t.name FROM pg_class k WHERE k.oid = t.oid AND k.relrowsecurity
      UNION ALL SELECT 'the rule ' || quote_ident(r.rulename) || ' on ' || t.name FROM pg_rewrite r WHERE r.ev_class = t.oid
      UNION ALL SELECT 'an alteration of ' || t.name WHERE EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.relation = t.known AND l.mode IN ${HARD_LOCKS})) w);
  END IF;`;
}
