import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, inject, onTestFinished } from 'vitest';
import type { TestServer } from './cheap-server.ts';

/** A fresh, empty database: settings to hand to the code under test, and clients of one's own. */
export interface TestDatabase extends TestServer {
  readonly database: string;
  readonly url: string;
  /** A connected client, closed with the database. */
  readonly connect: () => Promise<pg.Client>;
  /** One statement on a connection of its own; its rows. */
  readonly query: (sql: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
}

export interface ServerUnderTest extends TestServer {
  /** A database for the running test, dropped when it ends. */
  readonly freshDatabase: () => Promise<TestDatabase>;
  /** A database for all tests of this block, made before the first and dropped after the last. */
  readonly sharedDatabase: () => () => TestDatabase;
}

type Body = (server: ServerUnderTest) => void;

/** Runs the body once for each server major that is there. */
export function onEachServer(name: string, body: Body): void {
  for (const server of inject('servers')) describeOn(server, name, body);
  for (const major of inject('missingMajors'))
    describe.skip(`${name} (PostgreSQL ${major} is not installed)`, () => body(absentServer(major)));
}

/** Runs the body on the newest major and, in CI, on the oldest: for many cases of which the ones in between would tell nothing new. */
export function onOldestAndNewest(name: string, body: Body): void {
  const servers = [...inject('servers')].sort((a, b) => a.major - b.major);
  for (const server of new Set([servers.at(process.env['CI'] ? 0 : -1), servers.at(-1)])) if (server) describeOn(server, name, body);
  for (const major of inject('missingMajors'))
    describe.skip(`${name} (PostgreSQL ${major} is not installed)`, () => body(absentServer(major)));
}

/** Runs the body on one server: the given major, or the newest that is there. */
export function onServer(major: number | 'newest', name: string, body: Body): void {
  const servers = [...inject('servers')].sort((a, b) => b.major - a.major);
  const server = major === 'newest' ? servers[0] : servers.find((it) => it.major === major);
  if (server) describeOn(server, name, body);
  else describe.skip(`${name} (PostgreSQL ${major} is not part of this run)`, () => body(absentServer(Number(major))));
}

/** For a test that opens its own: `{ host, port, user, password, database }`. */
async function openClient(server: TestServer, database: string): Promise<pg.Client> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database });
  // A client whose database is dropped under it must not end the test run.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function describeOn(server: TestServer, name: string, body: Body): void {
  describe(`${name} (PostgreSQL ${server.major})`, () =>
    body({ ...server, freshDatabase: () => freshDatabase(server), sharedDatabase: () => sharedDatabase(server) }));
}

async function freshDatabase(server: TestServer): Promise<TestDatabase> {
  const { database, drop } = await createDatabase(server);
  onTestFinished(drop);
  return database;
}

function sharedDatabase(server: TestServer): () => TestDatabase {
  let made: Awaited<ReturnType<typeof createDatabase>> | undefined;
  beforeAll(async () => {
    made = await createDatabase(server);
  });
  afterAll(() => made?.drop());
  return () => {
    if (!made) throw new Error('the shared database is there inside tests and hooks only');
    return made.database;
  };
}

async function createDatabase(server: TestServer): Promise<{ readonly database: TestDatabase; readonly drop: () => Promise<void> }> {
  const name = `t_${process.pid}_${randomBytes(4).toString('hex')}`;
  // template1 takes no connections, so nobody can block the copy; without fsync its files are copied in half the time that it takes to log them.
  await administer(server, `create database ${name} ${server.major >= 15 ? 'strategy file_copy' : ''}`);
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const client = await openClient(server, name);
    clients.push(client);
    return client;
  };
  const drop = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.end()));
    await administer(server, `drop database if exists ${name} with (force)`);
  };
  return {
    database: {
      ...server,
      database: name,
      url: urlOf(server, name),
      connect,
      query: (sql, values) => queryOnce(server, name, { sql, values }),
    },
    drop,
  };
}

async function queryOnce(
  server: TestServer,
  database: string,
  { sql, values = [] }: { readonly sql: string; readonly values?: readonly unknown[] | undefined },
): Promise<readonly Record<string, unknown>[]> {
  const client = await openClient(server, database);
  try {
    const { rows }: { readonly rows: readonly Record<string, unknown>[] } = await client.query(sql, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

/** Connections to the servers themselves, one for all databases that this worker makes. */
const administrators = new Map<number, Promise<pg.Client>>();

async function connectOnce(server: TestServer): Promise<pg.Client> {
  const connecting = openClient(server, 'postgres');
  administrators.set(server.port, connecting);
  // A test may have ended whatever was connected.
  (await connecting).once('end', () => administrators.delete(server.port));
  return connecting;
}

async function administer(server: TestServer, sql: string): Promise<void> {
  const client = await (administrators.get(server.port) ?? connectOnce(server));
  await client.query(sql);
}

function urlOf({ user, password, host, port }: TestServer, database: string): string {
  return `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
}

function absentServer(major: number): ServerUnderTest {
  const refuse = (): never => {
    throw new Error(`PostgreSQL ${major} is not part of this run`);
  };
  return { major, host: '', port: 0, user: '', password: '', freshDatabase: async () => refuse(), sharedDatabase: () => refuse };
}
