import { runnerName } from '../environment/user.ts';
import { pauseBackfills, readBackfills } from '../history/backfills.ts';
import { pauseJobs } from '../history/jobs.ts';
import { readJobs } from '../history/read-jobs.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { versionNumber } from '../model/migration.ts';
import { connectTarget } from '../target/connect-target.ts';
import { openEnvironment } from '../target/open-environment.ts';
import { historyAt } from '../target/open-target.ts';

export interface Pause extends Journey {
  /** Of the migration; all of them where it is absent. */
  readonly name?: string;
  readonly isPaused: boolean;
}

/**
 * Has backfills wait behind their batch, or go on; whoever runs them sees it before the next one. Needs no lock, from anywhere.
 * @returns the names of the migrations
 * @throws LockstepError (exit 1) where none is under way
 */
export async function pause(journey: Pause): Promise<readonly string[]> {
  const opened = await openEnvironment(journey);
  const client = await connectTarget({ ...opened, application: 'lockstep pause', createMissing: false, ...journey });
  try {
    const history = historyAt(client, opened.settings);
    const isMeant = ({ name }: { readonly name: string }): boolean => journey.name === undefined || isCalled(name, journey.name);
    const [own, jobs] = [(await readBackfills(history)).filter(isMeant), (await readJobs(history)).filter(isMeant)];
    const names = [...new Set([...own, ...jobs].map(({ name }) => name))];
    if (names.length === 0) throw nothing(journey.name);
    const by = journey.isPaused ? runnerName() : undefined;
    for (const { name } of own) await client.query(pauseBackfills(history, name, by));
    for (const { name } of jobs) await client.query(pauseJobs(history, name, by));
    return names;
  } finally {
    await client.end().catch(() => {});
  }
}

/** By its version, `2` or `002`, or by its name: the beginning of one may be that of others too. */
const isCalled = (name: string, word: string): boolean =>
  /^\d+$/.test(word) ? versionNumber(name) === versionNumber(word) : name === word;

const nothing = (name: string | undefined): LockstepError =>
  new LockstepError({
    code: 'no-backfill',
    what: name === undefined ? 'No backfill is under way here' : `No backfill of ${name} is under way here`,
    next: 'npm run migrate:status   shows what runs',
    exitCode: 1,
  });
