import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findMigrationText } from '../files/migration-text.ts';
import { readSource } from '../files/read-source.ts';
import { attempt } from '../model/attempt.ts';
import type { Migration } from '../model/migration.ts';
import type { Proof } from '../model/rehearsal.ts';

/** Where proofs are kept: they belong into the repository. */
const RECORDS_FOLDER = 'db/rehearsals';

/** Proofs of an older form count no more. */
const FORM = 1;

/** What is kept of a migration that passed. */
interface ProofRecord {
  readonly key: string;
  readonly major: number;
  readonly notes: readonly string[];
}

/**
 * By content: each key stands for a migration and all that lies below it, both ways, and the major that it was rehearsed on.
 * @param migrations ascending by version
 */
export function keysOf(root: string, migrations: readonly Migration[], major: number): ReadonlyMap<string, string> {
  const hash = createHash('sha256').update(`lockstep ${FORM} postgresql ${major}`);
  return new Map(
    migrations.map((migration) => {
      const down = migration.down && attempt(() => readSource(root, migration.down ?? '').checksum);
      hash.update(`\n${migration.name} ${findMigrationText(root, migration)?.checksum ?? ''} ${down ?? ''}`);
      return [migration.name, hash.copy().digest('hex')] as const;
    }),
  );
}

const fileOf = (root: string, name: string): string => path.join(root, RECORDS_FOLDER, `${name}.json`);

/** Whether proofs are kept here at all. */
export const keepsProofs = (root: string): boolean => existsSync(path.join(root, RECORDS_FOLDER));

/** Those of these that are proved as they are now, on whatever major, and on which. @param migrations all of them, ascending by version */
export function findProofs(root: string, migrations: readonly Migration[]): ReadonlyMap<string, number> {
  const keys = new Map<number, ReadonlyMap<string, string>>();
  return new Map(
    migrations.flatMap(({ name }): readonly (readonly [string, number])[] => {
      const { key, major } = readRecord(root, name) ?? {};
      if (major === undefined) return [];
      const ofMajor = keys.get(major) ?? keysOf(root, migrations, major);
      keys.set(major, ofMajor);
      return ofMajor.get(name) === key ? [[name, major]] : [];
    }),
  );
}

const readRecord = (root: string, name: string): ProofRecord | undefined =>
  attempt(() => JSON.parse(readFileSync(fileOf(root, name), 'utf8')) as ProofRecord);

/** The migrations whose proof is kept for what they are now. */
export function readProved(root: string, keys: ReadonlyMap<string, string>): ReadonlySet<string> {
  const isProved = ([name, key]: readonly [string, string]): boolean => readRecord(root, name)?.key === key;
  return new Set([...keys].filter(isProved).map(([name]) => name));
}

/** Keeps what passed. Nothing of it depends on when and where it was, so that equal proofs are equal files. */
export function keepProofs(
  root: string,
  proofs: readonly Proof[],
  { keys, major }: { readonly keys: ReadonlyMap<string, string>; readonly major: number },
): void {
  const passed = proofs.filter(({ findings }) => findings.length === 0);
  if (passed.length > 0) mkdirSync(path.join(root, RECORDS_FOLDER), { recursive: true });
  for (const { name, notes } of passed) {
    const record: ProofRecord = { key: keys.get(name) ?? '', major, notes };
    writeFileSync(fileOf(root, name), `${JSON.stringify(record, undefined, 2)}\n`);
  }
}
