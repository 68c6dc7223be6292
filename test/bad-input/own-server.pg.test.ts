import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair, refusalOf } from '../support/project.ts';
import { until } from '../support/wait.ts';
import { answerOf } from './answer.ts';
import { findOwnBinaries, type OwnServer, startOwnServer } from './own-server.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');
const SECOND = pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;');
const MAX_CONNECTIONS = 12;

const binaries = findOwnBinaries();
if (!binaries) process.stderr.write('skipped: the PostgreSQL 18 binaries are not installed: npm ci --include=optional\n');

describe.skipIf(!binaries)('a server of its own', () => {
  let server: OwnServer | undefined;

  beforeAll(async () => {
    if (binaries) server = await startOwnServer(binaries, MAX_CONNECTIONS);
  });
  afterAll(() => server?.end());

  const openDatabase = (): TestDatabase & OwnServer => {
    if (!server) throw new Error('the server is there inside tests only');
    const { host, port, user, password } = server;
    const connect: TestDatabase['connect'] = async () => {
      const client = new pg.Client({ host, port, user, password, database: 'postgres' });
      client.on('error', () => undefined);
      await client.connect();
      return client;
    };
    const query: TestDatabase['query'] = async (sql, values = []) => {
      const client = await connect();
      const { rows } = await client.query(sql, [...values]);
      await client.end();
      return rows;
    };
    return { ...server, database: 'postgres', url: '', connect, query };
  };

  test('without a free connection is refused', async () => {
    const database = openDatabase();
    const project = await createProject(database, FIRST);
    const clients = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => database.connect()));
    const answer = await refusalOf(project.apply());
    await Promise.all(clients.map((client) => client.end()));
    await until('the server to have let them go', () => database.query('select 1').catch(() => undefined));
    expect(answer).toMatchInlineSnapshot(`
      "HOST:PORT has no connection left
        53300 sorry, too many clients already
        Next: end one (see who is connected: SELECT pid, usename, application_name, state FROM pg_stat_activity;)
              or raise max_connections"
    `);
    expect(await database.query("select 1 from pg_class where relname like 'schema_migrations%'")).toEqual([]);
  });

  test('that is a standby is refused, and its status can be read', async () => {
    const database = openDatabase();
    const project = await createProject(database, FIRST);
    expect((await project.apply()).exitCode).toBe(0);
    await database.becomeStandby();
    await project.write(SECOND);
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT is a standby and takes no changes
        Next: set DB_HOST and DB_PORT to the primary, which this names: SELECT sender_host, sender_port FROM pg_stat_wal_receiver;"
    `);
    expect(await answerOf(database, () => project.rollback())).toBe(answer);
    expect((await project.status()).pending.map(({ name }) => name)).toEqual(['002_b']);
    expect((await project.dryRun('up')).steps.length).toBe(1);
    expect(await historyOf(database)).toEqual(['001_a']);
  });
});
