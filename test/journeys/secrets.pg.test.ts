import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Checkout, createCheckout, type Finished } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { KEEPING_KNEXFILE } from '../support/kept-backups.ts';
import { pair, up, variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';

const SECRET = 'hunter2-s3cr3t';

const REPORTS = ['plain', 'pretty', 'json', 'github', 'html=report.html'].flatMap((report) => ['--report', report]);

/** Command lines and environment-free titles of every process of this machine. */
const processTitles = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

/** Everything that the database keeps about runs, and what other sessions can see of them. */
async function kept(database: TestDatabase): Promise<string> {
  const queries = [
    'SELECT * FROM schema_migrations',
    'SELECT * FROM schema_migrations_journal',
    'SELECT * FROM schema_migrations_lock',
    'SELECT application_name FROM pg_stat_activity',
  ];
  return JSON.stringify(await Promise.all(queries.map((sql) => database.query(sql))));
}

/** A role with the secret as its password, and files that tell it in every way. */
async function setUp(database: TestDatabase): Promise<{ readonly checkout: Checkout; readonly role: string }> {
  const role = `r_${database.database}`;
  const files = {
    ...KEEPING_KNEXFILE,
    ...pair(
      '002_role',
      `CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD '${SECRET}';\nCREATE TABLE t (id int);`,
      `DROP TABLE t; DROP ROLE ${role};`,
    ),
    ...pair('003_alter', `ALTER ROLE ${role} PASSWORD $$${SECRET}$$;`, `ALTER ROLE ${role} PASSWORD '${SECRET}';`),
    ...pair('004_url', `DO $$ BEGIN RAISE NOTICE 'postgres://ann:${SECRET}@db/app'; END $$;`, 'SELECT 1;'),
  };
  return { checkout: await createCheckout(database, files), role };
}

onServer('newest', 'no secret', ({ freshDatabase }) => {
  test('is in any output, in the journal, in the history, or in the title of a process', { timeout: 300_000 }, async () => {
    const database = await freshDatabase();
    const { checkout, role } = await setUp(database);
    const { root, write, ours, start } = checkout;
    const printed: Finished[] = [];
    const expectSilence = async (): Promise<void> => {
      const page = await Promise.resolve(path.join(root, 'report.html')).then(
        (file) => readFileSync(file, 'utf8'),
        () => '',
      );
      const heads = readdirSync(root).includes('.lockstep') ? readFileSync(path.join(root, '.lockstep/heads.jsonl'), 'utf8') : '';
      const all = [...printed.map(({ stdout, stderr }) => stdout + stderr), page, heads, await kept(database), processTitles()];
      for (const text of all) expect(text.slice(Math.max(0, text.indexOf(SECRET) - 300)).slice(0, 400)).not.toContain(SECRET);
    };
    const run = async (args: readonly string[], variables = variablesOf(database)): Promise<number | null> => {
      const finished = await ours(args, variables);
      printed.push(finished);
      return finished.code;
    };
    const prod = ['migrate-up', '--env', 'production'];
    expect(await run([...prod, '--dry-run'])).toBe(0);
    expect(await run([...prod, ...REPORTS])).toBe(0);
    await expectSilence();

    // From here on the connection itself has the secret.
    const { DB_PASSWORD: _, ...rest } = variablesOf(database);
    const asRole = { ...rest, DB_USER: role, DB_PASSWORD: SECRET };
    const byUrl = { DATABASE_URL: `postgres://${role}:${SECRET}@${database.host}:${database.port}/${database.database}` };
    for (const variables of [asRole, byUrl]) {
      expect(await run(['migrate-status'], variables)).toBe(0);
      expect(await run(['migrate-status', '--report', 'json'], variables)).toBe(0);
      expect(await run(['migrate-status', '--audit'], variables)).toBe(0);
      expect(await run(['migrate-status', '--audit', '--report', 'json'], variables)).toBe(0);
      expect(await run(['migrate-rollback', '--env', 'staging', ...REPORTS], variables)).toBe(3);
      expect(await run(['migrate-rollback', '--dry-run', '--to', '002'], variables)).toBe(0);
      expect(await run(['migrate-repair'], variables)).toBe(0);
    }
    expect(await run(['migrate-status'], { ...byUrl, DB_PASSWORD: `${SECRET}x` })).toBe(2);
    await expectSilence();

    await write({ [up('005_f')]: `SELECT 1;\nSELECT dblink_connect('host=db password=${SECRET}');` });
    expect(await run([...prod, ...REPORTS], byUrl)).toBe(1);
    await write({ [up('005_f')]: `ALTER ROLE ${role} PASSWORD '${SECRET}' BOGUS;` });
    expect(await run([...prod, ...REPORTS], byUrl)).toBe(2);
    await write(pair('005_f', 'ALTER TABLE t ADD COLUMN v int;', 'ALTER TABLE t DROP COLUMN v;'));
    await expectSilence();

    const blocker = await database.connect();
    await blocker.query(`BEGIN; LOCK TABLE t; ALTER ROLE ${role} PASSWORD $p$${SECRET}$p$`);
    const { finished } = start('ours', [...prod, ...REPORTS], byUrl);
    await until('a run that waits', async () => (await kept(database)).includes('lockstep up 1/1 005_f'));
    // Between two attempts it waits for nobody.
    await until('a status that shows whom it waits for', async () => {
      expect(await run(['migrate-status'], byUrl)).toBe(0);
      return printed.at(-1)?.stdout.includes(`ALTER ROLE ${role} PASSWORD $*$***`);
    });
    expect(await run(['migrate-status', '--report', 'json'], byUrl)).toBe(0);
    await expectSilence();
    await blocker.query('COMMIT');
    printed.push(await finished);
    expect((await finished).code).toBe(0);
    expect(printed.at(-1)?.stderr).toContain('waits behind pid');
    expect(await run(['migrate-rollback', '--to', '001', '--allow-data-loss', 't', ...REPORTS])).toBe(0);
    await expectSilence();
  });
});
