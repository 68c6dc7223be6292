// What the gate must catch: each stands where a good pg_dump would be, or changes a good backup behind our back.
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findDamage } from '../../src/backup/archive/verify-backup.ts';
import type { Backup } from '../../src/model/backup.ts';
import { onServer } from '../support/database.ts';
import { historyOf, isThere, refusalOf, steady } from '../support/project.ts';
import { until } from '../support/wait.ts';
import { type BackupProject, createBackupProject, DROP, DUMPABLE, fakeDump, REAL } from './backup-project.ts';

/** Says what the gate says of a pg_dump with this body; nothing may have changed and nothing may be left. */
async function gateSays(database: { readonly query: unknown } & Parameters<typeof createBackupProject>[0], body: string): Promise<string> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-fake-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const project = await createBackupProject(database, { method: 'pg_dump', pgDump: fakeDump(root, body) }, DROP);
  const said = await refusalOf(project.apply());
  expect(await historyOf(database)).toEqual(['001_shop']);
  expect(await isThere(database, 'users')).toBe(true);
  expect(project.names()).toEqual([]);
  return said.split('\n')[0] ?? '';
}

/** Arguments of pg_dump without the snapshot, for a dump that pretends. */
const WITHOUT_SNAPSHOT = 'for arg; do shift; case "$arg" in --snapshot=*) ;; *) set -- "$@" "$arg";; esac; done';

