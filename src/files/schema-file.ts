import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Migration } from '../model/migration.ts';
import { findMigrationText } from './migration-text.ts';
import { readMigrations } from './read-migrations.ts';
import { checksumOf } from './read-source.ts';

/** The schema as reviewers read it: what all migrations and repeatable files make. */
export const SCHEMA_FILE = 'db/schema.snapshot.sql';

/** How the file stands to the migrations that are here. */
export type SchemaFileState = 'missing' | 'stale' | 'fresh';

const KEY = /^-- Of the files with the key ([0-9a-f]{64})$/m;
const MAJOR = /^-- PostgreSQL (\d+)$/m;

/** By content: of everything that is applied. A rollback changes no schema that is kept. */
async function keyOf(root: string): Promise<string> {
  const { migrations, repeatables } = await readMigrations(root);
  const hash = createHash('sha256');
  const add = (one: Migration) => hash.update(`${one.name} ${findMigrationText(root, one)?.checksum ?? ''}\n`);
  for (const one of [...migrations, ...repeatables]) add(one);
  return hash.digest('hex');
}

export interface SchemaFile {
  readonly text: string;
  readonly key: string | undefined;
  readonly major: number | undefined;
}

export function readSchemaFile(root: string): SchemaFile | undefined {
  const file = path.join(root, SCHEMA_FILE);
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  const major = MAJOR.exec(text)?.[1];
  return { text, key: KEY.exec(text)?.[1], major: major === undefined ? undefined : Number(major) };
}

export async function findSchemaFileState(root: string): Promise<SchemaFileState> {
  const file = readSchemaFile(root);
  if (!file) return 'missing';
  return file.key === (await keyOf(root)) ? 'fresh' : 'stale';
}

/** The whole file, equal for equal migrations on the same major. */
export async function schemaFileText(root: string, { sql, major }: { readonly sql: string; readonly major: number }): Promise<string> {
  const head = `-- The schema that the migrations make. Written by npm run migrate:snapshot, to be read and compared; nobody edits it.\n-- PostgreSQL ${major}\n-- Of the files with the key ${await keyOf(root)}\n`;
  return `${head}\n${sql}`;
}

/** @returns whether it was another text before */
export function writeSchemaFile(root: string, text: string): boolean {
  const before = readSchemaFile(root)?.text;
  if (before !== undefined && checksumOf(before) === checksumOf(text)) return false;
  mkdirSync(path.join(root, path.dirname(SCHEMA_FILE)), { recursive: true });
  writeFileSync(path.join(root, SCHEMA_FILE), text);
  return true;
}
