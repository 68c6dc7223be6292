import { attempt } from '../model/attempt.ts';
import { type Declared, readDeclared } from '../model/header.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Migration, SourceFile } from '../model/migration.ts';
import { checksumOf, checksumOfBytes, readSource } from './read-source.ts';
import { filesOf, isPlainModule, touchCommand } from './write-migration.ts';

/** The text by which a migration is recognised later: its forward SQL, its module, or both where code wraps the SQL. */
export type MigrationText = { readonly text: string; readonly checksum: string } & (
  | { readonly kind: 'sql'; readonly file: SourceFile }
  | { readonly kind: 'code' }
);

/** Reads what a migration is made of, without parsing or importing it. */
export function readMigrationText(root: string, migration: Migration): MigrationText {
  const module = migration.module ? readSource(root, migration.module).text : undefined;
  const file = migration.up ? readSource(root, migration.up) : undefined;
  if (module === undefined || isPlainModule(module)) {
    if (!file) throw moduleWithoutSql(root, migration);
    return { kind: 'sql', text: file.text, checksum: file.checksum, file };
  }
  const text = `${module}${file?.text ?? ''}`;
  return { kind: 'code', text, checksum: checksumOf(text) };
}

/** Whether SQL is what a checksum was made of, by its bytes. False also where only its text can tell, or where it cannot be read. */
export function hasChecksum(root: string, { up, module }: Migration, checksum: string): boolean {
  try {
    if (up === undefined || (module !== undefined && !isPlainModule(readSource(root, module).text))) return false;
    return checksumOfBytes(root, up) === checksum;
  } catch {
    return false;
  }
}

/** What the files of a migration declare about its way back; nothing of one that cannot be read. */
export function findDeclared(root: string, migration: Migration): Declared {
  const down = migration.down;
  const back = down === undefined ? undefined : attempt(() => readSource(root, down).text);
  return { ...readDeclared(findMigrationText(root, migration)?.text ?? ''), ...readDeclared(back ?? '') };
}

function moduleWithoutSql(root: string, { name, module }: Migration): LockstepError {
  const { up, down } = filesOf(name);
  return new LockstepError({
    code: 'module-without-sql',
    what: `${module ?? name} wraps ${up}, which does not exist`,
    where: { file: module ?? name },
    next: `${touchCommand(root, [up])}\n${touchCommand(root, [down])}`,
  });
}

/** What a migration is made of; undefined where it cannot be read, which is reported elsewhere. */
export const findMigrationText = (root: string, migration: Migration): MigrationText | undefined =>
  attempt(() => readMigrationText(root, migration));
