// Each recipe beside what it stands for, while an application that knows the schema before, and one that knows the schema after, read and write.
import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { lint } from '../../src/journeys/lint.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { onOldestAndNewest, onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair, type TestProject, up, variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';
import { CASES } from './cases.ts';
import { pictureOf } from './picture-of.ts';
import { BASE, type RecipeCase, type Work } from './recipe-case.ts';

/** As production waits for locks. */
const PATIENT = { test: { lockTimeoutMs: 2_000, lockRetryForMs: 60_000 } };

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

onServer('newest', 'the rehearsal', ({ freshDatabase, ...server }) => {
  test.each(CASES.map((one) => [one.recipe.join(' '), one] as const))('proves every file of %s', async (_, one) => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_shop', BASE + (one.below ?? ''), 'DROP SCHEMA shop CASCADE;'));
    expect((await project.apply()).exitCode).toBe(0);
    const names = filesOf(await make(project, one));
    const { user, password, host, port } = server;
    const { proofs } = await project.rehearse({
      variables: { SCRATCH_URL: `postgresql://${user}:${password}@${host}:${port}/${database.database}` },
    });
    expect(proofs.flatMap(({ name, findings }) => findings.map(({ code, what }) => `${name} ${code}: ${what}`))).toEqual([]);
    expect(proofs.map(({ name }) => name)).toEqual(['001_shop', ...names]);
  });
});

onOldestAndNewest('a recipe', ({ freshDatabase }) => {
  test.each(CASES.map((one) => [one.recipe.join(' '), one] as const))('%s', async (_, one) => {
    const [database, beside] = [await freshDatabase(), await freshDatabase()];
    await beside.query(`${BASE}${one.below ?? ''}${one.direct}`);
    const tree = { ...pair('001_shop', BASE + (one.below ?? ''), 'DROP SCHEMA shop CASCADE;'), 'migrations/.keep': '' };
    const project = await createProject(database, tree, PATIENT);
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
    await forthAndBack({ database, project, one, files });
    expect(compareSnapshots(before, await pictureOf(database))).toEqual(one.differs ?? []);
    expect(await keptRows(database, one)).toEqual(rows);

    const again = await project.apply();
    expect(again.exitCode, again.screen).toBe(0);
    expect(compareSnapshots(await pictureOf(beside), await pictureOf(database))).toEqual(one.differs ?? []);
    expect(await database.query(one.wrong)).toEqual([]);
    if (one.last !== undefined) expect(await lastColumn(database, one.last)).toBe(true);
  });
});

interface Journey {
  readonly database: TestDatabase;
  readonly project: TestProject;
  readonly one: RecipeCase;
  readonly files: readonly { readonly name: string; readonly isAfter: boolean }[];
}

/** Old code runs until the last file of those that come after the deploy, and again when that is undone. */
async function forthAndBack({ database, project, one, files }: Journey): Promise<void> {
  const [old, young, back] = [new Application(), new Application(), new Application()];
  const [first, after] = [files.filter(({ isAfter }) => !isAfter), files.filter(({ isAfter }) => isAfter)];
  await old.begin(database, one.old);
  for (const { name } of first) await step(old, () => project.apply({ to: name }));
  await young.begin(database, [...(one.young ?? []), reader(one.wrong)]);
  for (const { name } of after.slice(0, -1)) await step(old, () => project.apply({ to: name }));
  await old.end();
  for (const { name } of after.slice(-1)) await step(young, () => project.apply({ to: name }));
  for (const _ of after.slice(-1)) await step(young, () => project.rollback());
  await young.end();
  await back.begin(database, one.old);
  for (const _ of files.slice(after.length > 0 ? 1 : 0)) await step(back, () => project.rollback());
  await back.end();
  expect([...old.wrong, ...young.wrong, ...back.wrong]).toEqual([]);
}

/** Finds nothing that is wrong, at any time. */
const reader =
  (wrong: string): Work =>
  async (client) => {
    const { rows } = await client.query(wrong);
    if (rows.length > 0) throw new Error(`${wrong} gives ${JSON.stringify(rows[0])}`);
  };

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

/** Where the order of columns is not as the direct change leaves it. */
async function lastColumn(database: TestDatabase, column: string): Promise<boolean> {
  const table = column.slice(0, column.search(/\.(?:\w+|"(?:[^"]|"")*")$/));
  const rows = await database.query(
    "SELECT $2 = $1 || '.' || quote_ident(attname) AS last FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum DESC LIMIT 1",
    [table, column],
  );
  return rows[0]?.['last'] === true;
}
