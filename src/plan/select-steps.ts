import type { HistoryRow } from '../model/history.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { compareVersions, type Migration, versionNumber } from '../model/migration.ts';
import type { PhaseOf } from './deploy-phases.ts';

const isVersion = (text: string): boolean => /^\d+$/.test(text);

/**
 * What is pending, ascending by version; with `to`, up to and including that version.
 * @throws LockstepError when no migration has the version, or it is empty
 */
export function selectPending(migrations: readonly Migration[], history: readonly HistoryRow[], to?: string): readonly Migration[] {
  refuseEmpty(to);
  const applied = new Set(history.map(({ name }) => name));
  const pending = migrations.filter(({ name }) => !applied.has(name));
  if (to === undefined) return pending;
  const target = isVersion(to)
    ? migrations.find(({ version }) => compareVersions(version, to) === 0)
    : migrations.find(({ name }) => name === to);
  if (target) return pending.filter(({ version }) => compareVersions(version, target.version) <= 0);
  throw new LockstepError({
    code: 'unknown-version',
    what: `There is no migration with version ${to}; the highest is ${migrations.at(-1)?.version ?? 'none'}`,
    next: 'npm run migrate:status   lists the versions',
  });
}

/** The name with the highest version; empty where nothing is applied. */
export const highestOf = (history: readonly HistoryRow[]): string =>
  history.map(({ name }) => name).reduce((a, b) => (compareVersions(a, b) > 0 ? a : b), '');

/** Pending versions below the highest applied one of the same phase: they appeared late. */
export function findLate(pending: readonly Migration[], history: readonly HistoryRow[], phaseOf: PhaseOf): readonly Migration[] {
  const below = ({ version }: Migration, highest: string): boolean => compareVersions(version, highest) < 0;
  return pending
    .filter((one) => below(one, highestOf(history)))
    .filter((one) => below(one, highestOf(history.filter(({ name }) => phaseOf(name) === phaseOf(one.name)))));
}

/**
 * What a rollback undoes, in the order in which it is undone. Without a version the last applied (by history id);
 * with one, everything applied after it, which stays; `0` leaves nothing.
 * @throws LockstepError when the version is not applied, or empty
 */
export function selectUndone(history: readonly HistoryRow[], to?: string): readonly HistoryRow[] {
  refuseEmpty(to);
  const newestFirst = history.toReversed();
  if (to === undefined) return newestFirst.slice(0, 1);
  if (isVersion(to) && versionNumber(to) === 0n && !history.some(({ name }) => versionNumber(name) === 0n)) return newestFirst;
  const last = history.findLastIndex(({ name }) => (isVersion(to) ? versionNumber(name) === versionNumber(to) : name === to));
  if (last >= 0) return history.slice(last + 1).toReversed();
  const applied = history.map(({ name }) => name.split('_')[0]);
  throw new LockstepError({
    code: 'version-not-applied',
    what: `Version ${to} is not applied; ${applied.length > 0 ? `applied are ${applied.length > 12 ? `${applied.slice(0, 3).join(', ')} … ${applied.slice(-6).join(', ')}` : applied.join(', ')}` : 'nothing is'}`,
    next: 'npm run migrate:status   lists what is applied',
  });
}

/** An empty variable in a script is a mistake, and no wish for everything, or for whatever is last. @throws LockstepError */
export function refuseEmpty(to: string | undefined): void {
  if (to === undefined || to.trim() !== '') return;
  throw new LockstepError({
    code: 'version-empty',
    what: 'The version is empty (--to, or DB_MIGRATION_VERSION for a rollback)',
    next: 'npm run migrate:status   lists the versions; to go without one, leave it out',
  });
}
