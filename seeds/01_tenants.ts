import type { Knex } from 'knex';

/** Fixed ids, so that every developer, test and link agrees on them. */
const tenants = [
  { id: '00000000-0000-4000-8000-000000000001', slug: 'acme', name: 'Acme Corporation', status: 'active' },
  { id: '00000000-0000-4000-8000-000000000002', slug: 'globex', name: 'Globex', status: 'active' },
  { id: '00000000-0000-4000-8000-000000000003', slug: 'initech', name: 'Initech', status: 'suspended' },
];

export async function seed(knex: Knex): Promise<void> {
  await knex('tenants').insert(tenants).onConflict('id').merge(['slug', 'name', 'status']);
}
