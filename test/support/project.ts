import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { defineProject, type ProjectSettings } from '../../src/environment/define-project.ts';
import { type Apply, apply } from '../../src/journeys/apply.ts';
import { type AuditOptions, audit } from '../../src/journeys/audit.ts';
import { type MarkWish, markApplied } from '../../src/journeys/baseline.ts';
import { dryRun } from '../../src/journeys/dry-run.ts';
import { type MakeWish, makeFiles } from '../../src/journeys/make.ts';
import { type Rehearse, rehearse } from '../../src/journeys/rehearse.ts';
import { type Repair, repair } from '../../src/journeys/repair.ts';
import { rewrite } from '../../src/journeys/rewrite.ts';
import { type Rollback, rollback } from '../../src/journeys/rollback.ts';
import { type SchemaSnapshot, schemaSnapshot } from '../../src/journeys/schema-snapshot.ts';
import { status } from '../../src/journeys/status.ts';
import { followGit, type Switch, showSwitch } from '../../src/journeys/switch.ts';
import { type Work, work } from '../../src/journeys/work.ts';
import type { Audit } from '../../src/model/audit.ts';
import type { Event } from '../../src/model/event.ts';
import type { Journey } from '../../src/model/journey.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Rehearsal } from '../../src/model/rehearsal.ts';
import type { Status } from '../../src/model/status.ts';
import { plainReporter } from '../../src/report/plain.ts';
import type { TestDatabase } from './database.ts';

/** Files by path; a number of lines or bytes as in the project. Strings are written as UTF-8. */
export type Tree = Readonly<Record<string, string | Uint8Array>>;

export interface Ran {
  readonly exitCode: number;
  readonly outcome: Outcome | undefined;
  readonly events: readonly Event[];
  /** What a plain terminal would show. */
  readonly screen: string;
}

export interface TestProject {
  readonly root: string;
  readonly write: (tree: Tree) => Promise<void>;
  readonly remove: (...files: readonly string[]) => void;
  readonly apply: (wish?: Partial<Apply>) => Promise<Ran>;
  readonly rollback: (wish?: Partial<Rollback>) => Promise<Ran>;
  readonly work: (wish?: Partial<Work>) => Promise<Ran>;
  readonly follow: (wish?: Partial<Switch>) => Promise<Ran>;
  readonly showSwitch: (wish?: Partial<Switch>) => Promise<readonly Plan[]>;
  readonly snapshot: (wish?: Partial<SchemaSnapshot>) => Promise<Ran>;
  readonly status: (wish?: Partial<Journey>) => Promise<Status>;
  readonly baseline: (wish: Partial<MarkWish>) => Promise<Ran>;
  readonly repair: (wish?: Partial<Repair>) => Promise<Ran>;
  readonly rewrite: (files: readonly string[]) => Promise<Ran>;
  readonly make: (wish: MakeWish, journey?: Partial<Journey>) => Promise<readonly string[]>;
  readonly rehearse: (wish?: Partial<Rehearse>) => Promise<Rehearsal>;
  readonly audit: (wish?: Partial<AuditOptions>) => Promise<Audit>;
  readonly dryRun: (direction: 'up' | 'down', to?: string, wish?: Partial<Journey>) => Promise<Plan>;
}

/** Short names for a pair: `up('002_x')` is its forward file, `down('002_x')` its rollback. */
export const up = (name: string): string => `db/migrations/${name}.sql`;
export const down = (name: string): string => `db/migrations/rollbacks/${name}.sql`;

/** A forward file and its rollback. */
export const pair = (name: string, forward: string, back: string): Tree => ({ [up(name)]: forward, [down(name)]: back });

/** The variables that lead to a test database. */
export const variablesOf = ({ host, port, user, password, database }: TestDatabase): Record<string, string> => ({
  DB_HOST: host,
  DB_PORT: String(port),
  DB_USER: user,
  DB_PASSWORD: password,
  DB_NAME: database,
});

