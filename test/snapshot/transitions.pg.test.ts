// Pairs of schemas that somebody else collected, because a tool had got each of them wrong: both sides differ, and the difference names what does.
import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { type Snapshot, takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { sampleSize } from '../support/sample-size.ts';
import { inTransaction, sampleOf } from './changes.ts';
import { targetsOf } from './targets.ts';
import { SINCE, sqlOf, TRANSITIONS, transitionNames } from './transitions.ts';

const CASES = sampleSize('TRANSITIONS', { everyday: 40, inCi: 1_000 });

/** Nothing of the schema differs: roles, their memberships and what they set for themselves are the server's. */
const EQUAL = [
  'role-config--create-configured-role',
  'role-config--set-custom-guc',
  'role-config--swap-guc-settings',
  'role-membership-dedup--basic-membership',
  'role-membership-dedup--multi-grantor',
  'role-membership-dedup--same-membership-different-grantors',
  'sensitive-handling--role-with-login',
];

const names = transitionNames();
if (names.length === 0 && !process.env['CI']) process.stderr.write(`skipped: the transitions, ${TRANSITIONS} is not there\n`);

/** In a transaction that is rolled back: cheaper than a database, and no role is left. */
async function pictureOf(client: Client, sql: string): Promise<Snapshot> {
  let snapshot: Snapshot = [];
  await inTransaction(client, async () => {
    await client.query(sql);
    snapshot = await takeSnapshot(client);
  });
  return snapshot;
}

async function complaintAbout(client: Client, name: string): Promise<string | undefined> {
  const [a, b] = [sqlOf(name, 'a'), sqlOf(name, 'b')];
  const lines = compareSnapshots(await pictureOf(client, a), await pictureOf(client, b));
  if (EQUAL.includes(name)) return lines.length === 0 ? undefined : `${name}: ${lines.join(' | ')}`;
  if (lines.length === 0) return `${name}: no difference`;
  const unnamed = targetsOf(a, b).filter((target) => !lines.some((one) => one.includes(target)));
  return unnamed.length === 0 ? undefined : `${name}: ${unnamed.join(', ')} not in ${lines.join(' | ')}`;
}

onOldestAndNewest('a transition', ({ sharedDatabase, major }) => {
  const database = sharedDatabase();

  test.skipIf(names.length === 0 && !process.env['CI'])('is named', { timeout: 120_000 }, async () => {
    expect(names.length).toBeGreaterThan(240);
    const chosen = sampleOf(
      names.filter((name) => (SINCE[name] ?? 0) <= major),
      CASES,
    );
    // Two transactions that make the same role wait for each other.
    const [withRoles, without] = [true, false].map((wanted) =>
      chosen.filter((name) => wanted === /\bROLE\b/i.test(sqlOf(name, 'a') + sqlOf(name, 'b'))),
    );
    const complaints: string[] = [];
    const lane = async (queue: string[]): Promise<void> => {
      const client = await database().connect();
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const complaint = await complaintAbout(client, name).catch((error: Error) => `${name}: ${error.message}`);
        if (complaint !== undefined) complaints.push(complaint);
      }
    };
    const rest = [...(without ?? [])];
    await Promise.all([lane([...(withRoles ?? [])]), lane(rest), lane(rest)]);
    expect(complaints.toSorted()).toEqual([]);
  });
});
