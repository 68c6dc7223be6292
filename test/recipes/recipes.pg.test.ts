// Each recipe beside what it stands for, while an application that knows the schema before, and one that knows the schema after, read and write.
import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { lint } from '../../src/journeys/lint.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { type Snapshot, takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, pair, type TestProject, up, variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';
import { CASES } from './cases.ts';
import { BASE, type RecipeCase, type Work } from './recipe-case.ts';

const OURS = /^(?:[a-z -]+ )?public\.schema_migrations/;

async function pictureOf(database: TestDatabase): Promise<Snapshot> {
  const client = await database.connect();
  const lines = await takeSnapshot(client);
  return lines.filter(({ name, table = '' }) => !OURS.test(name) && !OURS.test(table));
}

/** An application at work until it is stopped. */
class Application {
  readonly wrong: string[] = [];
  private readonly over = new AbortController();
  private readonly working: Promise<void>[] = [];
  private rounds = 0;

  async begin(database: TestDatabase, all: readonly Work[]): Promise<void> {
    for (const work of all) this.working.push(this.work(await database.connect(), work));
  }

  private async work(client: Client, work: Work): Promise<void> {
    for (let n = 0; !this.over.signal.aborted; n += 1) {
      await work(client, n).catch((error: Error) => this.wrong.push(error.message));
      this.rounds += 1;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** So that each step meets it at work. */
  async goOn(): Promise<void> {
    const enough = this.rounds + 2 * this.working.length;
    await until('the application has read and written', () => Promise.resolve(this.rounds >= enough));
  }

  async end(): Promise<void> {
    this.over.abort();
    await Promise.all(this.working);
  }
}

const make = (project: TestProject, { recipe: [recipe, ...words], fill }: RecipeCase) =>
  project.make({ recipe, words, ...(fill !== undefined && { fill }) });

const filesOf = (paths: readonly string[]): readonly string[] =>
  paths.filter((path) => /^db\/migrations\/[^/]+$/.test(path)).map((path) => path.replace(/^.*\/(.*)\.sql$/, '$1'));

onOldestAndNewest('a recipe', ({ freshDatabase }) => {
  test.each(CASES)('$recipe', async (one) => {
    const [database, beside] = [await freshDatabase(), await freshDatabase()];
    await beside.query(`${BASE}${one.below ?? ''}${one.direct}`);
    const project = await createProject(database, {
      ...pair('001_shop', BASE + (one.below ?? ''), 'DROP SCHEMA shop CASCADE;'),
      'migrations/.keep': '',
    });
    expect((await project.apply()).exitCode).toBe(0);
    const names = filesOf(await make(project, one));
    const { findings } = await lint({
      project: defineProject({ root: project.root }),
      variables: variablesOf(database),
      env: 'test',
      emit: () => {},
      interruption: new AbortController().signal,
    });
    expect(
      findings
        .filter(({ severity }) => severity === 'error')
        .map(({ rule, where, what }) => `${rule} ${where.file}:${where.line}: ${what}`),
    ).toEqual([]);

    const [before, rows] = [await pictureOf(database), await keptRows(database, one)];
    const files = await Promise.all(
      names.map(async (name) => ({ name, isAfter: (await textOf(project, name)).includes('-- Phase: after-deploy') })),
    );
    const first = files.filter(({ isAfter }) => !isAfter);
    const application = new Application();
    const deployed = new Application();
    await application.begin(database, one.old);
    for (const { name } of first) await step(application, () => project.apply({ to: name }));
    await deployed.begin(database, one.young ?? []);
    await deployed.goOn();
    for (const { name } of files.filter(({ isAfter }) => isAfter).slice(0, -1)) await step(application, () => project.apply({ to: name }));
    // Before the contract nobody runs the old code any more.
    if (files.at(-1)?.isAfter) {
      await application.end();
      await step(deployed, () => project.apply());
      await step(deployed, () => project.rollback());
    }
    expect(application.wrong.concat(deployed.wrong)).toEqual([]);
    await deployed.end();
    const back = new Application();
    await back.begin(database, one.old);
    for (const _ of files.at(-1)?.isAfter ? files.slice(1) : files)
      await step(back, () => project.rollback({ allowDataLoss: ['shop.orders'] }));
    await back.end();
    expect(back.wrong).toEqual([]);
    expect(compareSnapshots(before, await pictureOf(database))).toEqual([]);
    expect(await keptRows(database, one)).toEqual(rows);

    const again = await project.apply();
    expect(again.exitCode, again.screen).toBe(0);
    expect(compareSnapshots(await pictureOf(beside), await pictureOf(database))).toEqual(one.differs ?? []);
    expect(await database.query(one.wrong)).toEqual([]);
  });
});

const textOf = async (project: TestProject, name: string): Promise<string> =>
  (await import('node:fs')).readFileSync(`${project.root}/${up(name)}`, 'utf8');

async function step(application: Application, run: () => ReturnType<TestProject['apply']>): Promise<void> {
  await application.goOn();
  const { exitCode, screen } = await run();
  expect(exitCode, screen).toBe(0);
  await application.goOn();
}

/** The application adds rows of its own, which are above these. */
async function keptRows(database: TestDatabase, { kept }: RecipeCase): Promise<readonly Record<string, unknown>[]> {
  return database.query(kept ?? 'SELECT * FROM shop.orders WHERE id <= 3000 ORDER BY id');
}
