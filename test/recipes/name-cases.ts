import { toucher, writer } from './application.ts';
import type { RecipeCase } from './recipe-case.ts';

const said = (column: string) =>
  writer(
    'shop.orders',
    (n) => ({ customer_id: 1 + (n % 200), [column]: `n ${n}`, total: '5.00' }),
    (n) => ({ [column]: `changed ${n}`, total: '6.00' }),
  );
const upsert = (column: string) => async (client: { query: (sql: string) => Promise<{ rows: readonly unknown[] }> }, n: number) => {
  const { rows } = await client.query(
    `INSERT INTO shop.orders (id, customer_id, number, ${column}) VALUES (${2_000_000 + (n % 5)}, 1, 1000000, 'first') ON CONFLICT (id) DO UPDATE SET ${column} = 'again ${n}' RETURNING ${column}`,
  );
  if (rows.length !== 1) throw new Error('nothing was upserted');
};

export const renames: readonly RecipeCase[] = [
  {
    recipe: ['rename-column', 'shop.orders.note', '"Remark, of the customer"'],
    below:
      'ALTER TABLE shop.orders ADD CONSTRAINT differs CHECK (note <> number::text); CREATE INDEX ON shop.orders (note) WHERE note IS NOT NULL; CREATE TRIGGER stamp AFTER UPDATE OF note ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.stamp();',
    direct: 'ALTER TABLE shop.orders RENAME note TO "Remark, of the customer";',
    old: [said('note'), upsert('note'), toucher('shop.orders', (id) => ({ number: id, note: `note ${id}` }))],
    young: [
      said('"Remark, of the customer"'),
      upsert('"Remark, of the customer"'),
      toucher('shop.orders', (id) => ({ '"Remark, of the customer"': `note ${id}` })),
    ],
    wrong: `SELECT * FROM shop.orders WHERE id <= 3000 AND "Remark, of the customer" <> 'note ' || id`,
  },
  {
    recipe: ['rename-table', 'shop.orders', 'purchases'],
    direct: 'ALTER TABLE shop.orders RENAME TO purchases;',
    old: [said('note'), upsert('note'), toucher('shop.orders', (id) => ({ number: id, note: `note ${id}` }))],
    young: [
      writer(
        'shop.purchases',
        (n) => ({ customer_id: 1 + (n % 200), note: `n ${n}` }),
        () => ({ note: 'x' }),
      ),
      toucher('shop.purchases', (id) => ({ number: id, note: `note ${id}` })),
    ],
    wrong: "SELECT * FROM shop.purchases WHERE id <= 3000 AND note <> 'note ' || id",
  },
  {
    recipe: ['drop-column', 'shop.orders.memo'],
    below: `ALTER TABLE shop.orders ADD COLUMN memo integer NOT NULL DEFAULT 3 REFERENCES shop.tenants ON DELETE SET NULL, ADD CONSTRAINT memo_positive CHECK (memo > 0 AND number IS NOT NULL); CREATE INDEX orders_memo ON shop.orders (memo, number); COMMENT ON COLUMN shop.orders.memo IS 'a tenant'; GRANT SELECT (memo) ON shop.orders TO pg_monitor;`,
    direct: 'ALTER TABLE shop.orders DROP COLUMN memo;',
    old: [
      writer(
        'shop.orders',
        (n) => ({ customer_id: 1 + (n % 200), memo: 1 + (n % 5) }),
        () => ({ memo: 2 }),
      ),
      toucher('shop.orders', (id) => ({ number: id })),
    ],
    young: [said('note')],
    kept: 'SELECT id, customer_id, number, note, total FROM shop.orders WHERE id <= 3000 ORDER BY id',
    wrong: "SELECT * FROM shop.orders WHERE id <= 3000 AND note <> 'note ' || id",
  },
];
