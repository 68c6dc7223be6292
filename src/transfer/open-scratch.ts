// What stands in the way of rows that come in any order is put aside, and put back afterwards.
import type { Client } from 'pg';
import type { ConnectionSettings } from '../model/environment.ts';
import { connect, withConnection } from '../pg/connect.ts';
import { literal } from '../pg/sql-text.ts';

/** A scratch database: its name begins with what only this run's databases begin with. */
export interface Scratch {
  readonly settings: ConnectionSettings;
  readonly prefix: string;
}

/** A session that takes rows. */
export async function connectScratch({ settings, prefix }: Scratch): Promise<Client> {
  if (prefix === '' || !settings.database.startsWith(prefix)) throw new Error(`${settings.database} is no scratch database of this run`);
  const client = await connect(settings, 'lockstep rehearsal');
  await client.query(`SET search_path = pg_catalog; SET check_function_bodies = off; SET DateStyle = ISO; SET IntervalStyle = postgres;
    SET array_nulls = on; SET xmloption = content; SET statement_timeout = 0; SET synchronous_commit = off; SET row_security = off`);
  // Who may, has neither triggers nor foreign keys in the way (manual: runtime-config-client).
  await client.query('SET session_replication_role = replica').catch(() => {});
  return client;
}

const isReplica = async (client: Client): Promise<boolean> =>
  (await client.query<{ found: boolean }>("SELECT pg_catalog.current_setting('session_replication_role') = 'replica' AS found")).rows[0]
    ?.found === true;

interface Aside {
  /** Null where another one's does it. */
  readonly remove: string | null;
  readonly restore: string;
}

const NAME = `pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)`;
const OF_TABLE = `JOIN pg_catalog.pg_class c ON c.oid = x.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;

const state = (trigger: string): string =>
  `CASE ${trigger}.tgenabled WHEN 'A' THEN ' ENABLE ALWAYS' WHEN 'R' THEN ' ENABLE REPLICA' WHEN 'D' THEN ' DISABLE' ELSE ' ENABLE' END || ' TRIGGER ' || pg_catalog.quote_ident(${trigger}.tgname)`;

// What is said of a partitioned table holds for its partitions; what was said of one of these by itself is said again behind it. 14 calls theirs internal.
const TRIGGERS = `SELECT CASE WHEN x.tgparentid = 0 THEN 'ALTER TABLE ' || ${NAME} || ' DISABLE TRIGGER ' || pg_catalog.quote_ident(x.tgname) END AS remove,
  'ALTER TABLE ' || CASE WHEN x.tgparentid = 0 THEN '' ELSE 'ONLY ' END || ${NAME} || ${state('x')} AS restore
FROM (SELECT t.tgrelid AS oid, t.tgname, t.tgenabled, t.tgparentid FROM pg_catalog.pg_trigger t LEFT JOIN pg_catalog.pg_trigger p ON p.oid = t.tgparentid
  WHERE (NOT t.tgisinternal OR (p.oid IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't')))
    AND (p.oid IS NULL OR p.tgenabled <> t.tgenabled)) x ${OF_TABLE}
WHERE c.relkind IN ('r', 'p') ORDER BY (SELECT count(*) FROM pg_catalog.pg_partition_ancestors(c.oid)), 1`;

const FOREIGN_KEYS = `SELECT 'ALTER TABLE ' || ${NAME} || ' DROP CONSTRAINT ' || pg_catalog.quote_ident(x.conname) AS remove,
  'ALTER TABLE ' || ${NAME} || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(x.conname) || ' ' || x.definition
    || coalesce('; COMMENT ON CONSTRAINT ' || pg_catalog.quote_ident(x.conname) || ' ON ' || ${NAME} || ' IS ' || pg_catalog.quote_literal(x.comment), '') AS restore
