import { readMigrationText } from '../files/migration-text.ts';
import { given } from '../model/given.ts';
import { readDescription } from '../model/header.ts';
import type { Migration } from '../model/migration.ts';
import type { Mark } from '../run/record-run.ts';
import { parseScript } from '../sql/script/parse-script.ts';

/** Reads what a migration is marked with. SQL that our parser refuses may be applied all the same: psql took it, say. */
export async function readMark(root: string, migration: Migration): Promise<Mark> {
  const read = readMigrationText(root, migration);
  const description = readDescription(read.text);
  const base = { name: migration.name, checksum: read.checksum, ...(description && { description }) };
  if (read.kind === 'code') return { ...base, kind: 'code' };
  const script = await parseScript(read.file, { mayBeEmpty: true }).catch(() => undefined);
  return {
    ...base,
    kind: 'sql',
    ...given({ semanticHash: script?.semanticHash, script: script?.hasSecret === false ? read.text : undefined }),
  };
}

/** Sequential: one parser instance. */
export async function readMarks(root: string, migrations: readonly Migration[]): Promise<readonly Mark[]> {
  const marks: Mark[] = [];
  for (const migration of migrations) marks.push(await readMark(root, migration));
  return marks;
}
