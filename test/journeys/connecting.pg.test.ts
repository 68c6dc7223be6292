import { chmodSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { parseDuration } from '../../src/cli/options.ts';
import { createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair, refusalOf, variablesOf } from '../support/project.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');
const fileOf = (name: string): string => path.join(import.meta.dirname, '../bad-input/tls', name);

/** A port on which nobody listens until it is opened. */
async function closedPort() {
  const probe = net.createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as net.AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function door(database: TestDatabase, onSocket: (socket: net.Socket) => net.Socket | tls.TLSSocket) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    const client = onSocket(socket);
    const behind = net.connect(database.port, database.host);
    client.on('error', () => behind.destroy()).pipe(behind);
    behind.on('error', () => client.destroy()).pipe(client);
  });
  onTestFinished(() => void server.close());
  return server;
}

onServer('newest', 'connecting', ({ freshDatabase }) => {
  test('--wait waits for a server that is not up yet, and without it the refusal comes at once', async () => {
    const database = await freshDatabase();
    const port = await closedPort();
    const project = await createProject(database, FIRST);
    const variables = { ...variablesOf(database), DB_PORT: String(port) };
    expect(await refusalOf(project.apply({ variables }))).toContain('ECONNREFUSED');
    const server = door(database, (socket) => socket);
    const run = project.apply({ variables, waitMs: 120_000 });
    await new Promise((resolve) => setTimeout(resolve, 700));
    server.listen(port, '127.0.0.1');
    expect((await run).exitCode).toBe(0);
  });

  test('--wait waits behind a proxy that lets in before there is anybody behind it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    let attempts = 0;
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      attempts += 1;
      if (attempts < 3) {
        socket.destroy();
        return;
      }
      const behind = net.connect(database.port, database.host);
      socket.pipe(behind).pipe(socket);
      behind.on('error', () => socket.destroy());
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const variables = { ...variablesOf(database), DB_PORT: String((server.address() as net.AddressInfo).port) };
    expect((await project.apply({ variables, waitMs: 120_000 })).exitCode).toBe(0);
    expect(attempts).toBeGreaterThanOrEqual(3);
  });

  test('--wait is for whoever only looks, too', async () => {
    const database = await freshDatabase();
    const port = await closedPort();
    const { ours } = await createCheckout(database);
    const run = ours(['migrate-status', '--wait', '120s'], { ...variablesOf(database), DB_PORT: String(port) });
    await new Promise((resolve) => setTimeout(resolve, 700));
    door(database, (socket) => socket).listen(port, '127.0.0.1');
    expect(await run).toMatchObject({ code: 0, stdout: expect.stringContaining('Applied: nothing yet') });
  });

  test('--wait ends, and says what did not answer', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    const variables = { ...variablesOf(database), DB_PORT: String(await closedPort()) };
    expect(await refusalOf(project.apply({ variables, waitMs: 300 }))).toContain('ECONNREFUSED');
  });

  test('--wait heeds a signal, also in the middle of an attempt', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    const silent = net.createServer(() => {});
    onTestFinished(() => void silent.close());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    for (const port of [await closedPort(), (silent.address() as net.AddressInfo).port]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort('SIGTERM'), 300);
      const startedAt = Date.now();
      const variables = { ...variablesOf(database), DB_PORT: String(port) };
      const refusal = await refusalOf(project.apply({ variables, waitMs: 120_000, interruption: controller.signal }));
      expect(refusal).toMatch(/^Interrupted by SIGTERM while waiting for HOST:PORT to answer; nothing was changed/);
      expect(Date.now() - startedAt).toBeLessThan(5_000);
    }
  });

  test('the password file is read as psql reads it, and nothing else is said about it', async () => {
    const database = await freshDatabase();
    const { ours, root, write } = await createCheckout(database);
    const { DB_PASSWORD = '', ...variables } = variablesOf(database);
    const file = path.join(root, 'pgpass');
    const escaped = (text: string): string => text.replaceAll(/[\\:]/g, '\\$&');
    await database.query(`CREATE ROLE ${database.database}_odd LOGIN SUPERUSER PASSWORD 'p:a\\ss'`);
    await write({
      pgpass: [
        '# a comment',
        'elsewhere:*:*:*:no',
        `${database.host}:${database.port}:*:${database.database}_odd:p\\:a\\\\ss`,
        `*:*:${database.database}:${database.user}:${escaped(DB_PASSWORD)}`,
      ].join('\n'),
    });
    const status = (user = database.user) => ours(['migrate-status'], { ...variables, DB_USER: user, PGPASSFILE: file });
    expect(await status()).toMatchObject({ code: 2, stderr: expect.stringContaining('(mode 0600)') });
    chmodSync(file, 0o600);
    expect(await status()).toMatchObject({ code: 0, stderr: '' });
    expect(await status(`${database.database}_odd`)).toMatchObject({ code: 0, stderr: '' });
    await database.query(`DROP ROLE ${database.database}_odd`);
  });

  test('shows a client certificate to a server that asks for one', async () => {
    const database = await freshDatabase();
    const shown: string[] = [];
    const server = net.createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write('S');
        const client = new tls.TLSSocket(socket, {
          isServer: true,
          requestCert: true,
          rejectUnauthorized: false,
          key: readFileSync(fileOf('server.key')),
          cert: readFileSync(fileOf('server.pem')),
        });
        client.once('secure', () => shown.push(String(client.getPeerCertificate().subject?.CN ?? 'nobody')));
        const behind = net.connect(database.port, database.host);
        client.on('error', () => behind.destroy()).pipe(behind);
        behind.on('error', () => client.destroy()).pipe(client);
      });
    });
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const project = await createProject(database, FIRST);
    const variables = {
      ...variablesOf(database),
      DB_HOST: 'localhost',
      DB_PORT: String((server.address() as net.AddressInfo).port),
      DB_SSL: 'verify-full',
      DB_SSL_CA: fileOf('server.pem'),
      DB_SSL_CERT: fileOf('server.pem'),
      DB_SSL_KEY: fileOf('server.key'),
    };
    expect((await project.apply({ variables })).exitCode).toBe(0);
    expect(new Set(shown)).toEqual(new Set(['lockstep test']));
    expect(await refusalOf(project.apply({ variables: { ...variables, DB_SSL_KEY: fileOf('server.pem') } }))).toMatch(
      /The client key file .*server\.pem holds no private key\n {2}Next: set DB_SSL_KEY/,
    );
  });

  test.each([
    ['60s', 60_000],
    ['2min', 120_000],
    ['500ms', 500],
    ['90', 90_000],
    ['1.5 s', 1_500],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['soon', '60 seconds', '-1s', ''])('"%s" is no duration', (text) =>
    expect(() => parseDuration(text)).toThrow('is no duration'),
  );
});