/** A project in a folder of its own, removed after the test, that works on the given database in `test` unless it is told otherwise. */
export async function createProject(
  database: TestDatabase,
  tree: Tree,
  settings: Omit<ProjectSettings, 'root'> = {},
): Promise<TestProject> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-project-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = async (files: Tree): Promise<void> => {
    for (const [file, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), content);
    }
  };
  await write(tree);
  const journey = {
    project: defineProject({ ...settings, root }),
    env: 'test',
    variables: variablesOf(database),
    interruption: new AbortController().signal,
  };
  return {
    root,
    write,
    remove: (...files) => {
      for (const file of files) rmSync(path.join(root, file));
    },
    apply: (wish = {}) => record((emit) => apply({ ...journey, emit, ...wish })),
    rollback: (wish = {}) => record((emit) => rollback({ ...journey, emit, ...wish })),
    work: (wish = {}) => record((emit) => work({ ...journey, emit, isOnce: true, ...wish })),
    follow: (wish = {}) => record((emit) => followGit({ ...journey, emit, ...wish })),
    showSwitch: (wish = {}) => showSwitch({ ...journey, emit: () => undefined, ...wish }),
    snapshot: (wish = {}) => record((emit) => schemaSnapshot({ ...journey, emit, ...wish })),
    status: (wish = {}) => status({ ...journey, emit: () => undefined, ...wish }),
    baseline: (wish) => record((emit) => markApplied({ ...journey, emit, ...wish })),
    repair: (wish = {}) => record((emit) => repair({ ...journey, emit, ...wish })),
    rewrite: (files) => record((emit) => rewrite({ ...journey, emit }, files)),
    make: (wish, more = {}) => makeFiles({ ...journey, emit: () => undefined, ...more }, wish),
    rehearse: (wish = {}) => rehearse({ ...journey, emit: () => undefined, ...wish }),
    audit: (wish = {}) => audit({ ...journey, emit: () => undefined, ...wish }),
    dryRun: (direction, to, wish = {}) =>
      dryRun({ ...journey, emit: () => undefined, direction, ...(to !== undefined && { to }), ...wish }),
  };
}

async function record(run: (emit: (event: Event) => void) => Promise<number>): Promise<Ran> {
  const events: Event[] = [];
  let screen = '';
  const { report } = plainReporter((text) => {
    screen += text;
  });
  const exitCode = await run((event) => {
    events.push(event);
    report(event);
  });
  const ended = events.findLast((event) => event.type === 'run-ended');
  return { exitCode, events, screen, outcome: ended?.outcome };
}

/** The whole message of a refusal, with what differs from run to run replaced. */
export async function refusalOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error('nothing was refused');
  return steady(error.message);
}

/** Replaces addresses, ids, times and names of test databases. */
export function steady(text: string): string {
  return text
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST:PORT')
    .replaceAll(/t_\d+_[0-9a-f]{8}/g, 'DATABASE')
    .replaceAll(/pid \d+/g, 'pid PID')
    .replaceAll(/backend\(\d+\)/g, 'backend(PID)')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME')
    .replaceAll(/\d[\d,]*(\.\d+)? (ms|s)\b/g, 'DURATION')
    .replaceAll(/journal: [\d,]+ events?, head [0-9a-f]{16}/g, 'journal: COUNT events, head HEAD')
    .replaceAll(/PostgreSQL \d+\.\d+/g, 'PostgreSQL VERSION');
}

/** Names in history, in order. */
export async function historyOf(database: TestDatabase): Promise<readonly string[]> {
  return (await database.query('select name from schema_migrations order by id')).map(({ name }) => String(name));
}

/** Whether a relation is there. */
export async function isThere(database: TestDatabase, name: string): Promise<boolean> {
  return (await database.query('select to_regclass($1) is not null as found', [name]))[0]?.['found'] === true;
}
