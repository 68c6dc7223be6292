import { toucher, writer } from './application.ts';
import type { RecipeCase, Work } from './recipe-case.ts';

const orders = writer(
  'shop.orders',
  (n) => ({ customer_id: 1 + (n % 200), note: `n ${n}`, total: '5.00' }),
  (n) => ({ note: `changed ${n}`, total: '6.00' }),
);
const rows = toucher('shop.orders', (id) => ({ customer_id: 1 + (id % 200), number: id, note: `note ${id}` }));

/** Rows that refer to others come and go with them; what refers to nothing is refused. */
const items: Work = async (client, n) => {
  const { rows: made } = await client.query<{ id: string }>('INSERT INTO shop.orders (customer_id, number) VALUES (1, -1) RETURNING id');
  const id = Number(made[0]?.id);
  const what = `item ${n} of ${id}`;
  await client.query('INSERT INTO shop.items (order_id, what) VALUES ($1, $2)', [id, what]);
  // It moves to another order, and back.
  await client.query('UPDATE shop.items SET order_id = 1 WHERE order_id = $1', [id]);
  await client.query('UPDATE shop.items SET order_id = $1 WHERE order_id = 1 AND what = $2', [id, what]);
  const { rows: joined } = await client.query<{ what: string }>(
    'SELECT i.what FROM shop.items i JOIN shop.orders o ON o.id = i.order_id WHERE o.id = $1',
    [id],
  );
  if (joined.map(({ what }) => what).join() !== what) throw new Error(`the item of order ${id} is not found by it`);
  const refused = await client.query('INSERT INTO shop.items (order_id, what) VALUES (2000000000, $1)', ['of nothing']).then(
    () => false,
    ({ code }: { code: string }) => code === '23503',
  );
  if (!refused) throw new Error('an item of no order was taken');
  await client.query('DELETE FROM shop.orders WHERE id = $1', [id]);
  const { rows: left } = await client.query('SELECT 1 FROM shop.items WHERE order_id = $1', [id]);
  if (left.length > 0) throw new Error(`the item of order ${id} is left without it`);
};

/** Rows that stay, and refer to another order than in the beginning. */
const mover: Work = async (client, n) => {
  const { rows: made } = await client.query<{ id: string }>("INSERT INTO shop.items (order_id, what) VALUES (1, 'item of 1') RETURNING id");
  const order = 2 + (n % 2999);
  await client.query("UPDATE shop.items SET order_id = $1::integer, what = 'item of ' || $1::integer WHERE id = $2", [order, made[0]?.id]);
};

const LONG = 'a_table_with_a_name_that_is_nearly_as_long_as_it_may_be_at_most';
const COLUMN = 'A column with a "name" that is nearly as long as it may be, too';
const quoted = `"${COLUMN.replaceAll('"', '""')}"`;

const decimals: Work = async (client, n) => {
  const id = 1 + ((n * 2) % 3000);
  await client.query(`UPDATE shop.${LONG} SET ${quoted} = 100.25 WHERE id = $1`, [3001]);
  const { rows: found } = await client.query<{ n: number | null }>(`SELECT ${quoted}::float8 AS n FROM shop.${LONG} WHERE number = $1`, [
    id + 1,
  ]);
  if (found[0]?.n !== (id + 1) / 4) throw new Error(`${String(found[0]?.n)} instead of ${(id + 1) / 4}`);
};

const TICKETS = `
CREATE TABLE shop.tickets (
  id serial, tenant_id integer NOT NULL DEFAULT 1, number integer NOT NULL, code integer NOT NULL DEFAULT 7, total integer,
  CONSTRAINT tickets_key PRIMARY KEY (tenant_id, id) INCLUDE (number),
  UNIQUE (id, code) DEFERRABLE INITIALLY DEFERRED, UNIQUE (id),
  CONSTRAINT tickets_id_check CHECK (id > 0 AND code < 100)
);
CREATE INDEX tickets_even ON shop.tickets ((id / 2), code DESC) WHERE id % 2 = 0;
CREATE STATISTICS shop.tickets_stats ON id, code FROM shop.tickets;
CREATE TRIGGER stamp AFTER UPDATE OF id ON shop.tickets FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION shop.stamp();
CREATE FUNCTION shop.watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id % 2 = 3 THEN RAISE EXCEPTION ''odd''; END IF; RETURN NEW; END';
CREATE TRIGGER watch BEFORE INSERT OR UPDATE ON shop.tickets FOR EACH ROW EXECUTE FUNCTION shop.watch();
ALTER TABLE shop.tickets ENABLE ROW LEVEL SECURITY;
CREATE POLICY positive ON shop.tickets USING (id > 0);
ALTER TABLE shop.tickets ALTER id SET STATISTICS 500, ALTER id SET (n_distinct = -1);
COMMENT ON SEQUENCE shop.tickets_id_seq IS 'counts'; GRANT USAGE ON SEQUENCE shop.tickets_id_seq TO pg_monitor;
CREATE TABLE shop.replies (number integer PRIMARY KEY, tenant integer, ticket integer, FOREIGN KEY (tenant, ticket) REFERENCES shop.tickets (tenant_id, id) MATCH FULL ON UPDATE CASCADE);
INSERT INTO shop.tickets (number, total) SELECT i, i FROM generate_series(1, 3000) i;
INSERT INTO shop.replies SELECT i, 1, i FROM generate_series(1, 1000) i;`;

