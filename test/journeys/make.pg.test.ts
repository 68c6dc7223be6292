import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { historyOf, pair, up } from '../support/project.ts';

onServer('newest', 'migrate:make', ({ freshDatabase }) => {
  test('writes forward SQL, rollback SQL and module, in the documented form', async () => {
    const database = await freshDatabase();
    const { ours, root } = await createCheckout(database);
    const { stdout, code } = await ours(['migrate-make', 'add_new_table']);
    expect([code, stdout]).toEqual([
      0,
      'db/migrations/002_add_new_table.sql\ndb/migrations/rollbacks/002_add_new_table.sql\nmigrations/002_add_new_table.ts\n',
    ]);
    const [forward, back, module] = stdout
      .trim()
      .split('\n')
      .map((file) => readFileSync(path.join(root, file), 'utf8'));
    expect(forward).toMatch(
      /^-- Migration: 002_add_new_table\n-- Created at: \d{4}-\d\d-\d\d\n-- Description: add new table\n\nBEGIN;\n[\s\S]*COMMIT;\n$/,
    );
    expect(back).toMatch(/^-- Rollback for: 002_add_new_table\n\nBEGIN;\n[\s\S]*COMMIT;\n$/);
    expect(module).toBe(
      "import { sqlMigration } from '#lockstep';\n\nexport const { up, down, config } = sqlMigration(import.meta.url);\n",
    );
    expect((await ours(['migrate-make', 'add_new_table'])).stdout).toContain('003_add_new_table');
  });

  test('writes only the module of an existing pair', async () => {
    const { ours, root } = await createCheckout(await freshDatabase(), pair('002_x', 'SELECT 1;', 'SELECT 1;'));
    expect((await ours(['migrate-make', '--module', '002'])).stdout).toBe('migrations/002_x.ts\n');
    expect(existsSync(path.join(root, 'migrations/002_x.ts'))).toBe(true);
    expect((await ours(['migrate-make', '--module', '2'])).code).toBe(2);
  });

  test('moves a never-applied trio to the next number, and refuses an applied one', async () => {
    const database = await freshDatabase();
    const { ours, write } = await createCheckout(database, pair('003_y', 'SELECT 1;', 'SELECT 1;'));
    expect((await ours(['migrate-up', '--env', 'development'])).code).toBe(0);
    await write(pair('002_late', 'SELECT 1;', 'SELECT 1;'));
    expect((await ours(['migrate-make', '--renumber', '002'])).stdout).toBe(
      'db/migrations/002_late.sql -> db/migrations/004_late.sql\ndb/migrations/rollbacks/002_late.sql -> db/migrations/rollbacks/004_late.sql\n',
    );
    const refused = await ours(['migrate-make', '--renumber', '003']);
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining('003_y is applied to')]);
  });

  test('is not needed: two touched SQL files run, in every environment and under stock Knex', async () => {
    const database = await freshDatabase();
    const { ours, knex } = await createCheckout(database, {
      [up('002_touched')]: 'CREATE TABLE touched (id int);',
      'db/migrations/rollbacks/002_touched.sql': 'DROP TABLE touched;',
    });
    expect((await ours(['migrate-up', '--env', 'staging'])).code).toBe(0);
    expect((await knex(['migrate:down'])).code).toBe(0);
    expect((await knex(['migrate:up', '002_touched'])).code).toBe(0);
    expect(await historyOf(database)).toEqual(['001_init', '002_touched']);
  });
});
