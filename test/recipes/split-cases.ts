import type { Client } from 'pg';
import { toucher, writer } from './application.ts';
import type { RecipeCase, Work } from './recipe-case.ts';

const said = writer(
  'shop.orders',
  (n) => ({ customer_id: 1 + (n % 200), note: `n ${n}`, total: '5.00' }),
  (n) => ({ note: `changed ${n}`, total: '6.00' }),
);

/** Old code, on rows that were there before: what it writes is what is there. */
const rewriting: Work = async (client, n) => {
  await client.query("UPDATE shop.orders SET note = 'note ' || id WHERE id = $1", [1 + ((n * 41) % 3000)]);
};

const inTransaction = async (client: Client, body: () => Promise<void>): Promise<void> => {
  await client.query('BEGIN');
  await body().then(
    () => client.query('COMMIT'),
    async (error: Error) => {
      await client.query('ROLLBACK');
      throw error;
    },
  );
};

async function noteOf(client: Client, id: number, wanted: string | undefined): Promise<void> {
  const { rows } = await client.query<{ note: string }>('SELECT note FROM shop.order_notes WHERE id = $1', [id]);
  if (rows[0]?.note !== wanted) throw new Error(`the note of ${id} is ${rows[0]?.note} instead of ${wanted}`);
}

const order = async (client: Client): Promise<number> => {
  const { rows } = await client.query<{ id: number }>('INSERT INTO shop.orders (customer_id, number) VALUES (1, 1000000) RETURNING id');
  return rows[0]?.id ?? 0;
};

/** New code: a row of each, at once or one behind the other. */
const apart: Work = async (client, n) => {
  let id = 0;
  await inTransaction(client, async () => {
    id = await order(client);
    await client.query('INSERT INTO shop.order_notes (id, note) VALUES ($1, $2)', [id, `new ${n}`]);
  });
  await noteOf(client, id, `new ${n}`);
  await client.query('UPDATE shop.order_notes SET note = $2 WHERE id = $1', [id, `newer ${n}`]);
  await noteOf(client, id, `newer ${n}`);
  await client.query('DELETE FROM shop.orders WHERE id = $1', [id]);
  await noteOf(client, id, undefined);
};

const upserting: Work = async (client, n) => {
  const id = await order(client);
  const upsert = 'INSERT INTO shop.order_notes (id, note) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET note = EXCLUDED.note';
  await client.query(upsert, [id, `first ${n}`]);
  await noteOf(client, id, `first ${n}`);
};

const PEOPLE = `(
  tenant_id integer REFERENCES shop.tenants, id serial, number integer, total integer, email text UNIQUE, settings json NOT NULL DEFAULT '{}', "Home" integer REFERENCES shop.tenants ON DELETE SET NULL,
  CONSTRAINT people_mail CHECK (email LIKE '%@%' AND "Home" > 0), PRIMARY KEY (tenant_id, id))`;

const person = writer(
  'shop.people',
  (n) => ({ tenant_id: 1 + (n % 5), email: `${n}.${Math.random()}@x`, '"Home"': 2 }),
  () => ({ '"Home"': 3, total: 2 }),
);

export const splits: readonly RecipeCase[] = [
  {
    recipe: ['split-table', 'shop.orders', 'into=shop.order_notes', 'columns=note'],
    direct: `CREATE TABLE shop.order_notes (id integer PRIMARY KEY REFERENCES shop.orders ON UPDATE CASCADE ON DELETE CASCADE, note text DEFAULT 'none');
      INSERT INTO shop.order_notes SELECT id, note FROM shop.orders; ALTER TABLE shop.orders DROP COLUMN note;
      COMMENT ON COLUMN shop.order_notes.note IS 'anything'; GRANT SELECT ON shop.order_notes TO PUBLIC; GRANT UPDATE (note, id) ON shop.order_notes TO pg_monitor WITH GRANT OPTION;`,
    old: [said, rewriting, toucher('shop.orders', (id) => ({ number: id, note: `note ${id}` }))],
    young: [apart, upserting],
    wrong:
      "SELECT o.id, y.note FROM shop.orders o LEFT JOIN shop.order_notes y USING (id) WHERE id <= 3000 AND y.note IS DISTINCT FROM 'note ' || id",
  },
  {
    recipe: ['split-table', 'shop.people', 'into="Who, at home"', 'columns=email,settings,"Home"'],
    below: `CREATE TABLE shop.people ${PEOPLE}; CREATE INDEX ON shop.people ("Home", lower(email)) WHERE email IS NOT NULL; COMMENT ON COLUMN shop.people.settings IS 'it''s json'; GRANT UPDATE (email, number) ON shop.people TO pg_monitor; ALTER TABLE shop.people ALTER email SET STATISTICS 300;
      INSERT INTO shop.people (tenant_id, number, total, email, settings, "Home") SELECT 1 + i % 5, i, i, i || '@x', json_build_object('n', i), 1 + i % 3 FROM generate_series(1, 3000) i;`,
    direct: `CREATE TABLE shop."Who, at home" (tenant_id integer, id integer, email text UNIQUE, settings json NOT NULL DEFAULT '{}', "Home" integer REFERENCES shop.tenants ON DELETE SET NULL, CHECK (email LIKE '%@%' AND "Home" > 0), PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, id) REFERENCES shop.people ON UPDATE CASCADE ON DELETE CASCADE);
      CREATE INDEX "Who, at home_email_Home_idx" ON shop."Who, at home" ("Home", lower(email)) WHERE email IS NOT NULL; ALTER TABLE shop.people DROP COLUMN email, DROP COLUMN settings, DROP COLUMN "Home";
      COMMENT ON COLUMN shop."Who, at home".settings IS 'it''s json'; GRANT UPDATE (email) ON shop."Who, at home" TO pg_monitor; ALTER TABLE shop."Who, at home" ALTER email SET STATISTICS 300;`,
    old: [
      person,
      toucher('shop.people', (id) => ({ number: id, email: `${id}@x` })),
      async (client, n) =>
        void (await client.query("UPDATE shop.people SET settings = json_build_object('n', number) WHERE number = $1", [1 + (n % 3000)])),
    ],
    young: [
      async (client, n) =>
        void (await client.query('UPDATE shop."Who, at home" SET settings = json_build_object(\'n\', id) WHERE id = $1', [1 + (n % 3000)])),
    ],
    kept: 'SELECT * FROM shop.people WHERE number <= 3000 ORDER BY number',
    wrong: `SELECT p.id FROM shop.people p LEFT JOIN shop."Who, at home" y USING (tenant_id, id) WHERE number <= 3000 AND (y.email IS DISTINCT FROM id || '@x' OR (y.settings ->> 'n')::integer IS DISTINCT FROM id OR y."Home" IS DISTINCT FROM 1 + id % 3)`,
  },
];
