import { expect, test } from 'vitest';
import { type Checkout, createCheckout, type Finished } from '../support/checkout.ts';
import { onServer } from '../support/database.ts';
import { steady, variablesOf } from '../support/project.ts';

onServer('newest', 'the command line', ({ freshDatabase, sharedDatabase }) => {
  const database = sharedDatabase();
  const nothingWasDone = () => database().query("select 1 from pg_class where relname like 'schema_migrations%'");

  /** Exit code and stderr of a command that must print nothing to stdout and touch nothing. */
  const refused = async (args: readonly string[], variables: Record<string, string> = {}): Promise<string> => {
    const { ours } = await createCheckout(database());
    const { code, stdout, stderr } = await ours(args, { ...variablesOf(database()), ...variables });
    expect([stdout, await nothingWasDone()]).toEqual(['', []]);
    return steady(`exit ${code}\n${stderr}`);
  };

  test('an unknown option', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--dryrun'])).toMatchInlineSnapshot(`
      "exit 2
      Unknown argument: dryrun
        Next: npm run migrate:dev -- --help
      "
    `);
  });

  test('an unknown report', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--report', 'xml'])).toMatchInlineSnapshot(`
      "exit 2
      There is no report "xml"
        Next: use --report pretty, plain, json, github or html=FILE
      "
    `);
    expect(await refused(['migrate-status', '--env', 'test', '--report', 'html'])).toMatchInlineSnapshot(`
      "exit 2
      There is no report "html"
        Next: use --report pretty, plain, json, github or html=FILE
      "
    `);
  });

  test('an option without its value', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--to'])).toMatchInlineSnapshot(`
      "exit 1
      YError: Not enough arguments following: to
          at [runYargsParserAndExecuteCommands] (file:///work/main/node_modules/yargs/build/lib/yargs-factory.js:1456:27)
          at YargsInstance.parse (file:///work/main/node_modules/yargs/build/lib/yargs-factory.js:704:63)
          at YargsInstance.parseAsync (file:///work/main/node_modules/yargs/build/lib/yargs-factory.js:734:35)
          at script (file:///work/main/node_modules/.cache/lockstep/ae1dbc3e1033/migrate-up.mjs:5103:35)
          at file:///work/main/node_modules/.cache/lockstep/ae1dbc3e1033/migrate-up.mjs:5214:7
          at ModuleJob.run (node:internal/modules/esm/module_job:325:25)
          at async ModuleLoader.import (node:internal/modules/esm/loader:606:24)
          at async file:///tmp/lockstep-checkout-Hd5JxB/run.mjs:86:1
      This is a bug in Lockstep. Please report it with the lines above and the output of: npm run migrate:status
      "
    `);
  });

  test('an empty value, as an unset variable leaves it', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--to', ''])).toMatchInlineSnapshot();
    expect(await refused(['migrate-up', '--env', 'production', '--env', ''])).toMatchInlineSnapshot();
    expect(await refused(['migrate-rollback', '--env', 'test'], { DB_MIGRATION_VERSION: '' })).toContain('The version is empty');
  });

  test('an unknown environment, by option and by variable', async () => {
    const answer = await refused(['migrate-up', '--env', 'live']);
    expect(answer).toMatchInlineSnapshot();
    expect(await refused(['migrate-status'], { MIGRATE_ENV: 'live' })).toBe(answer);
  });

  test('a word too many: a version without --to', async () => {
    expect(await refused(['migrate-up', '--env', 'production', '007'])).toMatchInlineSnapshot();
  });

  test('a verdict that is none', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--interrupted', 'maybe'])).toMatchInlineSnapshot();
  });

  test('an option that npm kept for itself, because -- was forgotten', async () => {
    const npm = { npm_lifecycle_event: 'migrate:prod' };
    expect(await refused(['migrate-up', '--env', 'production'], { ...npm, npm_config_dry_run: 'true' })).toMatchInlineSnapshot();
    expect(await refused(['migrate-up', '--env', 'production'], { ...npm, npm_config_env: 'test' })).toMatchInlineSnapshot();
    expect(await refused(['migrate-up', '--env', 'production'], { ...npm, npm_config_to: '007' })).toMatchInlineSnapshot();
  });

  test('a name that gives none, and a missing name, for migrate:make', async () => {
    expect(await refused(['migrate-make', '???'])).toMatchInlineSnapshot();
    expect(await refused(['migrate-make'])).toMatchInlineSnapshot();
    expect(await refused(['migrate-make', '--renumber', '099'])).toMatchInlineSnapshot();
  });

  test('settings that are wrong', async () => {
    expect(await refused(['migrate-up', '--env', 'test'], { DB_PORT: 'x' })).toMatchInlineSnapshot();
    const url = { DATABASE_URL: 'postgres://ann:hunter2@x@db:5432/app' };
    expect(await refused(['migrate-up', '--env', 'test'], url)).not.toContain('hunter2');
  });

  test('--report json says the refusal on stdout, as an event', async () => {
    const { ours }: Checkout = await createCheckout(await freshDatabase());
    const { code, stdout, stderr }: Finished = await ours(['migrate-up', '--env', 'test', '--report', 'json', '--to', '99']);
    expect([code, stderr]).toEqual([2, '']);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      v: 1,
      type: 'refused',
      refusal: { code: 'unknown-version', exitCode: 2, next: 'npm run migrate:status   lists the versions' },
    });
  });
});
