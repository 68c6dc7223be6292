import type { Client } from 'pg';

const REFERENCES = `SELECT 'DELETE FROM ' || f.conrelid::regclass || ' c WHERE ' || pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', a.attname), ' AND ')
    || ' AND NOT EXISTS (SELECT FROM ' || f.confrelid::regclass || ' p WHERE ' || pg_catalog.string_agg(pg_catalog.format('p.%I = c.%I', b.attname, a.attname), ' AND ') || ')' AS sql
  FROM pg_catalog.pg_constraint f CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey)) k (child, parent)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.child
  JOIN pg_catalog.pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = k.parent
  WHERE f.contype = 'f' AND f.conparentid = 0 GROUP BY f.oid, f.conrelid, f.confrelid`;

/**
 * Leaves a part of the rows of these tables, taken by chance, and of all others what still refers to a row that is there.
 * Only a superuser may put triggers aside. Leaves no empty pages behind.
 */
export async function thinOut(client: Client, tables: readonly string[], part: number): Promise<void> {
  const { rows: references } = await client.query<{ sql: string }>(REFERENCES);
  await client.query('BEGIN');
  try {
    await client.query("SET LOCAL session_replication_role = 'replica'");
    for (const table of tables) await client.query(`DELETE FROM ${table} WHERE pg_catalog.random() >= ${part}`);
    for (let gone = 1; gone > 0; ) {
      gone = 0;
      for (const { sql } of references) gone += (await client.query(sql)).rowCount ?? 0;
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  for (const table of tables) await client.query(`VACUUM (FULL) ${table}`);
}
