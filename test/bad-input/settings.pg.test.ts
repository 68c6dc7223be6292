import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair, variablesOf } from '../support/project.ts';
import { answerOf } from './answer.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

onServer('newest', 'settings', ({ freshDatabase }) => {
  const applyWith = async (change: (database: TestDatabase) => Record<string, string>, env = 'test'): Promise<string> => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    const answer = await answerOf(database, () => project.apply({ env, variables: change(database) }));
    expect(answer).not.toContain(database.password);
    expect(answer).not.toContain('hunter2');
    return answer;
  };

  test('an unknown environment is refused', async () => {
    expect(await applyWith(variablesOf, 'live')).toMatchInlineSnapshot(`
      "exit 2
      There is no environment "live"; there are development, staging, production, test (and dev, prod for short)
        Next: npm run migrate:status -- --env development"
    `);
  });

  test('an environment about which nothing is said is refused', async () => {
    expect(await applyWith(() => ({}), 'staging')).toMatchInlineSnapshot(`
      "exit 2
      Nothing says where the staging database is
        Next: set DATABASE_URL, or DB_HOST, DB_NAME, DB_USER and DB_PASSWORD, or write them to .env.staging"
    `);
  });

  test.each(['54x2', '0', '70000', '-1', '54.32'])('DB_PORT=%s is refused', async (port) => {
    const answer = await applyWith((database) => ({ ...variablesOf(database), DB_PORT: port }));
    expect(answer.replace(port, 'BAD')).toMatchInlineSnapshot(`
      "exit 2
      The port "BAD" is not a number from 1 to 65535
        Next: set DB_PORT=5432"
    `);
  });

  test('an unknown DB_SSL is refused', async () => {
    expect(await applyWith((database) => ({ ...variablesOf(database), DB_SSL: 'yes please' }))).toMatchInlineSnapshot(`
      "exit 2
      There is no TLS mode "yes please" (DB_SSL, or sslmode in DATABASE_URL); there are disable, prefer, require and verify-full
        Next: set DB_SSL=verify-full"
    `);
  });

  test('an unknown sslmode in DATABASE_URL is refused', async () => {
    expect(await applyWith(({ url }) => ({ DATABASE_URL: `${url}?sslmode=maybe` }))).toMatchInlineSnapshot(`
      "exit 2
      There is no TLS mode "maybe" (DB_SSL, or sslmode in DATABASE_URL); there are disable, prefer, require and verify-full
        Next: set DB_SSL=verify-full"
    `);
  });

  test.each([
    ['another scheme', (url: string) => url.replace('postgres:', 'mysql:')],
    ['no scheme', (url: string) => url.replace('postgres://', '')],
    ['a port of letters', (url: string) => url.replace(/:\d+\//, ':port/')],
    ['a raw @ in the password', (url: string) => url.replace('@', 'x@hunter2@')],
    ['a bad escape in the password', (url: string) => url.replace('@', '%zz@')],
  ])('a DATABASE_URL with %s is refused without repeating it', async (_, change) => {
    const answer = await applyWith(({ url }) => ({ DATABASE_URL: change(url) }));
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      DATABASE_URL is not a PostgreSQL URL
        Next: write it as DATABASE_URL=postgresql://user:password@host:5432/database (percent-encode special characters in the password)"
    `);
  });

  test.each(['/', '?', '#', ' ', ':'])('a raw %s in the password of DATABASE_URL is taken as it is, and not repeated', async (mark) => {
    const answer = await applyWith(({ url }) => ({ DATABASE_URL: url.replace('@', `${mark}hunter2@`) }));
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT does not accept the password of user "postgres", or has no such user
        28P01 password authentication failed for user "postgres"
        Next: set DB_USER and DB_PASSWORD, or correct them in DATABASE_URL (special characters percent-encoded)"
    `);
  });

  test('an unreadable DB_SSL_CA is refused', async () => {
    const variables = (database: TestDatabase) => ({ ...variablesOf(database), DB_SSL: 'verify-full', DB_SSL_CA: '/no/such/ca.pem' });
    expect(await applyWith(variables)).toMatchInlineSnapshot(`
      "exit 2
      The certificate authority file /no/such/ca.pem cannot be read (ENOENT)
        Next: set DB_SSL_CA to the path of a PEM file that this user can read"
    `);
  });

  test('bad start-up options are refused', async () => {
    const answer = await applyWith(({ url }) => ({ DATABASE_URL: `${url}?options=-c%20no_such_setting%3D1` }));
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT does not know a start-up option
        42704 unrecognized configuration parameter "no_such_setting"
        Next: correct options= in DATABASE_URL, or PGOPTIONS"
    `);
  });

  test.each(['a.example.com,b.example.com', 'a.example.com:5432,b.example.com:5433'])('several servers (%s) are refused', async (hosts) => {
    const refusal = `exit 2
DATABASE_URL, DB_HOST or PGHOST names several servers, and migrations go to one
  Next: name the primary alone`;
    expect(await applyWith(() => ({ DATABASE_URL: `postgresql://app:hunter2@${hosts}/app` }))).toBe(refusal);
    if (!hosts.includes(':')) expect(await applyWith((database) => ({ ...variablesOf(database), DB_HOST: hosts }))).toBe(refusal);
  });

  test.each([
    ['does not parse', 'const = 1;', 'knexfile.ts:7:6: ERROR: Expected identifier but found "="'],
    ['fails', 'nowhere.to.be.found();', 'nowhere is not defined'],
  ])('a knexfile that %s is refused without a trace', async (_, line, why) => {
    const database = await freshDatabase();
    const { ours, knex, root, write } = await createCheckout(database);
    await write({ 'knexfile.ts': `${readFileSync(path.join(root, 'knexfile.ts'), 'utf8')}${line}\n` });
    const { code, stderr } = await ours(['migrate-status']);
    expect(`exit ${code}\n${stderr}`).toBe(`exit 2
knexfile.ts, or a module that it needs, cannot be loaded: ${why}
  Next: correct it, then run the same command again
`);
    if (line.includes('=')) expect((await knex(['migrate:status'])).stderr).not.toMatch(/^ +at /m);
  });
});
