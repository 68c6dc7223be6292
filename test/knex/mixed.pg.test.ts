import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onEachServer } from '../support/database.ts';
import { historyOf, isThere } from '../support/project.ts';
import { MORE } from './files.ts';

onEachServer('the stock CLI', ({ freshDatabase }) => {
  test('mixes freely with ours on the same history', async () => {
    const database = await freshDatabase();
    const { knex, ours } = await createCheckout(database, MORE);
    expect(await knex(['migrate:latest'])).toMatchObject({
      code: 0,
      stdout: 'Using environment: development\nBatch 1 run: 3 migrations\n',
      stderr: '',
    });
    expect(await database.query('select name, batch from schema_migrations order by id')).toEqual([
      { name: '001_init', batch: 1 },
      { name: '002_add_new_table', batch: 2 },
      { name: '003_index', batch: 3 },
    ]);
    expect((await ours(['migrate-up', '--env', 'development'])).stderr).toMatch(/^Nothing to apply/);
    expect((await knex(['migrate:rollback'])).stdout).toContain('Batch 3 rolled back: 1 migrations');
    expect((await ours(['migrate-rollback'])).code).toBe(0);
    expect(await historyOf(database)).toEqual(['001_init']);
    expect((await knex(['migrate:up', '--env', 'development'])).stdout).toContain('002_add_new_table');
    expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    expect((await knex(['migrate:down'])).stdout).toContain('003_index');
    expect((await knex(['migrate:list'])).stdout).toContain('Found 1 Pending Migration file/files.\n003_index');
    expect((await knex(['migrate:rollback', '--all'])).code).toBe(0);
    expect(await historyOf(database)).toEqual([]);
    expect(await isThere(database, 'tenants')).toBe(false);
  });
});
