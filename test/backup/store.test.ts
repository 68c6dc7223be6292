import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { finishDraft, listBackups, openDraft, pruneBackups, readBackup, sweepDrafts } from '../../src/backup/archive/store.ts';
import type { BackupManifest } from '../../src/model/backup.ts';

const DATABASE = { name: 'app', oid: 5, systemIdentifier: '77', encoding: 'UTF8', collate: 'C', ctype: 'C' };

function manifest(at: string, database = DATABASE): BackupManifest {
  return {
    format: 1,
    tool: 'lockstep',
    method: 'copy',
    scope: 'all tables',
    environment: 'production',
    at,
    server: { host: 'h', port: 1, version: '18.4', major: 18 },
    database,
    tables: [],
    file: { name: 'x', bytes: 1, sha256: '0', storedBy: 'folder' },
    proof: { kind: 'read', durationMs: 1 },
    durationMs: 1,
  };
}

function scratchFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const DAYS = 24 * 60 * 60 * 1000;
const NOW = Date.parse('2026-11-22T12:00:00Z');

function store(folder: string, daysAgo: number, database = DATABASE): string {
  const at = new Date(NOW - daysAgo * DAYS);
  return path.basename(finishDraft(openDraft(folder, database.name, at), manifest(at.toISOString(), database)).folder);
}

test('a backup gets its name with its manifest, and not before', () => {
  const folder = scratchFolder();
  const draft = openDraft(folder, 'app', new Date(NOW));
  expect(listBackups(folder, DATABASE)).toEqual([]);
  expect(readdirSync(folder)).toEqual([`2026-11-22T12-00-00Z-app.${os.hostname()}.${process.pid}.partial`]);
  finishDraft(draft, manifest('2026-11-22T12:00:00Z'));
  expect(readdirSync(folder)).toEqual(['2026-11-22T12-00-00Z-app']);
  expect(readdirSync(path.join(folder, '2026-11-22T12-00-00Z-app'))).toEqual(['manifest.json']);
});

test('two backups in one second get two names', () => {
  const folder = scratchFolder();
  expect([store(folder, 0), store(folder, 0)]).toEqual(['2026-11-22T12-00-00Z-app', '2026-11-22T12-00-00Z-app-2']);
});

test('what is beyond the count and older than the days goes, and nothing else', () => {
  const folder = scratchFolder();
  const names = [0, 5, 20, 40, 60].map((days) => store(folder, days));
  const other = store(folder, 90, { ...DATABASE, name: 'other', oid: 6 });
  mkdirSync(path.join(folder, 'mine'));
  writeFileSync(path.join(folder, 'notes.txt'), '');
  const gone = pruneBackups(folder, DATABASE, { keepCount: 2, keepDays: 30, now: NOW });
  expect(gone.map((backup) => path.basename(backup.folder))).toEqual([names[3], names[4]]);
  expect(readdirSync(folder).sort()).toEqual([...names.slice(0, 3), other, 'mine', 'notes.txt'].sort());
});

test('the newest stays, whatever the policy says', () => {
  const folder = scratchFolder();
  const [newest] = [store(folder, 100), store(folder, 200)];
  pruneBackups(folder, DATABASE, { keepCount: 0, keepDays: 0, now: NOW });
  expect(readdirSync(folder)).toEqual([newest]);
});

test('what stands above the folder of the backups stays open to others, such as the account of the embedded server', () => {
  const root = scratchFolder();
  openDraft(path.join(root, '.lockstep/backups'), 'app');
  expect([statSync(path.join(root, '.lockstep')).mode & 0o055, statSync(path.join(root, '.lockstep/backups')).mode & 0o077]).toEqual([
    0o055 & ~process.umask(),
    0,
  ]);
});

test.each([
  ['without what it is of', { database: undefined }],
  ['without its tables', { tables: undefined }],
  ['with a table that is none', { tables: [null] }],
  ['without a time', { at: 'yesterday' }],
  ['of a kind that nobody knows', { method: 'magic' }],
  ['that leads elsewhere', { file: { name: '../x', bytes: 1, sha256: '0', storedBy: 'folder' } }],
])('a manifest %s is none', (_, change) => {
  const folder = scratchFolder();
  const name = store(folder, 0);
  writeFileSync(path.join(folder, name, 'manifest.json'), JSON.stringify({ ...manifest('2026-11-22T12:00:00Z'), ...change }));
  expect(readBackup(path.join(folder, name))).toBeUndefined();
  expect(listBackups(folder, DATABASE)).toEqual([]);
});

test.each(['', '{', 'null', '[]', '{"format":1,"file":{"sha256":"x"}}'])('a manifest that reads %j is none', (text) => {
  const folder = scratchFolder();
  writeFileSync(path.join(folder, store(folder, 0), 'manifest.json'), text);
  expect(listBackups(folder, DATABASE)).toEqual([]);
});

test('a manifest for which there is no room is a refusal, as the backup before it would be', () => {
  const folder = scratchFolder();
  const draft = openDraft(folder, 'app', new Date(NOW));
  rmSync(draft.folder, { recursive: true });
  expect(() => finishDraft(draft, manifest('2026-11-22T12:00:00Z'))).toThrow(
    `The backup cannot be written to ${folder} (ENOENT); it was removed and nothing was changed`,
  );
});

test('what a killed backup left where nothing can be removed stays, and the new one says what is wrong', (context) => {
  const disk = scratchFolder();
  const mount = (...options: readonly string[]): unknown =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', ...options, 'tmpfs', disk], { stdio: 'ignore' });
  try {
    mount('size=64k');
  } catch {
    return context.skip('this machine does not let tests mount');
  }
  onTestFinished(() => void execFileSync('umount', [disk]));
  const left = `2026-11-22T12-00-00Z-app.${os.hostname()}.4194305.partial`;
  mkdirSync(path.join(disk, left));
  mount('remount,ro');
  sweepDrafts(disk);
  expect(readdirSync(disk)).toEqual([left]);
  expect(() => openDraft(disk, 'app')).toThrow('cannot be written (EROFS); nothing was changed');
});
