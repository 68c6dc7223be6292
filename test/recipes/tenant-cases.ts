import { toucher, writer } from './application.ts';
import type { RecipeCase, Work } from './recipe-case.ts';

/** Rows of the old code, which says no tenant and may move a row to a parent of another one. */
const moving: Work = async (client, n) => {
  const { rows } = await client.query<{ id: number }>('INSERT INTO shop.visits (customer_id, number) VALUES ($1, 1000000) RETURNING id', [
    1 + (n % 200),
  ]);
  await client.query('UPDATE shop.visits SET customer_id = $2 WHERE id = $1', [rows[0]?.id, 1 + ((n + 1) % 200)]);
  await client.query('SELECT 1 FROM shop.visits WHERE id = $1', [rows[0]?.id]);
};

export const tenants: readonly RecipeCase[] = [
  {
    recipe: ['add-tenant-id', 'shop.visits', 'shop.customers'],
    below: `CREATE TABLE shop.visits (id serial PRIMARY KEY, customer_id integer NOT NULL REFERENCES shop.customers ON DELETE CASCADE, number integer, total integer);
      INSERT INTO shop.visits (customer_id, number, total) SELECT 1 + i % 200, i, 1 FROM generate_series(1, 3000) i;
      ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON shop.customers USING (tenant_id = current_setting('app.tenant', true)::integer);`,
    direct: `ALTER TABLE shop.visits ADD COLUMN tenant_id integer REFERENCES shop.tenants; UPDATE shop.visits v SET tenant_id = c.tenant_id FROM shop.customers c WHERE c.id = customer_id; ALTER TABLE shop.visits ALTER tenant_id SET NOT NULL;
      CREATE INDEX visits_tenant_id_idx ON shop.visits (tenant_id); CREATE POLICY own ON shop.visits USING (tenant_id = current_setting('app.tenant', true)::integer); ALTER TABLE shop.visits ENABLE ROW LEVEL SECURITY;`,
    old: [
      moving,
      writer(
        'shop.visits',
        (n) => ({ customer_id: 1 + (n % 200), total: 1 }),
        () => ({ total: 2 }),
      ),
      toucher('shop.visits', (id) => ({ number: id })),
    ],
    young: [
      writer(
        'shop.visits',
        () => ({ customer_id: 5, tenant_id: 1 }),
        () => ({ customer_id: 4, tenant_id: 5 }),
      ),
    ],
    kept: 'SELECT id, customer_id, number, total FROM shop.visits WHERE id <= 3000 ORDER BY id',
    wrong: 'SELECT * FROM shop.visits v JOIN shop.customers c ON c.id = v.customer_id WHERE v.tenant_id <> c.tenant_id',
  },
];
