import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isAlive } from '../../dev-server/server-process.ts';
import { flushFile, namesIn, removeFolder } from '../../files/disk.ts';
import { attempt } from '../../model/attempt.ts';
import type { Backup, BackupManifest, DatabaseIdentity } from '../../model/backup.ts';
import type { BackupPolicy } from '../../model/policy.ts';
import { parseManifest } from './parse-manifest.ts';
import { folderRefusal, writeRefusal } from './refusals.ts';

/** Written under another name, flushed, and renamed: it is there as a whole or not at all. */
function writeDurably(file: string, text: string): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
  flushFile(draft);
  renameSync(draft, file);
}

export const MANIFEST = 'manifest.json';
const PARTIAL = '.partial';
const DAY_MS = 24 * 60 * 60 * 1000;
/** A draft of another machine that shares the folder is somebody's as long as it may still grow. */
const FOREIGN_DRAFT_MS = DAY_MS;

/** A backup that is being made. It gets its name by rename, with the manifest in it: whatever is called `.partial` is none. */
export interface Draft {
  readonly folder: string;
  readonly final: string;
  /** `2026-11-22T09-14-03Z-app` */
  readonly name: string;
}

/** Makes the folder of a new backup, for its owner alone. @throws LockstepError where it cannot be made */
export function openDraft(folder: string, database: string, now = new Date()): Draft {
  const stamp = now.toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  const name = freeName(folder, `${stamp}-${database.replace(/[^\w.-]+/g, '_').slice(0, 100)}`);
  const draft = path.join(folder, `${name}.${os.hostname()}.${process.pid}${PARTIAL}`);
  try {
    // The embedded server's account has to pass through `.lockstep`.
    if (!existsSync(path.dirname(folder))) mkdirSync(path.dirname(folder), { recursive: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mkdirSync(draft, { mode: 0o700 });
  } catch (error) {
    throw folderRefusal(folder, error);
  }
  return { folder: draft, final: path.join(folder, name), name };
}

function freeName(folder: string, name: string): string {
  const taken = new Set(namesIn(folder));
  for (let i = 1; ; i += 1) {
    const wish = i === 1 ? name : `${name}-${i}`;
    if (![...taken].some((one) => one === wish || one.startsWith(`${wish}.`))) return wish;
  }
}

/** The manifest last, flushed; then the name. @throws LockstepError where the disk has no room for it */
export function finishDraft({ folder, final }: Draft, manifest: BackupManifest): Backup {
  const file = path.join(folder, MANIFEST);
  try {
    writeDurably(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
    renameSync(folder, final);
  } catch (error) {
    throw writeRefusal(file, manifest.file.bytes, error);
  }
  return { folder: final, manifest };
}

export function dropDraft({ folder }: Draft): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Removes what killed backups left behind, as far as that may be done: where nothing can be written, the new backup says so. */
export function sweepDrafts(folder: string, now = Date.now()): void {
  for (const name of namesIn(folder).filter((one) => one.endsWith(PARTIAL))) {
    const place = path.join(folder, name);
    if (isAbandoned(place, now)) removeFolder(place);
  }
}

function isAbandoned(place: string, now: number): boolean {
  const [, host, pid] = /\.([^/]+)\.(\d+)\.partial$/.exec(path.basename(place)) ?? [];
  if (host?.endsWith(os.hostname())) return Number(pid) !== process.pid && !isAlive(Number(pid));
  return now - (statSync(place, { throwIfNoEntry: false })?.mtimeMs ?? now) > FOREIGN_DRAFT_MS;
}

export function readBackup(folder: string): Backup | undefined {
  if (folder.endsWith(PARTIAL)) return undefined;
  const manifest = attempt(() => parseManifest(readFileSync(path.join(folder, MANIFEST), 'utf8')));
  return manifest && { folder, manifest };
}

/** Finished backups of one database, newest first. */
export function listBackups(folder: string, database: DatabaseIdentity): readonly Backup[] {
  return namesIn(folder)
    .flatMap((name) => readBackup(path.join(folder, name)) ?? [])
    .filter(({ manifest }) => isSameDatabase(manifest.database, database))
    .toSorted((a, b) => b.manifest.at.localeCompare(a.manifest.at));
}

export function isSameDatabase(a: DatabaseIdentity, b: DatabaseIdentity): boolean {
  const [one, other] = [a.systemIdentifier, b.systemIdentifier];
  return a.name === b.name && a.oid === b.oid && (one === undefined || other === undefined || one === other);
}

/** Removes backups that are both beyond the count and older than the days; never the newest. Returns what went. */
export function pruneBackups(
  folder: string,
  database: DatabaseIdentity,
  { keepCount, keepDays, now = Date.now() }: Pick<BackupPolicy, 'keepCount' | 'keepDays'> & { readonly now?: number },
): readonly Backup[] {
  const gone = listBackups(folder, database)
    .slice(Math.max(1, keepCount))
    .filter(({ manifest }) => now - Date.parse(manifest.at) > keepDays * DAY_MS);
  // An old one that somebody protects does not make the new one worth less.
  return gone.filter(({ folder: old }) => removeFolder(old));
}

/** Where an environment's backups are; absolute. */
export const backupFolder = (root: string, { folder }: Pick<BackupPolicy, 'folder'>): string => path.resolve(root, folder);
