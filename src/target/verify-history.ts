import { readMigrations } from '../files/read-migrations.ts';
import { nameOf, type OtherHistory } from '../history/other-histories.ts';
import { obstructedRefusal } from '../history/table-refusals.ts';
import { applyCommand, shellWord, withOptions } from '../model/command.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError, listed } from '../model/lockstep-error.ts';
import type { OpenTarget } from './open-target.ts';
import { type IdentityCommands, verifyIdentity } from './verify-identity.ts';

type Wish = Pick<Journey, 'project' | 'adopt' | 'secondHistory'> & { readonly commands?: IdentityCommands };

/**
 * Whether this is the database, and this the history in it, that the project means.
 * @throws LockstepError (exit 3) with both ways out
 */
export async function verifyMeant({ project, adopt, secondHistory, commands }: Wish, target: OpenTarget): Promise<void> {
  if (target.chosen && !adopt) verifyIdentity(target.chosen, target, commands);
  const { tables, history } = target;
  if (tables.obstacles.length > 0) throw obstructedRefusal(history, tables.obstacles);
  const other = secondHistory ? undefined : await findFirstHistory(project.root, target);
  if (other) throw other;
}

/** The refusal where these migrations are recorded already, in a history that is not the one that was opened, and that one is new. */
export async function findFirstHistory(root: string, target: OpenTarget): Promise<LockstepError | undefined> {
  if (!target.isNew || target.others.length === 0) return undefined;
  const own = new Set((await readMigrations(root)).migrations.map(({ name }) => name));
  for (const other of target.others) {
    const names = other.names.filter((name) => own.has(name));
    if (names.length > 0) return refusal(target, other, names);
  }
  return undefined;
}

function refusal({ environment, history, settings }: OpenTarget, other: OtherHistory, names: readonly string[]): LockstepError {
  const command = applyCommand(environment);
  const { schema } = other.tables;
  const isElsewhere = schema !== history.schema;
  const settingsInFile = [
    isElsewhere && settings.historySchema !== undefined && `schemaName: '${schema}'`,
    other.tables.names.rows !== history.names.rows && `tableName: '${other.tables.names.rows}'`,
  ].filter(Boolean);
  const variable = isElsewhere && settings.historySchema === undefined ? `DB_SCHEMA=${shellWord(schema)} ${command}` : '';
  const inFile = settingsInFile.length > 0 ? `in knexfile.ts: ${settingsInFile.join(', ')}` : '';
  return new LockstepError({
    code: 'other-history',
    what: `${nameOf(other.tables)} in this database records ${listed(names)} as applied, and ${nameOf(history)} records nothing; nothing was changed`,
    next: [
      `${[inFile, variable].filter(Boolean).join('; ')}   where that is the history of this project`,
      `${withOptions(command, '--second-history')}   where the same migrations are to run for ${settings.schema} as well`,
    ].join('\n'),
    exitCode: 3,
  });
}
