import { expect, onTestFinished, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, down, steady, up, variablesOf } from '../support/project.ts';

const SECRET = 'hunter2';

onServer('newest', 'secrets', ({ freshDatabase }) => {
  /** Everything that a run leaves anywhere, and what it prints. */
  const tracesOf = async (sql: string, extra: Record<string, string> = {}) => {
    const database: TestDatabase = await freshDatabase();
    const { ours } = await createCheckout(database, { [up('002_role')]: sql, [down('002_role')]: 'SELECT 1;' });
    const variables = { DATABASE_URL: database.url, ...extra };
    const runs = [
      await ours(['migrate-up', '--env', 'test', '--report', 'json', '--report', 'plain', '--report', 'github'], variables),
      await ours(['migrate-status', '--env', 'test'], variables),
    ];
    const journal = await database
      .query('select * from schema_migrations_journal')
      .then((rows) => JSON.stringify(rows))
      .catch(() => '');
    const all = runs.map(({ stdout, stderr }) => stdout + stderr).join('') + journal;
    expect(all).not.toContain(database.password);
    expect(all).not.toContain(SECRET);
    return { code: runs[0]?.code, screen: steady(runs[0]?.stderr ?? '').replaceAll(database.database, 'DATABASE'), journal };
  };

  test('of a statement with a syntax error are masked', async () => {
    const { code, screen } = await tracesOf(`ALTER ROLE x PASSWORD '${SECRET}' BOGUS;`);
    expect(code).toBe(2);
    expect(screen).toMatchInlineSnapshot(`
      "Syntax error: unrecognized role option "bogus"
        db/migrations/002_role.sql:1:33
        1 │ ALTER ROLE x PASSWORD '*******' BOGUS;
          │                                 ^
        Next: correct the statement and run the command again
      "
    `);
  });

  test('of a statement that fails are masked, and are in no row of the journal', async () => {
    const { code, screen, journal } = await tracesOf(`SELECT 1;\nALTER ROLE nobody_such PASSWORD '${SECRET}';`);
    expect([code, journal.includes('step-failed')]).toEqual([1, true]);
    expect(screen.slice(screen.indexOf('db/migrations/002_role.sql failed'))).toMatchInlineSnapshot(`
      "db/migrations/002_role.sql failed at statement 2 of 2: role "nobody_such" does not exist; nothing of it was kept
        db/migrations/002_role.sql:2:1   42704
        2 │ ALTER ROLE nobody_such PASSWORD '*******';
          │ ^
        Next: correct db/migrations/002_role.sql, then run npm run migrate:dev -- --env test again

      002_role failed; applied before it and kept: 001_init
      journal: COUNT events, head HEAD
      "
    `);
  });

  test('on a line of their own are masked', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD\n  '${SECRET}' BOGUS;`);
    expect(screen).toMatchInlineSnapshot(`
      "Syntax error: unrecognized role option "bogus"
        db/migrations/002_role.sql:2:13
        2 │   '*******' BOGUS;
          │             ^
        Next: correct the statement and run the command again
      "
    `);
  });

  test('in dollar quotes are masked', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD $$${SECRET}$$ BOGUS;`);
    expect(screen).toMatchInlineSnapshot(`
      "Syntax error: unrecognized role option "bogus"
        db/migrations/002_role.sql:1:35
        1 │ ALTER ROLE x PASSWORD $$*******$$ BOGUS;
          │                                   ^
        Next: correct the statement and run the command again
      "
    `);
  });

  test('behind a comment are masked', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD /* new */ '${SECRET}' BOGUS;`);
    expect(screen).toMatchInlineSnapshot(`
      "Syntax error: unrecognized role option "bogus"
        db/migrations/002_role.sql:1:43
        1 │ ALTER ROLE x PASSWORD /* new */ '*******' BOGUS;
          │                                           ^
        Next: correct the statement and run the command again
      "
    `);
  });

  test('with a quote in them are masked to their end', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD 'it''s ${SECRET}' BOGUS;`);
    expect(screen).toMatchInlineSnapshot(`
      "Syntax error: unrecognized role option "bogus"
        db/migrations/002_role.sql:1:39
        1 │ ALTER ROLE x PASSWORD '**''*********' BOGUS;
          │                                       ^
        Next: correct the statement and run the command again
      "
    `);
  });

  test('in a quote that is never closed are masked', async () => {
    const { screen } = await tracesOf(`ALTER ROLE x PASSWORD '${SECRET};\nSELECT 1;`);
    expect(screen).toMatchInlineSnapshot(`
      "This quote is never closed, so the rest of the file is inside it
        db/migrations/002_role.sql:1:23
        1 │ ALTER ROLE x PASSWORD '********
          │                       ^
        Next: close it with ', and write a quote inside it as ''
      "
    `);
  });

  test('behind a misspelt keyword are masked', async () => {
    const { screen } = await tracesOf(`CREATE USER x PASSWROD '${SECRET}';`);
    expect(screen).toMatchInlineSnapshot(`
      "Syntax error: unrecognized role option "passwrod"
        db/migrations/002_role.sql:1:15
        1 │ CREATE USER x PASSWROD '*******';
          │               ^
        Next: correct the statement and run the command again
      "
    `);
  });

  test('of a migration that is applied are not kept', async () => {
    const { code, journal } = await tracesOf(`CREATE TABLE p AS SELECT 'postgres://ann:${SECRET}@db/app' AS url;`);
    expect([code, journal.includes('002_role')]).toEqual([0, true]);
  });

  test('of a connection that fails are not shown', async () => {
    const { code, screen } = await tracesOf('SELECT 1;', { DB_PASSWORD: SECRET });
    expect(code).toBe(2);
    expect(screen).toMatchInlineSnapshot(`
      "HOST:PORT does not accept the password of user "postgres", or has no such user
        28P01 password authentication failed for user "postgres"
        Next: set DB_USER and DB_PASSWORD, or correct them in DATABASE_URL (special characters percent-encoded)
      "
    `);
  });

  test('of a URL that cannot be read are not shown', async () => {
    const { code, screen } = await tracesOf('SELECT 1;', { DATABASE_URL: `postgres://ann:x@${SECRET}@db:5432/app` });
    expect(code).toBe(2);
    expect(screen).toMatchInlineSnapshot(`
      "DATABASE_URL is not a PostgreSQL URL
        Next: write it as DATABASE_URL=postgresql://user:password@host:5432/database (percent-encode special characters in the password)
      "
    `);
  });

  test('that are the name of the user hide nothing of what is told', async () => {
    const database = await freshDatabase();
    const role = `${database.database}_app`;
    await database.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD '${role}'`);
    const project = await createProject(database, { [up('001_a')]: `SELECT FROM ${role}_missing;` });
    const { screen } = await project.apply({ variables: { ...variablesOf(database), DB_USER: role, DB_PASSWORD: role } });
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    expect(screen).toContain(`relation "${role}_missing" does not exist`);
  });

  test('of the connection are hidden in whatever form a module throws them', async () => {
    const database = await freshDatabase();
    const [user, password] = [`${database.database}_role`, `s3cr%t@/:?#&é "q'$x`];
    await database.query(`create role ${user} login superuser password '${password.replaceAll("'", "''")}'`);
    onTestFinished(() => database.query(`drop owned by ${user} cascade; drop role ${user}`).then(() => undefined));
    const url = `postgres://${user}:${encodeURIComponent(password)}@${database.host}:${database.port}/${database.database}`;
    const { ours } = await createCheckout(database, {
      'migrations/002_code.ts':
        "export const up = async () => { const url = process.env.DATABASE_URL; throw new Error('no way to ' + url + ' or ' + decodeURIComponent(url) + ' with ' + process.env.PGPASSWORD); };\nexport const down = up;\n",
    });
    const variables = { DATABASE_URL: url, DB_PASSWORD: '', PGPASSWORD: 'an0ther one' };
    const reports = ['plain', 'pretty', 'json', 'github'].flatMap((report) => ['--report', report]);
    const ran = await ours(['migrate-up', '--env', 'test', ...reports], variables);
    const status = await ours(['migrate-status', '--env', 'test'], variables);
    const all = [ran.stdout, ran.stderr, status.stdout, JSON.stringify(await database.query('select * from schema_migrations_journal'))];
    expect([ran.code, status.stdout.includes('no way to')]).toEqual([1, true]);
    for (const text of all) expect(text).not.toMatch(/s3cr|%20%22q|"q|an0ther/);
  });

  test('rows of the server are no commands of a CI system', async () => {
    const row = "(E'a\\n::add-mask::e\\n::error::forged row')";
    const { ours } = await createCheckout(await freshDatabase(), {
      [up('002_u')]: `CREATE TABLE u (n text UNIQUE); INSERT INTO u VALUES ${row}, ${row};`,
    });
    const { code, stdout, stderr } = await ours(['migrate-up', '--env', 'test', '--report', 'plain', '--report', 'github']);
    const commands = `${stdout}\n${stderr}`.split('\n').filter((line) => /^\s*::/.test(line));
    expect([code, commands.length, commands[0]?.startsWith('::warning::') || commands[0]?.startsWith('::error ')]).toEqual([1, 2, true]);
    expect(stderr).toContain('\n\\x3a:add-mask::e\n\\x3a:error::forged row');
  });
});
