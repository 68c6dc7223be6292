import { isPlainModule } from '../files/module-text.ts';
import { checksumOf, readSource } from '../files/read-source.ts';
import { touchCommand } from '../files/touch-command.ts';
import { filesOf } from '../files/write-migration.ts';
import { readDescription } from '../model/header.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Direction, Migration } from '../model/migration.ts';
import type { Step } from '../model/plan.ts';
import { parseScript } from '../sql/parse-script.ts';

/** The text by which a migration is recognised later: its forward SQL, its module, or both where code wraps the SQL. */
export interface MigrationText {
  readonly kind: 'sql' | 'code';
  readonly text: string;
  readonly checksum: string;
}

/** Reads what a migration is made of, without parsing or importing it. */
export function readMigrationText(root: string, migration: Migration): MigrationText {
  const module = migration.module ? readSource(root, migration.module).text : undefined;
  const isCode = module !== undefined && !isPlainModule(module);
  if (!isCode && !migration.up) throw moduleWithoutSql(root, migration);
  const sql = migration.up ? readSource(root, migration.up).text : '';
  const text = isCode ? `${module}${sql}` : sql;
  return { kind: isCode ? 'code' : 'sql', text, checksum: checksumOf(text) };
}

/**
 * Reads and parses one step. Everything that can be wrong with its text is found here, before anything runs.
 * @throws LockstepError
 */
export async function loadStep(root: string, migration: Migration, direction: Direction): Promise<Step> {
  const { kind, checksum, text } = readMigrationText(root, migration);
  const description = readDescription(text) ?? (kind === 'code' ? readDescription(text.replace(/^\s*(\/\/|\/?\*+)/gm, '--')) : undefined);
  const base = { direction, migration, ...(description && { description }) };
  if (kind === 'code') return { ...base, kind, checksum };
  const file = direction === 'up' ? migration.up : migration.down;
  if (!file) throw rollbackMissing(root, [migration]);
  const script = await parseScript(readSource(root, file));
  return { ...base, kind, checksum: direction === 'up' ? checksum : script.file.checksum, script };
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
