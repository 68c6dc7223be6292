import type { Knex } from 'knex';

const period = { current_period_start: '2026-01-01T00:00:00Z', current_period_end: '2027-01-01T00:00:00Z' };

const subscriptions = [
  {
    id: '00000000-0000-4000-8000-000000001001',
    tenant_id: '00000000-0000-4000-8000-000000000001',
    plan: 'pro',
    status: 'active',
    seats: 25,
    ...period,
  },
  {
    id: '00000000-0000-4000-8000-000000001002',
    tenant_id: '00000000-0000-4000-8000-000000000002',
    plan: 'starter',
    status: 'trialing',
    seats: 5,
    ...period,
  },
  {
    id: '00000000-0000-4000-8000-000000001003',
    tenant_id: '00000000-0000-4000-8000-000000000003',
    plan: 'free',
    status: 'past_due',
    seats: 1,
    ...period,
  },
];

export async function seed(knex: Knex): Promise<void> {
  await knex('subscriptions')
    .insert(subscriptions)
    .onConflict('id')
    .merge(['tenant_id', 'plan', 'status', 'seats', 'current_period_start', 'current_period_end']);
}
