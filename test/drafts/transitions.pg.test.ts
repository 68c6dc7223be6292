// Pairs of schemas that somebody else collected: a is led to b, as a migration would, and b back to a, as its draft does.
import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { readState, type State } from '../../src/draft/read-state.ts';
import { walkBack } from '../../src/draft/walk-back.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { type Snapshot, takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { inTransaction, sampleOf } from '../snapshot/changes.ts';
import { SINCE, sqlOf, TRANSITIONS, transitionNames } from '../snapshot/transitions.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { sampleSize } from '../support/sample-size.ts';

const CASES = sampleSize('DRAFTED', { everyday: 20, inCi: 60 });

/** What does not come back, and why. */
const LEFT: Readonly<Record<string, string>> = {
  'subscription-operations--alter-configuration down': 'one that has a slot cannot be dropped in a transaction',
  'foreign-data-wrapper-operations--replace-server-with-children up':
    'its user mappings hold passwords, so it is not taken away from under them',
};

const names = transitionNames();
if (names.length === 0 && !process.env['CI']) process.stderr.write(`skipped: the transitions, ${TRANSITIONS} is not there\n`);

interface Look {
  readonly state: State;
  readonly picture: Snapshot;
}

const none = (): boolean => false;
const look = async (client: Client): Promise<Look> => ({ picture: await takeSnapshot(client), state: await readState(client, none) });

const rolesOf = async (client: Client): Promise<ReadonlyMap<string, boolean>> =>
  new Map(
    (await client.query<{ name: string; isSuper: boolean }>('SELECT rolname AS name, rolsuper AS "isSuper" FROM pg_roles')).rows.map(
      (one) => [one.name, one.isSuper],
    ),
  );

/** They are the server's: whoever comes here from there has them already. */
async function makeMissing(client: Client, roles: ReadonlyMap<string, boolean>): Promise<void> {
  const there = await rolesOf(client);
  for (const [role, isSuper] of roles) if (!there.has(role)) await client.query(`CREATE ROLE "${role}" ${isSuper ? 'SUPERUSER' : ''}`);
}

/** Both ways, in transactions that are rolled back. @returns what is not equal */
async function complaintsAbout(client: Client, name: string): Promise<readonly string[]> {
  let b: Look | undefined;
  let roles: ReadonlyMap<string, boolean> = new Map();
  await inTransaction(client, async () => {
    await client.query(sqlOf(name, 'b'));
    b = await look(client);
    roles = await rolesOf(client);
  });
  const complaints: string[] = [];
  await inTransaction(client, async () => {
    await client.query(sqlOf(name, 'a'));
    await makeMissing(client, roles);
    const a = await look(client);
    for (const [way, goal] of [
      ['up', b],
      ['down', a],
    ] as const) {
      if (!goal) continue;
      const { left } = await walkBack(client, goal.state, none);
      const lines = compareSnapshots(goal.picture, await takeSnapshot(client));
      if (lines.length > 0)
        complaints.push(`${name} ${way}: ${lines.join(' | ')}${left.map(({ about, why }) => ` || ${about}: ${why}`).join('')}`);
    }
  });
  return complaints;
}

onOldestAndNewest('the way between two schemas', ({ sharedDatabase, major }) => {
  const database = sharedDatabase();

  test.skipIf(names.length === 0 && !process.env['CI'])('is found, there and back', { timeout: 600_000 }, async () => {
    const client = await database().connect();
    const complaints: string[] = [];
    for (const name of sampleOf(
      names.filter((one) => (SINCE[one] ?? 0) <= major),
      CASES,
    ))
      complaints.push(...(await complaintsAbout(client, name).catch((error: Error) => [`${name}: ${error.message}`])));
    expect(complaints.filter((one) => !LEFT[one.split(':')[0] ?? '']).toSorted()).toEqual([]);
  });
});
