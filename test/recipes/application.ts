import type { Client } from 'pg';
import type { Work } from './recipe-case.ts';

async function one(client: Client, sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>> {
  const { rows } = await client.query<Record<string, unknown>>(sql, [...values]);
  if (rows.length !== 1) throw new Error(`${sql} gave ${rows.length} rows`);
  return rows[0] ?? {};
}

const same = (found: unknown, wanted: unknown, what: string): void => {
  if (String(found) !== String(wanted)) throw new Error(`${what}: ${String(found)} instead of ${String(wanted)}`);
};

let last = 1_000_000;

/** Writes a row with values of its own, reads it, changes it, and takes it away again. `columns`: what the row is written with beside its number. */
export const writer =
  (
    table: string,
    columns: (n: number) => Readonly<Record<string, unknown>>,
    changes: (n: number) => Readonly<Record<string, unknown>>,
  ): Work =>
  async (client, n) => {
    last += 1;
    const number = last;
    const values = { number, ...columns(n) };
    const names = Object.keys(values);
    const { id } = await one(
      client,
      `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((_, i) => `$${i + 1}`).join(', ')}) RETURNING id`,
      Object.values(values),
    );
    await read(client, table, { id, values });
    const changed = changes(n);
    const list = Object.keys(changed).map((name, i) => `${name} = $${i + 2}`);
    await one(client, `UPDATE ${table} SET ${list.join(', ')} WHERE id = $1 RETURNING id`, [id, ...Object.values(changed)]);
    await read(client, table, { id, values: { ...values, ...changed } });
    if (n % 3 > 0) await one(client, `DELETE FROM ${table} WHERE id = $1 RETURNING id`, [id]);
  };

async function read(
  client: Client,
  table: string,
  { id, values }: { readonly id: unknown; readonly values: Readonly<Record<string, unknown>> },
): Promise<void> {
  const row = await one(client, `SELECT id, ${Object.keys(values).join(', ')} FROM ${table} WHERE id = $1`, [id]);
  for (const [name, value] of Object.entries({ id, ...values }))
    same(row[name.replaceAll('"', '')], value, `${name} of the row ${String(id)}`);
}

/** Reads a row that was there before, and writes it as it is. */
export const toucher =
  (table: string, wanted: (id: number) => Readonly<Record<string, unknown>>): Work =>
  async (client, n) => {
    const id = 1 + ((n * 37) % 3000);
    await one(client, `UPDATE ${table} SET total = total WHERE id = $1 RETURNING id`, [id]);
    await read(client, table, { id, values: wanted(id) });
  };
