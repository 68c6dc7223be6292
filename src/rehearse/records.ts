import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findMigrationText } from '../files/migration-text.ts';
import { findCommits, readAt } from '../files/read-git.ts';
import { readSource } from '../files/read-source.ts';
import { attempt } from '../model/attempt.ts';
import { given } from '../model/given.ts';
import type { Migration } from '../model/migration.ts';
import type { Proof, RealData } from '../model/rehearsal.ts';

/** Where proofs are kept: they belong into the repository. */
const RECORDS_FOLDER = 'db/rehearsals';

/** Proofs of an older form count no more. */
const FORM = 1;

/** What is kept of a migration that passed. */
interface ProofRecord {
  readonly key: string;
  readonly major: number;
  readonly notes: readonly string[];
  /** Real rows that it passed on. */
  readonly data?: KeptData;
}

type KeptData = Pick<RealData, 'source' | 'rows' | 'sample'> & { readonly masked?: readonly string[]; readonly drift?: number };

/** What a kept proof says of where it was made. */
export interface KeptProof {
  readonly major: number;
  readonly isOfRealData: boolean;
}

/**
 * By content: each key stands for a migration and all that lies below it, both ways, and the major that it was rehearsed on.
 * @param migrations ascending by version
 */
export function keysOf(root: string, migrations: readonly Migration[], major: number): ReadonlyMap<string, string> {
  return keysOfTexts(
    migrations.map((migration) => toText(root, migration)),
    major,
  );
}

/** A migration by its name and the checksums of both directions, as far as they are there. */
export interface ProvedText {
  readonly name: string;
  readonly up: string | undefined;
  readonly down: string | undefined;
}

export const toText = (root: string, migration: Migration): ProvedText => ({
  name: migration.name,
  up: findMigrationText(root, migration)?.checksum,
  down: migration.down && attempt(() => readSource(root, migration.down ?? '').checksum),
});

function keysOfTexts(texts: readonly ProvedText[], major: number): ReadonlyMap<string, string> {
  const hash = createHash('sha256').update(`lockstep ${FORM} postgresql ${major}`);
  return new Map(
    texts.map(({ name, up, down }) => {
      hash.update(`\n${name} ${up ?? ''} ${down ?? ''}`);
      return [name, hash.copy().digest('hex')] as const;
    }),
  );
}

const fileOf = (root: string, name: string): string => path.join(root, RECORDS_FOLDER, `${name}.json`);

/** Whether proofs are kept here at all. */
export const keepsProofs = (root: string): boolean => existsSync(path.join(root, RECORDS_FOLDER));

/** Those of these that are proved as they are now, on whatever major and rows, and on which. @param migrations all of them, ascending by version */
export function findProofs(root: string, migrations: readonly Migration[]): ReadonlyMap<string, KeptProof> {
  const keys = new Map<number, ReadonlyMap<string, string>>();
  return new Map(
    migrations.flatMap(({ name }): readonly (readonly [string, KeptProof])[] => {
      const { key, major, data } = readRecord(root, name) ?? {};
      if (major === undefined) return [];
      const ofMajor = keys.get(major) ?? keysOf(root, migrations, major);
      keys.set(major, ofMajor);
      return ofMajor.get(name) === key ? [[name, { major, isOfRealData: data !== undefined }]] : [];
    }),
  );
}

const readRecord = (root: string, name: string): ProofRecord | undefined =>
  attempt(() => JSON.parse(readFileSync(fileOf(root, name), 'utf8')) as ProofRecord);

/**
 * Those of these names that no kept proof speaks for, on this disk or in any commit.
 * @param texts what is applied, ascending by version
 */
export async function findUnproved(root: string, names: readonly string[], texts: readonly ProvedText[]): Promise<readonly string[]> {
  const isProved = (name: string, text: string | undefined): boolean => {
    const record = text === undefined ? undefined : attempt(() => JSON.parse(text) as ProofRecord);
    return record !== undefined && keysOfTexts(texts, record.major).get(name) === record.key;
  };
  const unproved: string[] = [];
  for (const name of names) {
    const here = attempt(() => readFileSync(fileOf(root, name), 'utf8'));
    if (!isProved(name, here) && !(await isProvedInGit(root, name, isProved))) unproved.push(name);
  }
  return unproved;
}

type IsProved = (name: string, text: string | undefined) => boolean;

async function isProvedInGit(root: string, name: string, isProved: IsProved): Promise<boolean> {
  const file = `${RECORDS_FOLDER}/${name}.json`;
  for (const commit of await findCommits(root, [file])) if (isProved(name, await readAt(root, commit, file))) return true;
  return false;
}

/** The migrations whose proof is kept for what they are now. */
export function readProved(root: string, keys: ReadonlyMap<string, string>): ReadonlySet<string> {
  const isProved = ([name, key]: readonly [string, string]): boolean => readRecord(root, name)?.key === key;
  return new Set([...keys].filter(isProved).map(([name]) => name));
}

/** Keeps what passed. Nothing of it depends on when and where it was, so that equal proofs are equal files. */
export function keepProofs(
  root: string,
  proofs: readonly Proof[],
  { keys, major, data }: { readonly keys: ReadonlyMap<string, string>; readonly major: number; readonly data?: RealData | undefined },
): void {
  const passed = proofs.filter(({ findings }) => findings.length === 0);
  if (passed.length > 0) mkdirSync(path.join(root, RECORDS_FOLDER), { recursive: true });
  for (const { name, notes } of passed) {
    const key = keys.get(name) ?? '';
    const older = readRecord(root, name);
    // That it passed on real rows stays true of the same files.
    const kept = data ? keptData(data) : older?.key === key ? older.data : undefined;
    const record: ProofRecord = { key, major, notes, ...given({ data: kept }) };
    writeFileSync(fileOf(root, name), `${JSON.stringify(record, undefined, 2)}\n`);
  }
}

const keptData = ({ source, rows, sample, masked, drift }: RealData): KeptData => ({
  source,
  rows,
  ...given({ sample, masked: masked.length > 0 ? masked : undefined, drift: drift.length || undefined }),
});
