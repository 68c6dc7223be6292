/** What of the migrations a source of rows has, and what it lacks. */

import { namedMigration } from '../files/named-migration.ts';
import { LockstepError, listed } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { CopySource } from './copy-source.ts';
import type { Rehearse } from './rehearsal-wish.ts';

interface Divided {
  /** How many lie below the rows. */
  readonly applied: number;
  readonly pending: readonly Migration[];
  /** Not applied, and below what is. */
  readonly late: readonly Migration[];
}

/** @throws LockstepError where the source has applied nothing, or what is not here */
export function divide(migrations: readonly Migration[], { name, live }: CopySource): Divided {
  const isApplied = (one: Migration): boolean => live.names.includes(one.name);
  const unknown = live.names.filter((one) => !migrations.some((migration) => migration.name === one));
  if (unknown.length > 0) throw unknownHere(name, unknown);
  if (live.names.length === 0) throw nothingApplied(name);
  const applied = migrations.findLastIndex(isApplied) + 1;
  return { applied, pending: migrations.slice(applied), late: migrations.slice(0, applied).filter((one) => !isApplied(one)) };
}

/** @throws LockstepError for one that the source does not lack */
export function wantedOf({ only = [] }: Rehearse, pending: readonly Migration[], { name }: CopySource): ReadonlySet<string> {
  const names = pending.map((one) => one.name);
  if (only.length === 0) return new Set(names);
  return new Set(
    only.map((word) => {
      try {
        return namedMigration(pending, word).name;
      } catch (cause) {
        const what = `${name} lacks no migration ${word}: it lacks ${names.length > 0 ? listed(names) : 'none'}`;
        throw new LockstepError({
          code: 'unknown-version',
          what,
          next: 'npm run migrate:rehearse   rehearses what is applied on rows that are made',
          cause,
        });
      }
    }),
  );
}

const unknownHere = (name: string, unknown: readonly string[]): LockstepError =>
  new LockstepError({
    code: 'missing-file',
    what: `${name} has applied ${listed(unknown)}, and there ${unknown.length === 1 ? 'is no such file' : 'are no such files'} here, so its schema cannot be made`,
    next: `check out the commit that ${name} runs, or npm run migrate:repair -- --restore ${unknown[0]}   writes it again from the journal`,
  });

const nothingApplied = (name: string): LockstepError =>
  new LockstepError({
    code: 'no-history',
    what: `${name} has no migration applied, so nothing tells which schema its rows have`,
    next: 'npm run migrate:baseline -- --to VERSION   marks what it has already; a backup of single tables holds no history',
  });
