import { LockstepError } from '../model/lockstep-error.ts';
import { type Migration, versionNumber } from '../model/migration.ts';

/** The migration that a person means by a version, a name or one of its files. @throws LockstepError (exit 2) for one that is not there */
export function namedMigration(migrations: readonly Migration[], word: string): Migration {
  const found = migrations.find(
    ({ name, version, up, down }) =>
      name === word || word === up || word === down || (/^\d+$/.test(word) && versionNumber(version) === versionNumber(word)),
  );
  if (found) return found;
  throw new LockstepError({
    code: 'unknown-version',
    what: `There is no migration with version ${word}; the highest is ${migrations.at(-1)?.version ?? 'none'}`,
    next: 'npm run migrate:status   lists the versions',
  });
}
