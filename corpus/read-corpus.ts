import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { DOWN_FOLDER, filesOf, UP_FOLDER } from '../src/files/write-migration.ts';
import { LockstepError } from '../src/model/lockstep-error.ts';
import type { CorpusFolder, CorpusPair } from './model.ts';

type Found = CorpusPair & { readonly key: string };

const GOLANG = /^(.*)\.(up|down)\.sql$/i;
const digits = (name: string): string => /^V?([\d.-]*)/i.exec(name)?.[1]?.replace(/\D/g, '') ?? '';

/**
 * Finds up/down pairs in the layouts of diesel (`NAME/up.sql`), golang-migrate (`NAME.up.sql`) and Lockstep (`NAME.sql`, `rollbacks/NAME.sql`).
 * @throws LockstepError when there is none
 */
export function readCorpus(folder: string): CorpusFolder {
  const names = listNames(folder);
  const foreign = [...dieselPairs(folder, names), ...golangPairs(names)];
  const found = foreign.length > 0 ? foreign : ownPairs(folder);
  if (found.length === 0) throw noPairs(folder, 'holds no migrations');
  const pairs = [...found].sort(compare).map(({ key: _, ...pair }) => pair);
  const used = new Set(pairs.flatMap(({ up, down }) => [up, down ?? '']).flatMap((file) => [file, file.split('/')[0] ?? '']));
  return { folder, pairs, leftOut: names.filter((name) => !used.has(name) && !name.startsWith('.')) };
}

function listNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    throw noPairs(folder, 'cannot be read');
  }
}

// Diesel compares versions as text without their dashes, golang-migrate and we as numbers.
function dieselPairs(folder: string, names: readonly string[]): readonly Found[] {
  return names
    .filter((name) => existsSync(path.join(folder, name, 'up.sql')))
    .map((name) => ({ name, key: digits(name), up: `${name}/up.sql`, ...existing(folder, `${name}/down.sql`) }));
}

function golangPairs(names: readonly string[]): readonly Found[] {
  const downs = new Map(
    names.flatMap((name) => (GOLANG.exec(name)?.[2]?.toLowerCase() === 'down' ? [[GOLANG.exec(name)?.[1], name]] : [])),
  );
  return names.flatMap((file) => {
    const [, name = '', direction] = GOLANG.exec(file) ?? [];
    const down = downs.get(name);
    return direction?.toLowerCase() === 'up' ? [{ name, key: numeric(name), up: file, ...(down && { down }) }] : [];
  });
}

function ownPairs(folder: string): readonly Found[] {
  const prefix = existsSync(path.join(folder, UP_FOLDER)) ? `${UP_FOLDER}/` : '';
  return readdirSync(path.join(folder, prefix))
    .filter((file) => /\.sql$/i.test(file))
    .map((file) => ({
      name: file.replace(/\.sql$/i, ''),
      key: numeric(file),
      up: `${prefix}${file}`,
      ...existing(folder, `${prefix}rollbacks/${file}`),
    }));
}

const numeric = (name: string): string => digits(name).padStart(40, '0');
const existing = (folder: string, down: string) => (existsSync(path.join(folder, down)) ? { down } : {});

function compare(a: Found, b: Found): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function noPairs(folder: string, why: string): LockstepError {
  return new LockstepError({
    code: 'no-corpus',
    what: `${folder} ${why}`,
    next: 'npm run corpus -- FOLDER   with NAME/up.sql and NAME/down.sql, NAME.up.sql and NAME.down.sql, or NNN_name.sql and rollbacks/NNN_name.sql',
    exitCode: 2,
  });
}

/** Copies a corpus, byte for byte, into a project of its own. Returns the pairs by the names that they have there. */
export async function copyCorpus({ folder, pairs }: CorpusFolder, root: string): Promise<ReadonlyMap<string, CorpusPair>> {
  await mkdir(path.join(root, DOWN_FOLDER), { recursive: true });
  const byName = new Map(pairs.map((pair, i) => [ownName(pair.name, i + 1), pair]));
  for (const [name, pair] of byName) {
    const { up, down } = filesOf(name);
    await copyFile(path.join(folder, pair.up), path.join(root, up));
    if (pair.down) await copyFile(path.join(folder, pair.down), path.join(root, down));
  }
  return byName;
}

function ownName(name: string, number: number): string {
  const title = name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+/, '');
  return `${String(number).padStart(5, '0')}_${title.slice(0, 200) || 'pair'}`;
}

/** A file's text as a program reads it that looks no closer. */
export const readPlainText = (folder: string, file: string): string => readFileSync(path.join(folder, file), 'utf8');
