import type { Knex } from 'knex';

const users = [
  {
    id: '00000000-0000-4000-8000-000000000101',
    tenant_id: '00000000-0000-4000-8000-000000000001',
    email: 'ada@acme.test',
    full_name: 'Ada Lovelace',
    role: 'owner',
  },
  {
    id: '00000000-0000-4000-8000-000000000102',
    tenant_id: '00000000-0000-4000-8000-000000000001',
    email: 'alan@acme.test',
    full_name: 'Alan Turing',
    role: 'member',
  },
  {
    id: '00000000-0000-4000-8000-000000000201',
    tenant_id: '00000000-0000-4000-8000-000000000002',
    email: 'grace@globex.test',
    full_name: 'Grace Hopper',
    role: 'owner',
  },
  {
    id: '00000000-0000-4000-8000-000000000301',
    tenant_id: '00000000-0000-4000-8000-000000000003',
    email: 'peter@initech.test',
    full_name: 'Peter Gibbons',
    role: 'owner',
  },
];

export async function seed(knex: Knex): Promise<void> {
  await knex('users').insert(users).onConflict('id').merge(['tenant_id', 'email', 'full_name', 'role']);
}
