import { expect, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { deepStatus } from '../../src/journeys/deep-status.ts';
import { awaitApplied } from '../../src/journeys/wait.ts';
import { isInOrder } from '../../src/model/status.ts';
import { nextAfterStatus, statusText } from '../../src/report/status-text.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, historyOf, pair, refusalOf, steady, variablesOf } from '../support/project.ts';

const EXPAND = pair('001_users', 'CREATE TABLE users (id int, name text, full_name text);', 'DROP TABLE users;');
const CONTRACT = pair('002_drop_name', '-- Phase: after-deploy\nALTER TABLE users DROP COLUMN name;', 'ALTER TABLE users ADD name text;');
const NEXT = pair('003_orders', '-- Phase: before-deploy\nCREATE TABLE orders (id int);', 'DROP TABLE orders;');
const ALL = { ...EXPAND, ...CONTRACT, ...NEXT };

onOldestAndNewest('phases of a deploy', ({ freshDatabase }) => {
  test('before the deploy, then after it, with the status in between', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...ALL,
      'db/repeatable/names.sql': 'CREATE OR REPLACE VIEW names AS SELECT full_name FROM users;',
    });
    const before = await project.apply({ phase: 'before-deploy' });
    expect(before.exitCode).toBe(0);
    expect(steady(before.screen)).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 2 migrations and 1 repeatable file
        001_users
        003_orders
        repeatable/names   (new)
      Note: 002_drop_name waits for the deploy
        Next: npm run migrate:dev -- --env test --phase after-deploy   when the application that was deployed runs everywhere
      1/3 001_users
      1/3 001_users applied in DURATION
      2/3 003_orders
      2/3 003_orders applied in DURATION
      3/3 repeatable/names
      3/3 repeatable/names applied in DURATION
      Applied 2 migrations and 1 repeatable file in DURATION (test)
      journal: COUNT events, head HEAD
      "
    `);
    expect(await historyOf(database)).toEqual(['001_users', '003_orders', 'repeatable/names']);
    const status = await project.status();
    expect(steady(statusText(status, nextAfterStatus({ ...status, environment: 'production' })))).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION

      Applied: 2
        001_users    TIME   by postgres   DURATION
        003_orders   TIME   by postgres   DURATION

      Pending, before the deploy: none
      Pending, after the deploy: 1
        002_drop_name

      Repeatable: 1
        repeatable/names   TIME   by postgres

      Next: npm run migrate:prod -- --phase after-deploy   when the application that was deployed runs everywhere
      "
    `);
    expect(status.pending).toMatchObject([{ name: '002_drop_name', isLate: false, phase: 'after-deploy' }]);
    expect([isInOrder(status), isInOrder(status, 'before-deploy'), isInOrder(status, 'after-deploy')]).toEqual([false, true, false]);
    const journey = {
      project: defineProject({ root: project.root }),
      env: 'test',
      variables: variablesOf(database),
      emit: () => {},
      interruption: new AbortController().signal,
    };
    expect(await awaitApplied(journey, 1)).toBe(0);
    expect((await deepStatus(journey)).differences).toEqual([]);
    const after = await project.apply({ phase: 'after-deploy' });
    expect(after.exitCode).toBe(0);
    expect((await historyOf(database)).at(-1)).toBe('002_drop_name');
    await project.rollback();
    expect(await historyOf(database)).toEqual(['001_users', '003_orders', 'repeatable/names']);
  });

  test('without a phase all of it runs in order, and an environment where code is deployed says so', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, ALL);
    const { exitCode, screen } = await project.apply({ env: 'staging' });
    expect(exitCode).toBe(0);
    expect(screen).toContain(
      'Note: no --phase is given, so 002_drop_name will not wait for the deploy\n  Next: npm run migrate:staging -- --phase before-deploy',
    );
    expect(await historyOf(database)).toEqual(['001_users', '002_drop_name', '003_orders']);
    expect((await (await createProject(await freshDatabase(), ALL)).apply()).screen).not.toContain('--phase');
  });

  test('what comes after the deploy does not overtake what comes before it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, ALL);
    const refusal = await refusalOf(project.apply({ phase: 'after-deploy' }));
    expect(refusal).toMatchInlineSnapshot(`
      "002_drop_name comes after the deploy, and 001_users, which comes before it, is not applied: the application that both are for cannot run yet
        Next: npm run migrate:dev -- --env test --phase before-deploy   and deploy the application before this"
    `);
    await project.apply({ phase: 'before-deploy', to: '001' });
    expect((await project.apply({ phase: 'after-deploy' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_users', '002_drop_name']);
  });

  test('a version that is late among those of its phase is late', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...EXPAND, ...pair('004_more', 'CREATE TABLE more (id int);', 'DROP TABLE more;') });
    await project.apply();
    await project.write({ ...CONTRACT, ...NEXT });
    const { pending } = await project.status();
    expect(pending.map(({ name, isLate }) => [name, isLate])).toEqual([
      ['002_drop_name', false],
      ['003_orders', true],
    ]);
  });

  test('what requires a migration of the other phase waits for it', async () => {
    const project = await createProject(await freshDatabase(), {
      ...EXPAND,
      ...CONTRACT,
      ...pair('003_after', '-- requires: 002\nSELECT 1;', 'SELECT 1;'),
    });
    expect(await refusalOf(project.apply({ phase: 'before-deploy' }))).toMatch(
      /^003_after requires 002_drop_name, which is not applied .*\n {2}db\/migrations\/003_after.sql:1:14\n/,
    );
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a word that is no phase is refused where it stands, before anything runs', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...EXPAND,
      ...pair('002_x', '-- Description: x\n-- Phase: post-deploy\nSELECT 1;', 'SELECT 1;'),
    });
    const refusal = await refusalOf(project.apply());
    expect(refusal).toMatchInlineSnapshot(`
      ""post-deploy" is no phase of a deployment
        db/migrations/002_x.sql:2
        Next: write -- Phase: before-deploy or -- Phase: after-deploy; where something else was meant, another word in the place of Phase"
    `);
    expect(await database.query("SELECT to_regclass('users') AS t")).toEqual([{ t: null }]);
  });

  test('a line that says nothing is no line that means nothing', async () => {
    const project = await createProject(await freshDatabase(), EXPAND);
    const saying = async (text: string): Promise<string> => {
      await project.write(pair('002_x', text, 'SELECT 1;'));
      return (await refusalOf(project.apply())).split('\n')[0] ?? '';
    };
    expect(await saying('-- Phase:\nSELECT 1;')).toBe('"" is no phase of a deployment');
    expect(await saying('-- requires:\nSELECT 1;')).toBe('-- requires: names no migration');
    expect(await saying('-- part: backfill\n-- verify:\n-- SELECT 1\nUPDATE users SET id = 1;')).toBe('Behind -- verify: stands nothing');
  });

  test('the phase of a code migration stands in its module', async () => {
    const database = await freshDatabase();
    const code = '// Phase: after-deploy\nexport const up = (trx) => trx.raw("SELECT 1");\nexport const down = up;\n';
    const project = await createProject(database, { ...EXPAND, 'migrations/002_code.mjs': code });
    await project.apply({ phase: 'before-deploy' });
    expect(await historyOf(database)).toEqual(['001_users']);
  });
});
