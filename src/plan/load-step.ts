import { findDeclared, type MigrationText, readMigrationText } from '../files/migration-text.ts';
import { readSource } from '../files/read-source.ts';
import { filesOf, touchCommand } from '../files/write-migration.ts';
import { loadModule } from '../knex/load-module.ts';
import { attempt } from '../model/attempt.ts';
import { readDescription, readHeader } from '../model/header.ts';
import { LockstepError, listed } from '../model/lockstep-error.ts';
import { type Direction, isRepeatable, type Migration, type SourceFile } from '../model/migration.ts';
import type { Announced, KeptRollback, Step } from '../model/plan.ts';
import type { Policy } from '../model/policy.ts';
import { heedMarkers } from '../sql/script/heed-markers.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { holdsSecret, LARGEST_SEARCHED } from '../sql/text/secrets.ts';
import { verifyPhase } from './deploy-phases.ts';
import { readRequired } from './required.ts';

/** Where the files are, and what the environment says about files without a statement. */
export interface Loading extends Pick<Policy, 'emptyScripts'> {
  readonly root: string;
}

/**
 * Reads and parses one step; code is imported. Everything that can be wrong with its text is found here, before anything runs.
 * @throws LockstepError
 */
export async function loadStep({ root, emptyScripts }: Loading, migration: Migration, direction: Direction): Promise<Step> {
  const options = { mayBeEmpty: emptyScripts === 'accept' };
  const read = readMigrationText(root, migration);
  if (direction === 'up') verifyPhase(root, migration);
  const description = readDescription(read.text);
  const base = { direction, migration, checksum: read.checksum, ...(description && { description }), ...findDeclared(root, migration) };
  const announcedIn = (text: string, file: string) => {
    const announced = readAnnounced(text, file);
    return announced.length > 0 ? { announced } : {};
  };
  const required = direction === 'up' ? readRequired(headerOf(root, migration, read)) : [];
  const asks = required.length > 0 ? { required } : {};
  if (read.kind === 'code') {
    const wrapped = direction === 'up' ? migration.up : migration.down;
    if (wrapped) heedMarkers(readSource(root, wrapped));
    // A module without the direction refuses the plan now, and not half-way through it.
    await loadModule(root, migration, direction);
    return { ...base, ...asks, kind: 'code', ...announcedIn(read.text, migration.module ?? '') };
  }
  if (direction === 'up')
    return {
      ...base,
      ...asks,
      kind: 'sql',
      script: await parseScript(read.file, options),
      ...announcedIn(read.text, read.file.path),
      ...(!isRepeatable(migration) && { rollback: readRollback(root, migration) }),
    };
  if (!migration.down) throw rollbackMissing(root, [migration]);
  const file = readSource(root, migration.down);
  return { ...base, ...(await parseRollback(file, emptyScripts)) };
}

const headerOf = (root: string, { module = '' }: Migration, read: MigrationText): SourceFile =>
  read.kind === 'sql' ? read.file : readSource(root, module);

/** What of a step is the text's, wherever that comes from. */
export async function parseRollback(file: SourceFile, emptyScripts: Policy['emptyScripts']) {
  const script = await parseScript(file, { mayBeEmpty: emptyScripts === 'accept' || SAYS_EMPTY.test(file.text) });
  const announced = readAnnounced(file.text, file.path);
  return { kind: 'sql', checksum: file.checksum, script, ...(announced.length > 0 && { announced }) } as const;
}

/** For the journal, as it is: whether it is right is asked when it is to run. */
function readRollback(root: string, { down }: Migration): KeptRollback {
  const text = down === undefined ? undefined : attempt(() => readSource(root, down).text);
  if (text === undefined) return { lacks: 'file' };
  return text.length > LARGEST_SEARCHED || holdsSecret(text) ? { lacks: 'secret' } : { text };
}

/** A rollback without a statement whose comment says that this is so on purpose: `-- empty: the column stays`. */
const SAYS_EMPTY =
  /^\s*--\s*(?:empty\b|nothing\b|no[- ]?op\b|irreversible\b|not reversible\b|no rollback\b|intentionally (?:empty|blank|left)|cannot be (?:undone|reversed|rolled back))/im;

const ANNOUNCED = /^([^\s:][^:]*?)\s*(?::\s*(.*?))?$/;

/** The lines `-- data-loss: NAME: why` in the comments at the top of a file. */
const readAnnounced = (text: string, file: string): readonly Announced[] =>
  readHeader(text).flatMap(({ key, value, line }) => {
    const [, name, why = ''] = (key === 'data-loss' && ANNOUNCED.exec(value)) || [];
    return name ? [{ name, why, where: { file, line } }] : [];
  });

/** Refuses a whole rollback because some of its files are missing. */
export function rollbackMissing(root: string, migrations: readonly Migration[]): LockstepError {
  const files = migrations.map(({ name }) => filesOf(name).down);
  return new LockstepError({
    code: 'rollback-missing',
    what: `${files.length === 1 ? 'A rollback file is' : `${files.length} rollback files are`} missing, so nothing was rolled back: ${listed(files)}`,
    next: `${touchCommand(root, files)}   and write the SQL that undoes ${files.length === 1 ? 'it' : 'them'}`,
    exitCode: 3,
  });
}