const kept = (table: string, order: string): string => `SELECT * FROM ${table} WHERE number <= 3000 ORDER BY ${order}`;

export const types: readonly RecipeCase[] = [
  {
    recipe: ['change-type', 'shop.orders.id', 'bigint'],
    direct: 'ALTER TABLE shop.orders ALTER id TYPE bigint;',
    old: [orders, items, rows],
    young: [orders, items, rows],
    last: 'shop.orders.id',
    wrong: "SELECT * FROM shop.orders WHERE id <= 3000 AND (id <> number OR note <> 'note ' || id OR parent_id <> id / 2)",
  },
  {
    recipe: ['change-type', 'shop.items.order_id', 'bigint'],
    direct: 'ALTER TABLE shop.items ALTER order_id TYPE bigint;',
    old: [orders, items, mover, rows],
    young: [orders, items, mover, rows],
    last: 'shop.items.order_id',
    kept: 'SELECT * FROM shop.items WHERE id <= 3000 ORDER BY id',
    wrong: "SELECT * FROM shop.items WHERE what LIKE 'item of %' AND what <> 'item of ' || order_id",
  },
  {
    recipe: ['change-type', 'shop.tickets.id', 'bigint'],
    below: TICKETS,
    direct:
      'DROP POLICY positive ON shop.tickets; DROP TRIGGER stamp ON shop.tickets; ALTER TABLE shop.tickets ALTER id TYPE bigint; ALTER SEQUENCE shop.tickets_id_seq AS bigint; CREATE POLICY positive ON shop.tickets USING (id > 0); CREATE TRIGGER stamp AFTER UPDATE OF id ON shop.tickets FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION shop.stamp();',
    old: [
      writer(
        'shop.tickets',
        (n) => ({ total: n }),
        () => ({ code: 8 }),
      ),
      toucher('shop.tickets', (id) => ({ number: id, code: 7 })),
    ],
    young: [
      writer(
        'shop.tickets',
        (n) => ({ total: n }),
        () => ({ code: 8 }),
      ),
    ],
    last: 'shop.tickets.id',
    // In the order of the columns, which is another one.
    differs: [
      '- statistics shop.tickets_stats: CREATE STATISTICS shop.tickets_stats ON id, code FROM shop.tickets',
      '+ statistics shop.tickets_stats: CREATE STATISTICS shop.tickets_stats ON code, id FROM shop.tickets',
    ],
    kept: kept('shop.tickets', 'number'),
    wrong: 'SELECT * FROM shop.tickets WHERE number <= 3000 AND id <> number',
  },
  {
    recipe: ['change-type', `shop.${LONG}.${quoted}`, 'numeric(14,4)'],
    below: `CREATE TABLE shop.${LONG} (id serial PRIMARY KEY, number integer, ${quoted} numeric(10, 2) DEFAULT 1.5, total integer); CREATE INDEX ON shop.${LONG} (${quoted}); INSERT INTO shop.${LONG} (number, ${quoted}) SELECT i, CASE WHEN i % 2 = 0 THEN i / 4.0 END FROM generate_series(1, 3000) i;`,
    direct: `ALTER TABLE shop.${LONG} ALTER ${quoted} TYPE numeric(14, 4);`,
    old: [
      writer(
        `shop.${LONG}`,
        (n) => ({ total: n }),
        () => ({ total: 1 }),
      ),
      decimals,
    ],
    young: [decimals],
    last: `shop.${LONG}.${quoted}`,
    kept: kept(`shop.${LONG}`, 'number'),
    wrong: `SELECT * FROM shop.${LONG} WHERE number <= 3000 AND ${quoted} IS DISTINCT FROM CASE WHEN number % 2 = 0 THEN number / 4.0 END`,
  },
  {
    recipe: ['change-type', 'shop.orders.number', 'text'],
    direct: 'ALTER TABLE shop.orders ALTER number TYPE text;',
    old: [orders, rows],
    young: [orders],
    last: 'shop.orders.number',
    wrong: 'SELECT * FROM shop.orders WHERE id <= 3000 AND number::text <> id::text',
  },
];
