import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onEachServer, onServer } from '../support/database.ts';
import { KEEPING_KNEXFILE } from '../support/kept-backups.ts';
import { down, steady, up, variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';
import { DUMPABLE } from './backup-project.ts';

const FILES = { [up('002_gone')]: 'DROP TABLE audit_logs;', [down('002_gone')]: 'SELECT 1;' };

onEachServer('the commands', ({ freshDatabase, major }) => {
  test('back up, show it in status, and bring a dropped table back; no password is in anything they leave', async () => {
    const database = await freshDatabase();
    const { ours, root, write } = await createCheckout(database);
    const env = ['--env', 'staging'];
    const said: string[] = [];
    const run = async (...args: readonly string[]) => {
      const done = await ours(args, { ...variablesOf(database), ...(major > DUMPABLE && { PG_DUMP: '/nowhere/pg_dump' }) });
      said.push(done.stdout, done.stderr);
      return done;
    };
    expect((await run('migrate-up', ...env)).code).toBe(0);
    await database.query("INSERT INTO tenants (slug, name) VALUES ('a', 'A')");
    await database.query(
      "INSERT INTO audit_logs (tenant_id, action, entity_type) SELECT id, 'x', 'y' FROM tenants, generate_series(1, 50)",
    );
    const { code, stdout } = await run('migrate-backup', ...env);
    expect(code).toBe(0);
    const folder = stdout.trim();
    expect(path.dirname(folder)).toBe(path.join(root, '.lockstep/backups'));
    const status = (await run('migrate-status')).stdout;
    expect(status).toContain(major <= DUMPABLE ? 'pg_dump, read back' : 'copy of all tables, read back');
    await write(FILES);
    expect((await run('migrate-up', ...env)).code).toBe(0);
    const wish = ['migrate-restore', folder, '--into', database.database, '--table', 'audit_logs'];
    const refused = await run(...wish);
    expect([refused.code, steady(refused.stderr)]).toEqual([3, expect.stringContaining('holds tables, and nobody has typed its name')]);
    const restored = await run(...wish, '--overwrite', database.database);
    expect([restored.code, steady(restored.stderr)]).toEqual([
      0,
      expect.stringContaining('Restored 1 table with 50 rows into DATABASE in DURATION'),
    ]);
    expect(await database.query('SELECT count(*)::int AS n FROM audit_logs')).toEqual([{ n: 50 }]);
    await expect(database.query('DELETE FROM audit_logs')).rejects.toThrow('audit_logs is append-only');
    said.push(readFileSync(path.join(folder, 'manifest.json'), 'utf8'));
    expect(said.join('')).not.toContain(database.password);
  });
});

onServer('newest', 'production', ({ freshDatabase }) => {
  test('backs up before it changes anything, without being told to', async () => {
    const database = await freshDatabase();
    const { ours, root, write } = await createCheckout(database, KEEPING_KNEXFILE);
    await ours(['migrate-up', '--env', 'production']);
    await database.query("INSERT INTO tenants (slug, name) VALUES ('a', 'A')");
    await write(FILES);
    const variables = { ...variablesOf(database), PG_DUMP: '/nowhere/pg_dump' };
    const { stderr } = await ours(['migrate-up', '--env', 'production'], variables);
    expect(stderr).toContain('Restore: npm run migrate:restore -- .lockstep/backups/');
    expect(readdirSync(path.join(root, '.lockstep/backups'))).toHaveLength(1);
  });

  test('of an empty database goes without, and says so', async () => {
    const { ours } = await createCheckout(await freshDatabase(), KEEPING_KNEXFILE);
    const { code, stderr } = await ours(['migrate-up', '--env', 'production']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('Note: no backup is needed: the database holds no table yet')]);
  });

  test('that is stopped during the backup says so, exits 1, and leaves no draft', async () => {
    const database = await freshDatabase();
    const { ours, root, write, start } = await createCheckout(database, KEEPING_KNEXFILE);
    await ours(['migrate-up', '--env', 'production']);
    await write(FILES);
    const blocker = await database.connect();
    // The copy waits for this table; so the signal arrives in the middle of the backup.
    await blocker.query('BEGIN; LOCK TABLE audit_logs IN ACCESS EXCLUSIVE MODE');
    const { child, finished } = start('ours', ['migrate-up', '--env', 'production', '--allow-data-loss', 'audit_logs']);
    await until(
      'the backup to wait',
      async () =>
        (await database.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'lockstep backup' AND wait_event_type = 'Lock'"))
          .length > 0,
    );
    expect(readdirSync(path.join(root, '.lockstep/backups')).filter((name) => name.endsWith('.partial'))).toHaveLength(1);
    child.kill('SIGTERM');
    const { code, stderr } = await finished;
    await blocker.query('ROLLBACK');
    expect([code, stderr]).toEqual([1, expect.stringContaining('Interrupted by SIGTERM during the backup')]);
    expect(readdirSync(path.join(root, '.lockstep/backups'))).toEqual([]);
  });
});
