import { expect, test } from 'vitest';
import { generateRows, ROWS_PER_TABLE } from '../../src/rehearse/generate-rows.ts';
import { listTables, readTables } from '../../src/rehearse/read-tables.ts';
import { onOldestAndNewest } from '../support/database.ts';

onOldestAndNewest('made-up rows', ({ freshDatabase }) => {
  test.each([
    ["name text NOT NULL CHECK (name ~ '^[a-z_]+(\\.[a-z_]+)*$')"],
    ["code text NOT NULL UNIQUE CHECK (code ~ '^[A-Z]{3}-[0-9]{2,4}$')"],
    ["code varchar(3) NOT NULL UNIQUE CHECK (code ~ '^[[:upper:]]{2,3}$')"],
    ["color text NOT NULL CHECK (color ~* '^#[0-9A-F]{6}$' AND length(color) = 7)"],
    ["phone text NOT NULL CHECK (phone SIMILAR TO '\\+[0-9]+' OR phone ~ '^\\+[1-9]\\d{7,14}$')"],
    ["slug text NOT NULL CHECK (slug LIKE 'shop-%')"],
    ["state text NOT NULL CHECK (state IN ('open', 'shut'))"],
    ['share int NOT NULL CHECK (share BETWEEN 10 AND 12)'],
  ])('meet %s', async (column) => {
    const client = await (await freshDatabase()).connect();
    await client.query(`CREATE TABLE checked (id serial PRIMARY KEY, ${column})`);
    const tables = await readTables(client, await listTables(client, () => false));
    await client.query('BEGIN');
    expect(await generateRows(client, tables)).toEqual({ rows: ROWS_PER_TABLE, empty: [] });
    await client.query('COMMIT');
  });
});
