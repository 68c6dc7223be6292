import net from 'node:net';
import { expect, test } from 'vitest';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, variablesOf } from '../support/project.ts';
import { answerOf, asNewRole } from './answer.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

onServer('newest', 'connecting', ({ freshDatabase }) => {
  const applyWith = async (change: (database: TestDatabase) => Record<string, string>, env = 'test'): Promise<string> => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    const variables = { ...variablesOf(database), ...change(database) };
    const answer = await answerOf(database, () => project.apply({ env, variables }));
    expect(answer).not.toContain(database.password);
    return answer;
  };

  test('a port on which nothing listens', async () => {
    const port = await freePort();
    expect(await applyWith(() => ({ DB_PORT: String(port) }))).toMatchInlineSnapshot(`
      "exit 2
      Nothing listens on HOST:PORT
        connect ECONNREFUSED HOST:PORT
        Next: start the server, or set DB_HOST and DB_PORT (or DATABASE_URL) to where it is"
    `);
  });

  test('a socket folder without a socket', async () => {
    expect(await applyWith(() => ({ DB_HOST: '/no/such/folder', DB_PORT: '5432' }))).toMatchInlineSnapshot(`
      "exit 2
      Nothing listens on /no/such/folder (port 5432)
        connect ENOENT /no/such/folder/.s.PGSQL.5432
        Next: start the server, or set DB_HOST and DB_PORT (or DATABASE_URL) to where it is"
    `);
  });

  test('a host that nobody knows', async () => {
    const answer = await applyWith(() => ({ DB_HOST: 'db.invalid', DB_PORT: '5432' }));
    // Without a network the resolver says EAI_AGAIN.
    expect(answer.replaceAll('EAI_AGAIN', 'ENOTFOUND')).toMatchInlineSnapshot(`
      "exit 2
      The host of db.invalid:5432 is not known
        getaddrinfo ENOTFOUND db.invalid
        Next: correct DB_HOST or DATABASE_URL"
    `);
  });

  test('a wrong password', async () => {
    const answer = await applyWith(() => ({ DB_PASSWORD: 'hunter2' }));
    expect(answer).not.toContain('hunter2');
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT does not accept the password of user "postgres", or has no such user
        28P01 password authentication failed for user "postgres"
        Next: set DB_USER and DB_PASSWORD, or correct them in DATABASE_URL (special characters percent-encoded)"
    `);
  });

  test('no password', async () => {
    expect(await applyWith(() => ({ DB_PASSWORD: '' }))).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT asks for a password and none is set
        Next: set DB_PASSWORD, or add the password to DATABASE_URL or ~/.pgpass (mode 0600)"
    `);
  });

  test('a role that does not exist', async () => {
    expect(await applyWith(() => ({ DB_USER: 'nobody_such' }))).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT does not accept the password of user "nobody_such", or has no such user
        28P01 password authentication failed for user "nobody_such"
        Next: set DB_USER and DB_PASSWORD, or correct them in DATABASE_URL (special characters percent-encoded)"
    `);
  });

  test('a role that may not log in', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database, 'nologin');
    const project = await createProject(role, FIRST);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT does not let user "DATABASE_role" in
        28000 role "DATABASE_role" is not permitted to log in
        Next: set DB_USER to a role that may log in, or ask for a line in pg_hba.conf"
    `);
  });

  test('a role that has used up its connections', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database, 'login connection limit 0');
    const project = await createProject(role, FIRST);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      User "DATABASE_role" has no connection left
        53300 too many connections for role "DATABASE_role"
        Next: end one (see who is connected: SELECT pid, usename, application_name, state FROM pg_stat_activity;)
              or lift the limit: ALTER ROLE "DATABASE_role" CONNECTION LIMIT -1;"
    `);
  });

  test('a database that has used up its connections', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    await database.query(`alter database ${database.database} connection limit 0`);
    const project = await createProject(role, FIRST);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      Database "DATABASE" has no connection left
        53300 too many connections for database "DATABASE"
        Next: end one (see who is connected: SELECT pid, usename, application_name, state FROM pg_stat_activity;)
              or lift the limit: ALTER DATABASE "DATABASE" CONNECTION LIMIT -1;"
    `);
  });

  test('an absent database is made in test', async () => {
    const database = await freshDatabase();
    const absent = { ...database, database: `${database.database}_absent` };
    const project = await createProject(absent, FIRST);
    try {
      expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
        "exit 0
        Created database "DATABASE_absent"
        test: DATABASE_absent on HOST:PORT, PostgreSQL VERSION
        Plan: apply 1 migration
          001_a
        1/1 001_a
        1/1 001_a applied in DURATION
        Applied 1 migration in DURATION (test)
        journal: COUNT events, head HEAD
        "
      `);
    } finally {
      await database.query(`drop database if exists ${absent.database} with (force)`);
    }
  });

  test('an absent database is not made in staging, and status and dry run do not make it either', async () => {
    const absent = (database: TestDatabase) => ({ DB_NAME: `${database.database} absent` });
    expect(await applyWith(absent, 'staging')).toMatchInlineSnapshot(`
      "exit 2
      Database "DATABASE absent" does not exist on HOST:PORT
        3D000 database "DATABASE absent" does not exist
        Next: psql -h 127.0.0.1 -p PORT -U postgres -d postgres -c 'CREATE DATABASE "DATABASE absent"'"
    `);
    const database = await freshDatabase();
    const project = await createProject({ ...database, database: 'no_such_database' }, FIRST);
    expect(await answerOf(database, () => project.status())).toContain('exit 2\nDatabase "no_such_database" does not exist on HOST:PORT');
    expect((await project.dryRun('up')).steps.length).toBe(1);
    expect(await database.query("select 1 from pg_database where datname = 'no_such_database'")).toEqual([]);
  });

  test('an absent database that the role may not make', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    const project = await createProject({ ...role, database: 'no_such_database' }, FIRST);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      Database "no_such_database" cannot be created: permission denied to create database
        42501
        Next: as a role that may: CREATE DATABASE "no_such_database" OWNER "DATABASE_role";"
    `);
  });

  test('an absent schema is made in test', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    const { exitCode, screen } = await project.apply({ variables: { ...variablesOf(database), DB_SCHEMA: 'App' } });
    expect([exitCode, screen.split('\n')[0]]).toEqual([0, 'Created schema "App"']);
    expect([await isThere(database, '"App".a'), await isThere(database, 'public.a')]).toEqual([true, false]);
  });

  test('a schema whose name is reserved is not to be made by anybody', async () => {
    expect(await applyWith(() => ({ DB_SCHEMA: 'pg_app' }))).toContain('Next: set DB_SCHEMA to a name that does not begin with pg_');
  });

  test('an absent schema is not made in staging', async () => {
    expect(await applyWith(() => ({ DB_SCHEMA: 'App' }), 'staging')).toMatchInlineSnapshot(`
      "exit 2
      Schema "App" does not exist in database "DATABASE"
        Next: CREATE SCHEMA "App";   or correct DB_SCHEMA"
    `);
  });

  test('an absent schema that the role may not make', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    const project = await createProject(role, FIRST);
    const variables = { ...variablesOf(role), DB_SCHEMA: 'App' };
    expect(await answerOf(database, () => project.apply({ variables }))).toMatchInlineSnapshot(`
      "exit 2
      Schema "App" cannot be created: permission denied for database DATABASE
        42501
        Next: as the owner of the database: CREATE SCHEMA "App" AUTHORIZATION "DATABASE_role";"
    `);
  });

  test('a server that hangs up', async () => {
    const server = net.createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    expect(await applyWith(() => ({ DB_PORT: String(port) }))).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT closes the connection before it is made: not a PostgreSQL server, or TLS is required
        Connection terminated unexpectedly
        Next: set DB_HOST and DB_PORT to where PostgreSQL is, or DB_SSL=require"
    `);
    server.close();
  });

  test('a server that is no PostgreSQL', async () => {
    const server = net.createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    expect(await applyWith(() => ({ DB_PORT: String(port) }))).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT closes the connection before it is made: not a PostgreSQL server, or TLS is required
        Connection terminated unexpectedly
        Next: set DB_HOST and DB_PORT to where PostgreSQL is, or DB_SSL=require"
    `);
    server.close();
  });

  test('settings that are right after all', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    const variables = { DATABASE_URL: database.url, DB_PASSWORD: '' };
    expect((await project.apply({ variables })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a']);
  });
});
