import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findPgDump } from '../../src/backup/dump/find-pg-dump.ts';

/** Folders with programs that say they are of these versions. */
function installed(...versions: readonly string[]): readonly string[] {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-dumps-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return versions.map((version) => {
    const folder = path.join(root, version);
    mkdirSync(folder);
    for (const name of ['pg_dump', 'pg_restore']) {
      writeFileSync(path.join(folder, name), `#!/bin/sh\necho "${name} (PostgreSQL) ${version} (Debian)"\n`);
      chmodSync(path.join(folder, name), 0o755);
    }
    return folder;
  });
}

test("takes the server's own major, else the next newer one, and never an older one", async () => {
  const folders = installed('14.2', '18.4', '16.1', '17beta1');
  const choose = async (serverMajor: number) => (await findPgDump({ serverMajor, folders })).usable?.version;
  expect(await Promise.all([14, 15, 16, 17, 18, 19].map(choose))).toEqual(['14.2', '16.1', '16.1', '17beta1', '18.4', undefined]);
});

test('looks nowhere else when one is named, and tells what it saw', async () => {
  const [folder = ''] = installed('15.1');
  const configured = path.join(folder, 'pg_dump');
  const { usable, seen } = await findPgDump({ serverMajor: 18, configured });
  expect([usable, seen.map(({ version }) => version)]).toEqual([undefined, ['15.1']]);
  expect((await findPgDump({ serverMajor: 15, configured: '/nowhere/pg_dump' })).seen).toEqual([]);
});
