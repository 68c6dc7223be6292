import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isOurs } from '../../src/journeys/rehearsal-stage.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { isAbout, type Snapshot, takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { sampleSize } from '../support/sample-size.ts';
import { seeded } from '../support/seeded.ts';
import { type Commit, randomGraph, type State } from './branch-graph.ts';
import { createRepository, type TestRepository } from './repository.ts';

const GRAPHS = sampleSize('GRAPHS', { everyday: 2, inCi: 5 });
const CHECKOUTS = 20;

const treeOf = (state: State) => Object.assign({}, ...[...state.values()].map((one) => pair(one.name, one.up, one.down)));
const keyOf = (state: State): string => JSON.stringify([...state].toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Makes the commits in a real repository, merges with both parents. @returns their ids */
async function commitAll(repository: TestRepository, commits: readonly Commit[]): Promise<readonly string[]> {
  const ids = [repository.git('rev-parse', 'HEAD')];
  for (const { state, parents } of commits.slice(1)) {
    const [first = 0, second] = parents;
    repository.git('checkout', '-q', '--detach', ids[first] ?? '');
    if (second !== undefined) repository.git('merge', '-q', '--no-commit', '--no-ff', '-s', 'ours', ids[second] ?? '');
    rmSync(path.join(repository.root, 'db'), { recursive: true });
    await repository.write(treeOf(state));
    ids.push(repository.commit());
  }
  return ids;
}

const hasTwins = (state: State): boolean => new Set([...state.keys()].map((name) => name.slice(0, 3))).size < state.size;

const snapshotOf = async (database: TestDatabase): Promise<Snapshot> =>
  (await takeSnapshot(await database.connect())).filter((line) => !isAbout(line, isOurs));

/** Tables that both have from the same migration, which nothing has touched then. */
const untouched = (before: State, after: State): readonly string[] => [
  't0',
  't1',
  ...[...after.values()].flatMap(({ name, table, up: text }) => (table && before.get(name)?.up === text ? [table] : [])),
];

const rowsOf = async (database: TestDatabase, tables: readonly string[]) =>
  Promise.all(tables.map(async (table) => [table, await database.query(`SELECT id, v FROM ${table} ORDER BY id`)] as const));

/** So that every table has rows to lose. */
async function addRows(database: TestDatabase, tables: readonly string[], number: number): Promise<void> {
  for (const table of tables) await database.query(`INSERT INTO ${table} (id, v) VALUES ($1, $2)`, [number, `row ${number}`]);
}

const tablesIn = (state: State): readonly string[] => ['t0', 't1', ...[...state.values()].flatMap(({ table }) => table ?? [])];

onOldestAndNewest('a database that follows random branches', ({ freshDatabase, major }) => {
  const timesMs: number[] = [];
  let undoing = 0;

  afterAll(() => {
    if (process.env['GRAPHS'])
      process.stderr.write(
        `PostgreSQL ${major}: ${timesMs.length} switches, ${undoing} of them with a rollback, median ${median(timesMs).toFixed(0)} ms\n`,
      );
  });

  test.for(Array.from({ length: GRAPHS }, (_, seed) => seed))(
    'is as a fresh replay after every checkout, and keeps other rows (graph %i)',
    async (seed) => {
      const random = seeded(seed + 1);
      const commits = randomGraph(random);
      const database = await freshDatabase();
      const repository = await createRepository(database, treeOf(commits[0]?.state ?? new Map()));
      const ids = await commitAll(repository, commits);
      const replays = new Map<string, Promise<Snapshot>>();
      const replay = async (state: State): Promise<Snapshot> => {
        const fresh = await freshDatabase();
        const project = await createProject(fresh, treeOf(state));
        // Only a switch takes two migrations with one number.
        expect((await (hasTwins(state) ? project.follow() : project.apply())).exitCode).toBe(0);
        return snapshotOf(fresh);
      };
      const everything = commits.flatMap(({ state }) => tablesIn(state));
      const allowDataLoss = [...new Set([...everything, ...commits.map((_, i) => `t0.c${i}`)])];
      let state: State = new Map();
      for (let number = 0; number < CHECKOUTS; number += 1) {
        const at = number === 0 ? 0 : random(commits.length);
        const next = commits[at]?.state ?? state;
        repository.git('checkout', '-q', '--detach', ids[at] ?? '');
        const same = number === 0 ? [] : untouched(state, next);
        const before = await rowsOf(database, same);
        const begun = performance.now();
        const { exitCode, screen } = await repository.follow({ allowUnproved: true, allowDataLoss });
        timesMs.push(performance.now() - begun);
        if (screen.includes('roll back')) undoing += 1;
        expect(exitCode, screen).toBe(0);
        const expected = replays.get(keyOf(next)) ?? replay(next);
        replays.set(keyOf(next), expected);
        expect(compareSnapshots(await expected, await snapshotOf(database)), screen).toEqual([]);
        expect(await rowsOf(database, same)).toEqual(before);
        state = next;
        await addRows(database, tablesIn(state), number);
      }
    },
  );
});

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
