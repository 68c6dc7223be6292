// Rows for tables that are empty: each value comes of its row's number, so that keys are unique and foreign keys hold.
import type pg from 'pg';

const ROWS = 3_000;

/** By the name of the base type; %y is a year. Of what is not listed: NULL. */
const VALUES: Readonly<Record<string, string>> = {
  bit: "B'1010'",
  bool: 'i % 2 = 0',
  bpchar: 'i::text',
  cidr: "('10.0.' || i / 256 || '.' || i % 256)::cidr",
  citext: "('x' || i)::citext",
  date: "'%y-01-01'::date + i % 365",
  float8: 'i',
  inet: "('10.0.' || i / 256 || '.' || i % 256)::inet",
  int2: 'i',
  int4: 'i',
  int8: 'i',
  interval: "i * interval '1 minute'",
  json: "'{}'",
  jsonb: "'{}'",
  numeric: 'i',
  oid: 'i::oid',
  text: "'x' || i",
  time: "'00:00'::time + i * interval '1 second'",
  timestamp: "'%y-01-01'::timestamp + i * interval '1 hour'",
  timestamptz: "'%y-01-01 00:00Z'::timestamptz + i * interval '1 hour'",
  tsrange: "tsrange('%y-01-01'::timestamp + i * interval '1 hour', '%y-01-01'::timestamp + i * interval '1 hour' + interval '1 minute')",
  uuid: 'md5(i::text)::uuid',
  varbit: "B'1010'",
  varchar: "'x' || i",
  _varchar: "ARRAY['x' || i]",
  _text: "ARRAY['x' || i]",
};

const TABLES = `SELECT c.oid, c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY c.oid`;
const COLUMNS = `SELECT quote_ident(a.attname) AS name, b.typname AS type, e.enumlabel AS label
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
  LEFT JOIN LATERAL (SELECT enumlabel FROM pg_enum WHERE enumtypid = b.oid ORDER BY enumsortorder LIMIT 1) e ON true
  WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity <> 'a' ORDER BY a.attnum`;
const VIEWS = 'SELECT matviewname AS name FROM pg_matviews ORDER BY 1';

/** Fills every table that has no row, and the materialized views upon them. */
export async function fill(client: pg.Client): Promise<void> {
  for (const { oid, name } of (await client.query<{ oid: number; name: string }>(TABLES)).rows)
    if ((await client.query(`SELECT 1 FROM ${name} LIMIT 1`)).rowCount === 0) await fillTable(client, oid, name);
  for (const { name } of (await client.query<{ name: string }>(VIEWS)).rows) await client.query(`REFRESH MATERIALIZED VIEW ${name}`);
}

async function fillTable(client: pg.Client, oid: number, name: string): Promise<void> {
  const { rows } = await client.query<{ name: string; type: string; label: string | null }>(COLUMNS, [oid]);
  if (rows.length === 0) return;
  const columns = rows.map((column) => column.name).join(', ');
  const values = rows.map(({ type, label }) => (label === null ? (VALUES[type] ?? 'NULL') : `'${label}'`)).join(', ');
  const insert = `INSERT INTO ${name} (${columns}) SELECT ${values} FROM generate_series(1, ${ROWS}) i`;
  // A partitioned table takes the rows of the years that it has partitions for, and none when it has no partition.
  for (const year of ['2026', '2025']) if (await isDone(client.query(insert.replaceAll('%y', year)))) return;
}

const isDone = (query: Promise<unknown>): Promise<boolean> =>
  query.then(
    () => true,
    () => false,
  );