FROM (SELECT conrelid AS oid, conname, pg_catalog.pg_get_constraintdef(oid) AS definition, pg_catalog.obj_description(oid, 'pg_constraint') AS comment
  FROM pg_catalog.pg_constraint WHERE contype = 'f' AND conparentid = 0) x ${OF_TABLE} ORDER BY 1`;

/** Empties the tables, what migrations put into them too, and puts triggers aside, and foreign keys where they cannot be left out of account. @returns what puts it all back, and says what cannot be */
export async function emptyScratch(scratch: Scratch, tables: readonly string[]): Promise<() => Promise<readonly string[]>> {
  const client = await connectScratch(scratch);
  try {
    const asides = await readAsides(client);
    await client.query('BEGIN');
    for (const { remove } of asides) if (remove !== null) await client.query(remove);
    if (tables.length > 0) await client.query(`TRUNCATE ${tables.join(', ')} CASCADE`);
    await client.query('COMMIT');
    return () => restore(scratch, asides);
  } finally {
    await client.end().catch(() => {});
  }
}

async function readAsides(client: Client): Promise<readonly Aside[]> {
  const { rows: triggers } = await client.query<Aside>(TRIGGERS);
  return (await isReplica(client)) ? triggers : [...triggers, ...(await client.query<Aside>(FOREIGN_KEYS)).rows];
}

async function restore(scratch: Scratch, asides: readonly Aside[]): Promise<readonly string[]> {
  const client = await connectScratch(scratch);
  const failed: string[] = [];
  try {
    for (const { restore: sql } of asides)
      await client.query(sql).catch(async (error: unknown) => {
        failed.push((error as Error).message);
        // Rows that were left out are missed by those that refer to them.
        if (/ FOREIGN KEY /.test(sql)) await client.query(`${sql.split('; COMMENT')[0]} NOT VALID`).catch(() => {});
      });
    return failed;
  } finally {
    await client.end().catch(() => {});
  }
}

interface SequenceValue {
  readonly name: string;
  readonly last: string;
}

/** Sets what sequences give out next, and fills materialized views. */
export async function finishScratch({ settings }: Scratch, source: Client): Promise<void> {
  const { rows } = await source.query<SequenceValue>(
    `SELECT pg_catalog.quote_ident(schemaname) || '.' || pg_catalog.quote_ident(sequencename) AS name, last_value::text AS last
     FROM pg_catalog.pg_sequences WHERE last_value IS NOT NULL`,
  );
  await withConnection(settings, async (client) => {
    for (const { name, last } of rows)
      await client
        .query(`SELECT pg_catalog.setval(s, ${last}) FROM pg_catalog.to_regclass(${literal(name)}) s WHERE s IS NOT NULL`)
        .catch(() => {});
    await client.query('ANALYZE');
    const views = await client.query<{ name: string }>(
      `SELECT ${NAME} AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated ORDER BY c.oid`,
    );
    for (const { name } of views.rows) await client.query(`REFRESH MATERIALIZED VIEW ${name}`).catch(() => {});
  });
}

/** Partitions that the source has made since: rows of theirs need them. */
export async function addPartitions({ settings }: Scratch, source: Client, tables: readonly string[]): Promise<void> {
  if (tables.length === 0) return;
  const { rows } = await source.query<{ sql: string }>(
    `SELECT 'CREATE TABLE IF NOT EXISTS ' || ${NAME} || ' PARTITION OF ' || pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.relname) || ' '
       || pg_catalog.pg_get_expr(c.relpartbound, c.oid) || coalesce(' PARTITION BY ' || pg_catalog.pg_get_partkeydef(c.oid), '') AS sql
     FROM pg_catalog.unnest(ARRAY[${tables.map((name) => literal(name)).join(', ')}]::regclass[]) AS root CROSS JOIN LATERAL pg_catalog.pg_partition_tree(root) t
     JOIN pg_catalog.pg_class c ON c.oid = t.relid AND c.relispartition JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_class p ON p.oid = t.parentrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace ORDER BY t.level, 1`,
  );
  await withConnection(settings, async (client) => {
    await client.query('SET search_path = pg_catalog');
    for (const { sql } of rows) await client.query(sql).catch(() => {});
  });
}
