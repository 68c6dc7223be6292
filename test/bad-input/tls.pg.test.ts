import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { expect, test } from 'vitest';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, pair, variablesOf } from '../support/project.ts';
import { answerOf } from './answer.ts';
import { listen } from './proxy.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

// Made once for these tests: for localhost, signed by itself, and valid for a hundred years or expired in 2020.
const fileOf = (name: string): string => path.join(import.meta.dirname, 'tls', name);
const key = readFileSync(fileOf('server.key'));

/** The same database behind a door that answers an SSLRequest with S (manual: protocol-flow, SSL Session Encryption). */
async function behindTls(database: TestDatabase, certificate: 'server.pem' | 'expired.pem'): Promise<TestDatabase> {
  const cert = readFileSync(fileOf(certificate));
  const door = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('S');
      const client = new tls.TLSSocket(socket, { isServer: true, key, cert });
      const server = net.connect(database.port, database.host);
      client.on('error', () => server.destroy()).pipe(server);
      server.on('error', () => client.destroy()).pipe(client);
    });
  });
  return { ...database, port: await listen(door) };
}

onServer('newest', 'TLS', ({ freshDatabase }) => {
  const applyWith = async (variables: Record<string, string>, env = 'test', certificate?: 'server.pem' | 'expired.pem') => {
    const database = await freshDatabase();
    const target = certificate ? await behindTls(database, certificate) : database;
    const project = await createProject(target, FIRST);
    const answer = await answerOf(database, () => project.apply({ env, variables: { ...variablesOf(target), ...variables } }));
    return answer.replaceAll(`localhost:${target.port}`, 'localhost:PORT');
  };

  test('is asked for and not offered', async () => {
    expect(await applyWith({ DB_SSL: 'require' })).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT does not offer TLS, and this connection asks for it (require)
        The server does not support SSL connections
        Next: switch TLS on at the server, or set DB_SSL=disable where the network is trusted"
    `);
    expect(await applyWith({ DB_SSL: 'verify-full' })).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT does not offer TLS, and this connection asks for it (verify-full)
        The server does not support SSL connections
        Next: switch TLS on at the server, or set DB_SSL=disable where the network is trusted"
    `);
  });

  test('is done without where DB_SSL says so, and where it is only preferred', async () => {
    for (const mode of ['disable', 'prefer']) {
      const database = await freshDatabase();
      const project = await createProject(database, FIRST);
      expect((await project.apply({ variables: { ...variablesOf(database), DB_SSL: mode } })).exitCode).toBe(0);
    }
  });

  test('with a certificate of an authority that nobody knows', async () => {
    expect(await applyWith({ DB_HOST: 'localhost', DB_SSL: 'verify-full' }, 'staging', 'server.pem')).toMatchInlineSnapshot(`
      "exit 2
      The certificate of localhost:PORT cannot be verified
        DEPTH_ZERO_SELF_SIGNED_CERT self-signed certificate
        Next: set DB_SSL_CA=/path/to/ca.pem to trust its authority, or set DB_SSL=require to encrypt without checking who answers"
    `);
  });

  test('with a certificate for another name', async () => {
    const variables = { DB_SSL: 'verify-full', DB_SSL_CA: fileOf('server.pem') };
    expect(await applyWith(variables, 'staging', 'server.pem')).toMatchInlineSnapshot(`
      "exit 2
      The certificate of HOST:PORT is for another name
        ERR_TLS_CERT_ALTNAME_INVALID Hostname/IP does not match certificate's altnames: IP: 127.0.0.1 is not in the cert's list: 
        Next: set DB_HOST to a name that the certificate has, or set DB_SSL=require to encrypt without checking who answers"
    `);
  });

  test('with a certificate that has expired', async () => {
    const variables = { DB_HOST: 'localhost', DB_SSL: 'verify-full', DB_SSL_CA: fileOf('expired.pem') };
    expect(await applyWith(variables, 'staging', 'expired.pem')).toMatchInlineSnapshot(`
      "exit 2
      The certificate of localhost:PORT has expired
        CERT_HAS_EXPIRED certificate has expired
        Next: renew it at the server, or set DB_SSL=require to encrypt without checking who answers"
    `);
  });

  test('with a DB_SSL_CA that is no certificate', async () => {
    const variables = { DB_HOST: 'localhost', DB_SSL: 'verify-full', DB_SSL_CA: import.meta.filename };
    expect((await applyWith(variables, 'staging', 'server.pem')).replace(import.meta.filename, 'FILE')).toMatchInlineSnapshot(`
      "exit 2
      The certificate authority file FILE holds no certificate
        Next: set DB_SSL_CA to the path of a PEM file that this user can read"
    `);
  });

  test('works after doing what the message says: either remedy', async () => {
    for (const remedy of [{ DB_SSL: 'verify-full', DB_SSL_CA: fileOf('server.pem') }, { DB_SSL: 'require' }]) {
      const database = await freshDatabase();
      const door = await behindTls(database, 'server.pem');
      const project = await createProject(door, FIRST);
      const { exitCode } = await project.apply({ env: 'staging', variables: { ...variablesOf(door), DB_HOST: 'localhost', ...remedy } });
      expect([exitCode, await historyOf(database)]).toEqual([0, ['001_a']]);
    }
  });
});
