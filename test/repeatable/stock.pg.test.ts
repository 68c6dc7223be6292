import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { historyOf } from '../support/project.ts';

const ROLLBACK = readFileSync(path.join(import.meta.dirname, '../../db/migrations/rollbacks/001_init.sql'), 'utf8').replace(
  'BEGIN;',
  'BEGIN; DROP VIEW IF EXISTS names;',
);

onServer('newest', 'the stock CLI beside repeatable files', ({ freshDatabase }) => {
  test('runs migrations, says what waits, and leaves their rows alone', async () => {
    const database = await freshDatabase();
    const { knex, ours } = await createCheckout(database, {
      'db/repeatable/names.sql': 'CREATE OR REPLACE VIEW names AS SELECT name FROM tenants;',
      'db/migrations/rollbacks/001_init.sql': ROLLBACK,
    });
    const latest = await knex(['migrate:latest']);
    expect(latest.stdout).toContain('Batch 1 run: 1 migrations');
    expect(latest.stderr).toContain('stock Knex does not run repeatable files: repeatable/names');
    expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    expect(await historyOf(database)).toEqual(['001_init', 'repeatable/names']);
    expect((await knex(['migrate:latest'])).stdout).toContain('Already up to date');
    expect((await knex(['migrate:list'])).stdout).toContain('No Pending Migration files Found');
    expect(await knex(['migrate:rollback'])).toMatchObject({ code: 0, stdout: expect.stringContaining('rolled back: 1 migrations') });
    expect(await historyOf(database)).toEqual(['repeatable/names']);
    expect((await knex(['migrate:rollback'])).stdout).toContain('Already at the base migration');
    expect((await knex(['migrate:up'])).code).toBe(0);
    expect((await ours(['migrate-up', '--env', 'development'])).stderr).toContain('repeatable/names   (gone from the database)');
  });
});
