// A table that has partitions, and up to where.
import type { Column } from '../../draft/read-state.ts';
import { referredBy } from '../recipe/bring-back.ts';
import { partOf } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { outside } from '../recipe/refuse.ts';

export interface Partitioned {
  readonly column: Column;
  /** The DEFAULT partition, with its schema. */
  readonly rest: string;
  readonly until: Date;
  readonly others: readonly string[];
}

const BY_HAND = 'write the SQL by hand: npm run migrate:make -- describe_the_change';

interface Row {
  readonly column: string;
  readonly rest: string | null;
  readonly isOpen: boolean;
  readonly until: string | null;
}

/** Bounds as the server writes them, which it does for the time zone of the session. */
const QUESTION = `SELECT a.attname::text AS column, pg_catalog.bool_or(b.bound LIKE '%TO (MAXVALUE)') AS "isOpen",
    (SELECT pg_catalog.format('%I.%I', n.nspname, r.relname) FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE r.oid = p.partdefid) AS rest,
    pg_catalog.to_char(pg_catalog.max(CASE a.atttypid WHEN 1184 THEN pg_catalog.timezone('UTC', b.upper::pg_catalog.timestamptz) ELSE b.upper::pg_catalog.timestamp END), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until
  FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  LEFT JOIN pg_catalog.pg_inherits h ON h.inhparent = p.partrelid
  LEFT JOIN LATERAL (SELECT x.bound, (pg_catalog.regexp_match(x.bound, 'TO \\(''([^'']*)''\\)$'))[1] AS upper
    FROM (SELECT pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_catalog.pg_class c WHERE c.oid = h.inhrelid) x) b ON true
  WHERE p.partrelid = $1::pg_catalog.regclass AND p.partstrat = 'r' AND p.partnatts = 1 AND a.atttypid IN (1082, 1114, 1184) GROUP BY a.attname, p.partdefid`;

/** @throws LockstepError where what follows the last partition is not plain */
export async function readPartitioned(look: Look, table: Table): Promise<Partitioned> {
  const { rows } = await look.client.query<Row>(QUESTION, [table.full]);
  const [row] = rows;
  const column = row && look.findColumn(table, row.column);
  if (!row || !column) throw outside(`${table.full} is not partitioned by ranges of one date`, BY_HAND);
  if (row.isOpen || row.until === null) throw outside(`${table.full} has no last partition, behind which others could follow`, BY_HAND);
  if (row.rest === null)
    throw outside(
      `${table.full} has no DEFAULT partition, where rows could go when the new ones are undone`,
      `in a migration of your own: CREATE TABLE ${table.schema}.… PARTITION OF ${table.full} DEFAULT;`,
    );
  const keys = look.state.statements.filter(({ rank, name }) => rank === 'foreign key' && name.startsWith(`${table.full}.`));
  const others = keys.flatMap((one) => partOf(look, one) ?? []).map(referredBy);
  return { column, rest: row.rest, until: new Date(row.until), others: [...new Set(others)] };
}
