// What makes thousands of connections to hundreds of new databases cheaper, and is the same for whoever connects.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

/** A server that all tests of this run share. */
export interface TestServer {
  readonly major: number;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Call it once, when the server is new. */
export async function makeCheap(server: TestServer): Promise<void> {
  // The first session in a database leaves a file of what each session has to know, and copies of the database have it too.
  await inDatabase(server, 'template1', 'select 1');
  await inDatabase(
    server,
    'postgres',
    `alter database template1 allow_connections false; alter role ${server.user} password '${verifierOf(server.password)}'`,
  );
}

async function inDatabase({ host, port, user, password }: TestServer, database: string, sql: string): Promise<void> {
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  await client.query(sql);
  await client.end();
}

// PostgreSQL takes 4096, to slow down who guesses passwords; it slows down who knows them as well.
const ITERATIONS = 1;

/** What the server keeps of a password (RFC 5803). */
function verifierOf(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const keyed = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(keyed('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${keyed('Server Key').toString('base64')}`;
}
