import { isPlainModule } from '../files/module-text.ts';
import { checksumOf, readSource } from '../files/read-source.ts';
import { touchCommand } from '../files/touch-command.ts';
import { filesOf } from '../files/write-migration.ts';
import { readDescription } from '../model/header.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Direction, Migration, SourceFile } from '../model/migration.ts';
import type { Step } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import { parseScript } from '../sql/script/parse-script.ts';

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

/** Where the files are, and what the environment says about files without a statement. */
export interface Loading extends Pick<Policy, 'emptyScripts'> {
  readonly root: string;
}

/**
 * Reads and parses one step. Everything that can be wrong with its text is found here, before anything runs.
 * @throws LockstepError
 */
export async function loadStep({ root, emptyScripts }: Loading, migration: Migration, direction: Direction): Promise<Step> {
  const options = { mayBeEmpty: emptyScripts === 'accept' };
  const read = readMigrationText(root, migration);
  const description = describe(read);
  const base = { direction, migration, checksum: read.checksum, ...(description && { description }) };
  if (read.kind === 'code') return { ...base, kind: 'code' };
  if (direction === 'up') return { ...base, kind: 'sql', script: await parseScript(read.file, options) };
  if (!migration.down) throw rollbackMissing(root, [migration]);
  const script = await parseScript(readSource(root, migration.down), options);
  return { ...base, kind: 'sql', checksum: script.file.checksum, script };
}

/** Code has its header in JavaScript comments. */
function describe({ kind, text }: MigrationText): string | undefined {
  return readDescription(text) ?? (kind === 'code' ? readDescription(text.replace(/^\s*(\/\/|\/?\*+)/gm, '--')) : undefined);
}

/** Refuses a whole rollback because some of its files are missing, and names them all. */
export function rollbackMissing(root: string, migrations: readonly Migration[]): LockstepError {
  const files = migrations.map(({ name }) => filesOf(name).down);
  return new LockstepError({
    code: 'rollback-missing',
    what: `${files.length === 1 ? 'A rollback file is' : `${files.length} rollback files are`} missing, so nothing was rolled back: ${files.join(', ')}`,
    next: `${touchCommand(root, files)}   and write the SQL that undoes ${files.length === 1 ? 'it' : 'them'}`,
    exitCode: 3,
  });
}

function moduleWithoutSql(root: string, { name, module }: Migration): LockstepError {
  const { up, down } = filesOf(name);
  return new LockstepError({
    code: 'module-without-sql',
    what: `${module ?? name} wraps ${up}, which does not exist`,
    where: { file: module ?? name },
    next: `${touchCommand(root, [up])}\n${touchCommand(root, [down])}`,
    exitCode: 2,
  });
}
