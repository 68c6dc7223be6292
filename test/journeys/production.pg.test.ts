import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onEachServer } from '../support/database.ts';
import { KEEPING_KNEXFILE } from '../support/kept-backups.ts';
import { down, historyOf, isThere, up } from '../support/project.ts';

// MIGRATIONS.md, word for word.
const NEW_TABLE = `-- Migration: 002_add_new_table
-- Created at: 2025-01-01
-- Description: Add new_table for feature X

BEGIN;

CREATE TABLE new_table (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  name VARCHAR(255) NOT NULL,
  created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX idx_new_table_tenant_id ON new_table(tenant_id);

COMMIT;
`;
const NEW_TABLE_BACK = `-- Rollback for: 002_add_new_table
BEGIN;

DROP TABLE IF EXISTS new_table;

COMMIT;
`;
const tenantFlag = (tenant: string): string => `-- Add column to existing table
ALTER TABLE users ADD COLUMN feature_flag BOOLEAN DEFAULT false;

-- Update specific tenant data
UPDATE users SET feature_flag = true WHERE tenant_id = '${tenant}';
`;

onEachServer('MIGRATIONS.md in production, with rows in the tables and without a terminal', ({ freshDatabase }) => {
  test('every command ends 0, and what a rollback took comes back from its backup', { timeout: 180_000 }, async () => {
    const database = await freshDatabase();
    const { ours, root, write } = await createCheckout(database, KEEPING_KNEXFILE);
    const run = async (...args: readonly string[]) => {
      const done = await ours(args);
      expect([args.join(' '), done.code, done.stderr]).toEqual([args.join(' '), 0, done.stderr]);
      return done;
    };
    await run('migrate-up', '--env', 'production');
    await database.query("INSERT INTO tenants (slug, name) SELECT 't' || i, 'Tenant ' || i FROM generate_series(1, 3) i");
    await database.query("INSERT INTO users (tenant_id, email, full_name) SELECT id, slug || '@example.com', name FROM tenants");
    const [{ id: tenant } = {}] = await database.query("SELECT id FROM tenants WHERE slug = 't2'");
    await write({ [up('002_add_new_table')]: NEW_TABLE, [down('002_add_new_table')]: NEW_TABLE_BACK });
    await run('migrate-up', '--env', 'production');
    await database.query("INSERT INTO new_table (tenant_id, name) SELECT id, 'n' FROM tenants, generate_series(1, 400)");
    await write({ [up('003_flag')]: tenantFlag(String(tenant)), [down('003_flag')]: 'ALTER TABLE users DROP COLUMN feature_flag;\n' });
    await run('migrate-up', '--env', 'production');
    expect(await database.query('SELECT count(*)::int AS n FROM users WHERE feature_flag')).toEqual([{ n: 1 }]);
    expect((await run('migrate-status')).stdout).toContain('production');

    const last = await run('migrate-rollback');
    expect(last.stderr).toContain('3 values of users.feature_flag');
    expect(await historyOf(database)).toEqual(['001_init', '002_add_new_table']);
    await run('migrate-up', '--env', 'production');

    // DB_MIGRATION_VERSION=001 npm run migrate:rollback
    const { stderr } = await run('migrate-rollback', '--to', '001');
    expect(stderr).toContain('1,200 rows of new_table');
    expect(await isThere(database, 'new_table')).toBe(false);

    const backup = /npm run migrate:restore -- (\S+)/.exec(stderr)?.[1] ?? '';
    expect(existsSync(path.join(root, backup, 'manifest.json'))).toBe(true);
    await run('migrate-restore', backup, '--into', database.database, '--table', 'new_table', '--overwrite', database.database);
    expect(await database.query('SELECT count(*)::int AS n FROM new_table')).toEqual([{ n: 1200 }]);
  });
});
