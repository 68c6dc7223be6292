import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { withLibpqEnvironment } from '../../src/backup/dump/libpq-environment.ts';
import { withTemporaryFolder } from '../../src/files/temporary-folder.ts';
import type { ConnectionSettings } from '../../src/model/environment.ts';

const SETTINGS: ConnectionSettings = {
  host: 'db.example.com',
  port: 5433,
  user: 'app',
  password: 'hunter2',
  database: 'shop',
  schema: 'public',
  schemaIsChosen: false,
  tls: 'require',
  options: '-c work_mem=64MB',
  embedded: false,
};

afterEach(() => vi.unstubAllEnvs());

test('leads a program to our database, and to no other that the environment names', async () => {
  vi.stubEnv('PGHOST', 'elsewhere');
  vi.stubEnv('PGSERVICE', 'elsewhere');
  vi.stubEnv('PGPASSFILE', '/home/me/.pgpass');
  const environment = await withLibpqEnvironment(SETTINGS, async (it) => it);
  expect(environment).toMatchObject({
    PGHOST: 'db.example.com',
    PGPORT: '5433',
    PGUSER: 'app',
    PGPASSWORD: 'hunter2',
    PGDATABASE: 'shop',
    PGSSLMODE: 'require',
    PGOPTIONS: '-c work_mem=64MB',
    PGPASSFILE: '/home/me/.pgpass',
  });
  expect(environment['PGSERVICE']).toBeUndefined();
});

test('gives libpq a file for an authority that is given as text, and for those that the machine knows', async () => {
  let file = '';
  await withLibpqEnvironment({ ...SETTINGS, tls: 'verify-full', tlsCa: '-----BEGIN CERTIFICATE-----\nx' }, async (environment) => {
    file = environment['PGSSLROOTCERT'] ?? '';
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['-----BEGIN CERTIFICATE-----\nx', 0o600]);
  });
  expect(existsSync(file)).toBe(false);
  const known = await withLibpqEnvironment({ ...SETTINGS, tls: 'verify-full' }, async (it) =>
    readFileSync(it['PGSSLROOTCERT'] ?? '', 'utf8'),
  );
  expect(known).toContain('-----BEGIN CERTIFICATE-----');
  expect((await withLibpqEnvironment({ ...SETTINGS, tls: 'verify-full', tlsCa: '/etc/ca.pem' }, async (it) => it))['PGSSLROOTCERT']).toBe(
    '/etc/ca.pem',
  );
});

test.runIf(existsSync('/dev/shm'))('needs no writable temporary folder, as an image with a read-only root has none', async () => {
  vi.stubEnv('TMPDIR', '/nowhere');
  const file = await withLibpqEnvironment({ ...SETTINGS, tls: 'verify-full' }, async (it) => it['PGSSLROOTCERT'] ?? '');
  expect(file).toMatch(/^\/dev\/shm\/lockstep-/);
  expect(existsSync(file)).toBe(false);
  await expect(withTemporaryFolder(async () => 'made', ['/nowhere', '/proc'])).rejects.toThrowErrorMatchingInlineSnapshot(`
    [LockstepError: No temporary folder can be made in /nowhere or /proc; nothing was changed
      Next: docker run --tmpfs /tmp …   mounts one; elsewhere TMPDIR names it]
  `);
});
