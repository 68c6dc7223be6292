import fs from 'node:fs';
import path from 'node:path';
import type { Migration } from '../model/migration.ts';
import { hasChecksum } from './migration-text.ts';
import { readOwn, writeOwn } from './own-file.ts';

/** Whether the text of migrations is what a checksum was made of. */
export interface Checksums {
  readonly isStill: (migration: Migration, checksum: string) => boolean;
  /** Writes down what was read, where that is wished and possible. */
  readonly keep: () => void;
}

/** Takes a file that looks as it did when it was last read for unread; `keep` remembers what is read now. Absent: all are read. */
export type Trust = 'trust' | 'keep' | undefined;

const FILE = '.lockstep/checksums.json';
/** A file that was written so shortly before could be written again without its time changing (as in Git's index). */
const SETTLED_NS = 2_000_000_000n;

type Kept = readonly [look: string, checksum: string];

export function openChecksums(root: string, trust: Trust): Checksums {
  const kept = trust ? readKept(root) : new Map<string, Kept>();
  let isChanged = false;
  return {
    isStill: (migration, checksum) => {
      const look = lookOf(root, migration);
      const [oldLook, oldChecksum] = kept.get(migration.name) ?? [];
      if (look !== undefined && look === oldLook && checksum === oldChecksum) return true;
      if (!hasChecksum(root, migration, checksum)) return false;
      if (look !== undefined) kept.set(migration.name, [look, checksum]);
      isChanged ||= look !== undefined;
      return true;
    },
    keep: () => {
      if (isChanged && trust === 'keep') writeKept(root, kept);
    },
  };
}

/** Size, times and inode of the files that make up the checksum. Undefined for what is missing or was written just now. */
function lookOf(root: string, { up, module }: Migration): string | undefined {
  const looks = [up, module].map((file) => (file === undefined ? '-' : lookOfFile(path.join(root, file))));
  return looks.includes(undefined) ? undefined : looks.join(' ');
}

function lookOfFile(file: string): string | undefined {
  const found = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  if (!found) return undefined;
  const { size, mtimeNs, ctimeNs, ino } = found;
  const settled = BigInt(Date.now()) * 1_000_000n - SETTLED_NS;
  // The time of change is the kernel's: a time of writing that was set back does not help.
  return mtimeNs < settled && ctimeNs < settled ? `${size}:${mtimeNs}:${ctimeNs}:${ino}` : undefined;
}

function readKept(root: string): Map<string, Kept> {
  try {
    const entries = Object.entries(JSON.parse(readOwn(path.join(root, FILE))) as Record<string, unknown>);
    return new Map(entries.filter((entry): entry is [string, Kept] => isKept(entry[1])));
  } catch {
    return new Map();
  }
}

const isKept = (value: unknown): value is Kept =>
  Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === 'string');

const writeKept = (root: string, kept: ReadonlyMap<string, Kept>): void =>
  writeOwn(path.join(root, FILE), JSON.stringify(Object.fromEntries(kept)));
