import type { Job } from './contenders.ts';
import { type BenchMigration, bulkMigration, smallMigrations } from './migrations.ts';

export interface Step {
  readonly job: Job;
  readonly title: string;
  /** Nothing of what the contender has built or cached is there. */
  readonly isCold?: boolean;
}

/** What is measured one after another, on one database. */
export interface Round {
  readonly title: string;
  readonly steps: readonly Step[];
  /** @param turn from 0 */
  readonly migrations: (turn: number) => readonly BenchMigration[];
  /** Applied once, before the first turn; every turn goes on from there. Each turn gets an empty database where it is absent. */
  readonly applied?: number;
  /** There and back. */
  readonly distanceMs?: number;
  /** However many are wished: it takes long. */
  readonly mostTurns?: number;
}

/** @param isQuick few migrations, small files: whether everything works */
export function rounds(isQuick: boolean): readonly Round[] {
  const [few, many, most] = isQuick ? [10, 50, 100] : [100, 1_000, 10_000];
  return [
    {
      title: 'start',
      migrations: () => smallMigrations(1),
      steps: [
        { job: 'start', title: 'process start alone' },
        { job: 'start', title: 'process start, the first in a checkout', isCold: true },
      ],
    },
    { title: `${few} migrations`, migrations: () => smallMigrations(few), steps: [{ job: 'apply', title: `apply ${few}` }] },
    {
      title: 'one more',
      migrations: (turn) => smallMigrations(few + turn + 1),
      applied: few,
      steps: [{ job: 'apply', title: `apply one more, ${few} applied` }],
    },
    { title: `${count(many)} migrations`, migrations: () => smallMigrations(many), steps: stepsOn(many) },
    {
      title: `${count(most)} applied`,
      migrations: () => smallMigrations(most),
      applied: most,
      steps: [
        { job: 'nothing', title: `nothing to do, ${count(most)} applied` },
        { job: 'status', title: `status, ${count(most)} applied` },
      ],
    },
    ...(isQuick ? [file(1)] : [file(20), { ...file(100), mostTurns: 1 }]),
    {
      title: `${few} migrations over 20 ms`,
      migrations: () => smallMigrations(few),
      distanceMs: 20,
      steps: [
        { job: 'apply', title: `apply ${few} over a 20 ms network` },
        { job: 'nothing', title: `nothing to do, ${few} applied, 20 ms network` },
      ],
    },
  ];
}

const count = (value: number): string => value.toLocaleString('en');

const stepsOn = (many: number): readonly Step[] => [
  { job: 'apply', title: `apply ${count(many)}` },
  { job: 'nothing', title: `nothing to do, ${count(many)} applied` },
  { job: 'status', title: `status, ${count(many)} applied` },
  { job: 'undo', title: `roll back the last, ${count(many)} applied` },
];

const file = (megabytes: number): Round => ({
  title: `${megabytes} MB file`,
  migrations: () => [bulkMigration(megabytes)],
  steps: [
    { job: 'apply', title: `apply ${megabytes} MB of one-row INSERTs` },
    { job: 'nothing', title: `nothing to do, ${megabytes} MB applied` },
  ],
});
