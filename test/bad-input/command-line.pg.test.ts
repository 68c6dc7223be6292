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

  test('a -- that pnpm and yarn hand on hides no option', async () => {
    const { ours } = await createCheckout(database());
    const { code, stdout } = await ours(['migrate-up', '--env', 'test', '--', '--dry-run'], variablesOf(database()));
    expect([code, stdout.startsWith('-- db/migrations/001_init.sql'), await nothingWasDone()]).toEqual([0, true, []]);
  });

  test('an unknown report', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--report', 'xml'])).toMatchInlineSnapshot(`
      "exit 2
      There is no report "xml"
        Next: use --report pretty, plain, json, github, prometheus (of the status), html=FILE, markdown=FILE (of a rehearsal), or sarif=FILE, junit=FILE and gitlab=FILE (of lint)
      "
    `);
    expect(await refused(['migrate-status', '--env', 'test', '--report', 'html'])).toMatchInlineSnapshot(`
      "exit 2
      There is no report "html"
        Next: use --report pretty, plain, json, github, prometheus (of the status), html=FILE, markdown=FILE (of a rehearsal), or sarif=FILE, junit=FILE and gitlab=FILE (of lint)
      "
    `);
  });

  test('an option without its value', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--to'])).toMatchInlineSnapshot(`
      "exit 2
      Not enough arguments following: to
        Next: npm run migrate:dev -- --help
      "
    `);
  });

  test('an empty value, as an unset variable leaves it', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--to', ''])).toMatchInlineSnapshot(`
      "exit 2
      The version is empty (--to, or DB_MIGRATION_VERSION for a rollback)
        Next: npm run migrate:status   lists the versions; to go without one, leave it out
      "
    `);
    expect(await refused(['migrate-up', '--env', 'production', '--env', ''])).toMatchInlineSnapshot(`
      "exit 2
      There is no environment ""; there are development, staging, production, test (and dev, prod for short)
        Next: npm run migrate:status -- --env development
      "
    `);
    expect(await refused(['migrate-rollback', '--env', 'test'], { DB_MIGRATION_VERSION: '' })).toContain('The version is empty');
  });

  test('an unknown environment, by option and by variable', async () => {
    const answer = await refused(['migrate-up', '--env', 'live']);
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      There is no environment "live"; there are development, staging, production, test (and dev, prod for short)
        Next: npm run migrate:status -- --env development
      "
    `);
    expect(await refused(['migrate-status'], { MIGRATE_ENV: 'live' })).toBe(answer);
  });

  test('a word too many: a version without --to', async () => {
    expect(await refused(['migrate-up', '--env', 'production', '007'])).toMatchInlineSnapshot(`
      "exit 2
      migrate:dev takes options only
        Next: npm run migrate:dev -- --help
      "
    `);
  });

  test('a verdict that is none', async () => {
    expect(await refused(['migrate-up', '--env', 'test', '--interrupted', 'maybe'])).toMatchInlineSnapshot(`
      "exit 2
      Invalid values:
        Argument: interrupted, Given: "maybe", Choices: "done", "again", "restart"
        Next: npm run migrate:dev -- --help
      "
    `);
  });

  test('an option that npm kept for itself, because -- was forgotten', async () => {
    const npm = { npm_lifecycle_event: 'migrate:prod' };
    expect(await refused(['migrate-up', '--env', 'production'], { ...npm, npm_config_dry_run: 'true' })).toMatchInlineSnapshot(`
      "exit 2
      npm kept --dry-run for itself, so nothing was done
        Next: npm run migrate:prod -- --env production --dry-run
      "
    `);
    expect(await refused(['migrate-up', '--env', 'production'], { ...npm, npm_config_env: 'test' })).toMatchInlineSnapshot(`
      "exit 2
      npm kept --env test for itself, so nothing was done
        Next: npm run migrate:prod -- --env production --env test
      "
    `);
    expect(await refused(['migrate-up', '--env', 'production'], { ...npm, npm_config_to: '007' })).toMatchInlineSnapshot(`
      "exit 2
      npm kept --to 007 for itself, so nothing was done
        Next: npm run migrate:prod -- --env production --to 007
      "
    `);
  });

  test('a name that gives none, and a missing name, for migrate:make', async () => {
    expect(await refused(['migrate-make', '???'])).toMatchInlineSnapshot(`
      "exit 2
      "???" gives no name for a migration
        Next: npm run migrate:make -- add_new_table
      "
    `);
    expect(await refused(['migrate-make'])).toMatchInlineSnapshot(`
      "exit 2
      migrate:make needs the name of the new migration
        Next: npm run migrate:make -- add_new_table
      "
    `);
    expect(await refused(['migrate-make', '--renumber', '099'])).toMatchInlineSnapshot(`
      "exit 2
      There is no migration with version 099
        Next: npm run migrate:status   lists the versions
      "
    `);
  });

  test('settings that are wrong', async () => {
    expect(await refused(['migrate-up', '--env', 'test'], { DB_PORT: 'x' })).toMatchInlineSnapshot(`
      "exit 2
      The port "x" is not a number from 1 to 65535
        Next: set DB_PORT=5432
      "
    `);
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
