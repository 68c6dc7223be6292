import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { down, steady, up } from '../support/project.ts';

const SECRET = 'hunter2';

onServer('newest', 'secrets', ({ freshDatabase }) => {
  /** Everything that a run leaves anywhere, and what it prints. */
  const tracesOf = async (sql: string, extra: Record<string, string> = {}) => {
    const database: TestDatabase = await freshDatabase();
    const { ours } = await createCheckout(database, { [up('002_role')]: sql, [down('002_role')]: 'SELECT 1;' });
    const variables = { DATABASE_URL: database.url, ...extra };
    const runs = [
      await ours(['migrate-up', '--env', 'test', '--report', 'json', '--report', 'plain', '--report', 'github'], variables),
      await ours(['migrate-status', '--env', 'test', '--report', 'json'], variables),
      await ours(['migrate-status', '--env', 'test'], variables),
      await ours(['migrate-up', '--env', 'test'], variables),
    ];
    const journal = await database
      .query('select * from schema_migrations_journal')
      .then((rows) => JSON.stringify(rows))
      .catch(() => '');
    const all = runs.map(({ stdout, stderr }) => stdout + stderr).join('') + journal;
    expect(all).not.toContain(database.password);
    expect(all).not.toContain(SECRET);
    return { code: runs[0]?.code, screen: steady(runs[3]?.stderr ?? '').replaceAll(database.database, 'DATABASE'), journal };
  };

  test('of a statement with a syntax error are masked', async () => {
    const { code, screen } = await tracesOf(`ALTER ROLE x PASSWORD '${SECRET}' BOGUS;`);
    expect(code).toBe(2);
    expect(screen).toMatchInlineSnapshot();
  });

  test('of a statement that fails are masked, and are in no row of the journal', async () => {
    const { code, screen, journal } = await tracesOf(`SELECT 1;\nALTER ROLE nobody_such PASSWORD '${SECRET}';`);
    expect([code, journal.includes('step-failed')]).toEqual([1, true]);
    expect(screen).toMatchInlineSnapshot();
  });

  test('on a line of their own are masked', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD\n  '${SECRET}' BOGUS;`);
    expect(screen).toMatchInlineSnapshot();
  });

  test('in dollar quotes are masked', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD $$${SECRET}$$ BOGUS;`);
    expect(screen).toMatchInlineSnapshot();
  });

  test('behind a comment are masked', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD /* new */ '${SECRET}' BOGUS;`);
    expect(screen).toMatchInlineSnapshot();
  });

  test('with a quote in them are masked to their end', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD 'it''s ${SECRET}' BOGUS;`);
    expect(screen).toMatchInlineSnapshot();
  });

  test('without quotes are masked', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD ${SECRET};`);
    expect(screen).toMatchInlineSnapshot();
  });

  test('of a migration that is applied are not kept', async () => {
    const { code, journal } = await tracesOf(`CREATE TABLE p AS SELECT 'postgres://ann:${SECRET}@db/app' AS url;`);
    expect([code, journal.includes('002_role')]).toEqual([0, true]);
  });

  test('of a connection that fails are not shown', async () => {
    const { code, screen } = await tracesOf('SELECT 1;', { DB_PASSWORD: SECRET });
    expect(code).toBe(2);
    expect(screen).toMatchInlineSnapshot();
  });

  test('of a URL that cannot be read are not shown', async () => {
    const { code, screen } = await tracesOf('SELECT 1;', { DATABASE_URL: `postgres://ann:x@${SECRET}@db:5432/app` });
    expect(code).toBe(2);
    expect(screen).toMatchInlineSnapshot();
  });
});