onServer(DUMPABLE, 'the backup gate catches', ({ freshDatabase }) => {
  test('a dump that was cut in half', async () => {
    const said = await gateSays(await freshDatabase(), `${REAL}/pg_dump "$@" > "$0.out"; head -c $(($(stat -c %s "$0.out") / 2)) "$0.out"`);
    // Where a small one is cut, its table of contents may end too.
    expect(said).toMatch(/^The backup is not good: pg_restore cannot read (it back|its table of contents) \(pg_restore: error: /);
  });

  test('a dump that was cut behind its table of contents, with which pg_restore --list is content', async () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-cut-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const database = await freshDatabase();
    const cut = path.join(root, 'cut');
    const said = await gateSays(database, `${REAL}/pg_dump "$@" > "$0.out"; head -c -200 "$0.out" | tee "${cut}"`);
    expect(execFileSync(`${REAL}/pg_restore`, ['--list', cut], { encoding: 'utf8' })).toContain('TABLE DATA public users');
    expect(said).toMatch(/^The backup is not good: pg_restore cannot read it back \(pg_restore: error: /);
  });

  test('a dump of another database of equal shape', async () => {
    const [database, other] = [await freshDatabase(), await freshDatabase()];
    await createBackupProject(other, { method: 'off' });
    const said = await gateSays(database, `${WITHOUT_SNAPSHOT}; PGDATABASE=${other.database} exec ${REAL}/pg_dump "$@"`);
    expect(said).toBe(
      `The backup is not good: it is a dump of database "DATABASE", not of "DATABASE"; it was removed and nothing was changed`,
    );
  });

  test('a missing table', async () => {
    expect(await gateSays(await freshDatabase(), `exec ${REAL}/pg_dump --exclude-table=orders "$@"`)).toBe(
      'The backup is not good: it misses public.orders; it was removed and nothing was changed',
    );
  });

  test('a missing row', async () => {
    const database = await freshDatabase();
    const loseOne = `${REAL}/psql -qc 'DELETE FROM orders WHERE id = 1' >&2`;
    expect(await gateSays(database, `${loseOne}; ${WITHOUT_SNAPSHOT}; exec ${REAL}/pg_dump "$@"`)).toBe(
      'The backup is not good: it holds 499 rows of public.orders, which has 500; it was removed and nothing was changed',
    );
  });

  test('a stale file', async () => {
    const database = await freshDatabase();
    const old = path.join(mkdtempSync(path.join(os.tmpdir(), 'lockstep-old-')), 'old.dump');
    onTestFinished(() => rmSync(path.dirname(old), { recursive: true, force: true }));
    const first = await createBackupProject(database, { method: 'auto' });
    const { folder } = await first.backUp();
    // The head of a custom dump holds its time: the year stands there as a number since 1900.
    const dump = readFileSync(path.join(folder, 'database.dump'));
    const year = new Date().getUTCFullYear() - 1900;
    const at = dump.indexOf(Buffer.from([0, year, 0, 0, 0]));
    dump[at + 1] = year - 1;
    writeFileSync(old, dump);
    await first.rollback({ to: '0' });
    expect(await gateSays(database, `exec cat ${old}`)).toMatch(/^The backup is not good: it is stale: it was made at /);
  });

  test('a killed dump, and takes its draft for nothing', async () => {
    expect(await gateSays(await freshDatabase(), `${REAL}/pg_dump "$@" | head -c 3000; kill -9 $$`)).toBe(
      'pg_dump failed (SIGKILL); what it had written was removed and nothing was changed',
    );
  });

  test('a pg_dump that says nothing and writes nothing', async () => {
    expect(await gateSays(await freshDatabase(), 'exit 0')).toMatch(/^The backup is not good: /);
  });

  test('a pg_dump that fails, in all of its own words, whose last line may have no end', async () => {
    const says =
      "echo 'pg_dump: error: aborting because of server version mismatch' >&2; printf 'pg_dump: detail: server version: 99' >&2; exit 1";
    expect(await gateSays(await freshDatabase(), says)).toBe(
      'pg_dump failed (exit 1): error: aborting because of server version mismatch; what it had written was removed and nothing was changed',
    );
  });

  test('a pg_dump that fails', async () => {
    expect(await gateSays(await freshDatabase(), `exec ${REAL}/pg_dump --no-such-option`)).toContain('pg_dump failed (exit 1)');
  });

  test('a folder that cannot be written', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto', folder: 'package.json/backups' }, DROP);
    await project.write({ 'package.json': '{}' });
    expect(await refusalOf(project.apply()).then((text) => text.replaceAll(project.root, 'ROOT'))).toMatchInlineSnapshot(`
      "The backup folder ROOT/package.json/backups cannot be written (ENOTDIR); nothing was changed
        Next: ls -ld ROOT/package.json   or name another one in knexfile.ts: backup: { folder: '/var/backups/lockstep' }"
    `);
    expect(await historyOf(database)).toEqual(['001_shop']);
  });

  test('a full disk', async (context) => {
    const disk = mkdtempSync(path.join(os.tmpdir(), 'lockstep-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk], { stdio: 'ignore' });
    } catch {
      rmSync(disk, { recursive: true });
      return context.skip('this machine does not let tests mount');
    }
    onTestFinished(() => {
      execFileSync('umount', [disk]);
      rmSync(disk, { recursive: true });
    });
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto', folder: disk }, DROP);
    const said = steady(await refusalOf(project.apply()))
      .replaceAll(disk, 'DISK')
      .replaceAll(/[\d.]+ MB/g, 'SIZE')
      .replaceAll(/DISK\/\S+partial/g, 'DRAFT');
    expect(said).toMatchInlineSnapshot(`
      "The disk is full: the backup failed after SIZE, with SIZE free in DISK; it was removed and nothing was changed
        Next: df -h DISK   then make room, or name another folder in knexfile.ts: backup: { folder: '/var/backups/lockstep' }"
    `);
    expect(project.names()).toEqual([]);
    expect(await historyOf(database)).toEqual(['001_shop']);
  });

  test.each(['pg_dump', 'pg_restore'] as const)('a run that is interrupted while %s works', async (name) => {
    const database = await freshDatabase();
    const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-fake-'));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const pgDump = fakeDump(root, `exec ${REAL}/pg_dump "$@"`);
    const slow = path.join(root, name);
    writeFileSync(slow, `#!/bin/sh\n[ "$1" = --version ] && exec ${REAL}/${name} --version\necho begun > "$0.begun"; exec sleep 600\n`);
    const project = await createBackupProject(database, { method: 'pg_dump', pgDump }, DROP);
    const stop = new AbortController();
    const run = refusalOf(project.apply({ interruption: stop.signal }));
    await until(`${name} to begin`, async () => statSync(`${slow}.begun`, { throwIfNoEntry: false }) !== undefined);
    stop.abort('SIGTERM');
    expect(await run).toContain('Interrupted by SIGTERM during the backup; its draft was removed and nothing was changed');
    expect(project.names()).toEqual([]);
    expect(
      await database.query("select 1 from pg_stat_activity where application_name = 'lockstep backup' and datname = current_database()"),
    ).toEqual([]);
  });
});

const damageOf = async (backup: Backup, change: (file: string) => void): Promise<string | undefined> => {
  change(path.join(backup.folder, backup.manifest.file.name));
  return findDamage(backup);
};

onServer('newest', 'a backup that is there', ({ freshDatabase }) => {
  const taken = async (): Promise<{ readonly project: BackupProject; readonly backup: Backup }> => {
    const project = await createBackupProject(await freshDatabase(), { method: 'copy' });
    return { project, backup: await project.backUp() };
  };

  test('is good as it is', async () => {
    const { backup } = await taken();
    expect(await findDamage(backup, { database: backup.manifest.database, tables: backup.manifest.tables })).toBeUndefined();
  });

  test('is damaged when it is cut, changed or gone', async () => {
    const { backup } = await taken();
    const { bytes } = backup.manifest.file;
    const changed = await damageOf(backup, (file) => {
      const content = readFileSync(file);
      content[100] = (content[100] ?? 0) ^ 1;
      writeFileSync(file, content);
    });
    expect(changed).toBe('tables.sql.gz was changed: its SHA-256 is another one');
    expect(await damageOf(backup, (file) => truncateSync(file, bytes - 1))).toBe(
      `tables.sql.gz has ${(bytes - 1).toLocaleString('en')} bytes instead of ${bytes.toLocaleString('en')}`,
    );
    expect(await damageOf(backup, (file) => rmSync(file))).toBe('tables.sql.gz is missing');
  });

  test('is refused by a restore when it is damaged, before anything happens', async () => {
    const { project, backup } = await taken();
    truncateSync(path.join(backup.folder, 'tables.sql.gz'), 50);
    expect(await refusalOf(project.restore({ file: backup.folder, into: 'never_made' }))).toContain(
      'The backup is damaged: tables.sql.gz has 50 bytes',
    );
  });

  test('is refused as well when its manifest is damaged, with the way to its rows', async () => {
    const { project, backup } = await taken();
    writeFileSync(path.join(backup.folder, 'manifest.json'), '{"format":1,"file":{"sha256":"x"}}');
    expect((await project.status()).backups).toEqual([]);
    const said = await refusalOf(project.restore({ file: path.basename(backup.folder), into: 'never_made' }));
    expect(said.replaceAll(/\/\S+\/backups/g, 'BACKUPS').replaceAll(/[\dTZ-]+-DATABASE/g, 'NAME')).toMatchInlineSnapshot(`
      "The manifest of "NAME" is damaged, so nothing tells whether the backup is whole; nothing was changed
        BACKUPS/NAME/manifest.json
        Next: gunzip -c BACKUPS/NAME/tables.sql.gz | psql -d NAME   into an empty database, and count its rows"
    `);
  });

  test('is not of another database of the same name, or of one that was made anew', async () => {
    const { backup } = await taken();
    const { database, tables } = backup.manifest;
    const say = (expected: Partial<typeof database>) => findDamage(backup, { database: { ...database, ...expected }, tables });
    expect(await say({ systemIdentifier: '1' })).toMatch(/^it is of database "t_\w+" on 127.0.0.1:\d+, not of "t_\w+" on this server$/);
    expect(await say({ oid: 1 })).toMatch(/^it is of database /);
    expect(await say({ name: 'other' })).toMatch(/^it is of database /);
  });

  test('is stale, misses a table, or misses a row', async () => {
    const { backup } = await taken();
    const { database, tables, at } = backup.manifest;
    expect(await findDamage(backup, { database, tables, notBefore: new Date(Date.parse(at) + 1) })).toBe(
      `it is stale: it was made at ${at}`,
    );
    expect(await findDamage(backup, { database, tables: [{ schema: 'public', name: 'new' }] })).toBe('it misses public.new');
    expect(await findDamage(backup, { database, tables: [{ schema: 'public', name: 'users', rows: 1001 }] })).toBe(
      'it holds 1,000 rows of public.users, which has 1,001',
    );
  });

  test('is none as long as it has no manifest, and what a killed one left is swept', async () => {
    const { project } = await taken();
    const name = `2020-01-01T00-00-00Z-x.${os.hostname()}.4194305.partial`;
    mkdirSync(path.join(project.folder, name));
    closeSync(openSync(path.join(project.folder, name, 'database.dump'), 'w'));
    expect(project.backups()).toHaveLength(1);
    await project.backUp();
    expect(readdirSync(project.folder)).not.toContain(name);
    expect(project.backups()).toHaveLength(2);
  });
});
