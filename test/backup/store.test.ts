import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { finishDraft, listBackups, openDraft, pruneBackups } from '../../src/backup/store.ts';
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
