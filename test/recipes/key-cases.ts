import { toucher, writer } from './application.ts';
import type { RecipeCase } from './recipe-case.ts';

const orders = writer(
  'shop.orders',
  (n) => ({ customer_id: 1 + (n % 200), note: `n ${n}`, total: '5.00' }),
  (n) => ({ note: `changed ${n}`, total: '6.00' }),
);
const rows = toucher('shop.orders', (id) => ({ customer_id: 1 + (id % 200), number: id, note: `note ${id}` }));

export const keys: readonly RecipeCase[] = [
  {
    recipe: ['set-not-null', 'shop.orders.note'],
    direct: 'ALTER TABLE shop.orders ALTER COLUMN note SET NOT NULL;',
    old: [orders, orders, rows],
    wrong: 'SELECT * FROM shop.orders WHERE note IS NULL',
  },
  {
    recipe: ['set-not-null', 'shop.orders.memo'],
    fill: "'no ' || 'memo'",
    below: 'ALTER TABLE shop.orders ADD COLUMN memo text; UPDATE shop.orders SET memo = number WHERE number % 3 = 0;',
    direct: "UPDATE shop.orders SET memo = 'no memo' WHERE memo IS NULL; ALTER TABLE shop.orders ALTER COLUMN memo SET NOT NULL;",
    // The old code says nothing of it, or writes NULL.
    old: [
      orders,
      rows,
      writer(
        'shop.orders',
        (n) => ({ customer_id: 1 + (n % 200) }),
        () => ({ total: '6.00' }),
      ),
    ],
    young: [
      writer(
        'shop.orders',
        (n) => ({ customer_id: 1 + (n % 200), memo: `m ${n}` }),
        (n) => ({ memo: `c ${n}` }),
      ),
    ],
    kept: 'SELECT id, number, note, total FROM shop.orders WHERE id <= 3000 ORDER BY id',
    wrong:
      "SELECT * FROM shop.orders WHERE memo IS DISTINCT FROM CASE WHEN number % 3 = 0 THEN number::text ELSE 'no memo' END AND id <= 3000",
  },
  {
    recipe: ['add-foreign-key', 'shop.orders.customer_id', 'shop.customers.id'],
    direct:
      'CREATE INDEX orders_customer_id_idx ON shop.orders (customer_id); ALTER TABLE shop.orders ADD FOREIGN KEY (customer_id) REFERENCES shop.customers (id);',
    old: [orders, orders, rows],
    wrong: 'SELECT * FROM shop.orders o WHERE NOT EXISTS (SELECT FROM shop.customers c WHERE c.id = o.customer_id)',
  },
  {
    recipe: ['add-unique', 'shop.orders.customer_id,number'],
    direct: 'ALTER TABLE shop.orders ADD UNIQUE (customer_id, number);',
    old: [orders, orders, rows],
    wrong: 'SELECT customer_id, number FROM shop.orders GROUP BY 1, 2 HAVING count(*) > 1',
  },
  {
    recipe: ['add-primary-key', 'shop.events.id'],
    below:
      "CREATE TABLE shop.events (id integer DEFAULT nextval('shop.orders_id_seq'), number integer, total integer); INSERT INTO shop.events SELECT i, i, i FROM generate_series(1, 3000) i;",
    direct: 'ALTER TABLE shop.events ADD PRIMARY KEY (id);',
    old: [
      writer(
        'shop.events',
        () => ({ total: 1 }),
        () => ({ total: 2 }),
      ),
      toucher('shop.events', (id) => ({ number: id })),
    ],
    wrong: 'SELECT * FROM shop.events WHERE id IS NULL',
  },
];
