import { execFileSync } from 'node:child_process';
import pg from 'pg';
import { type TransferWish, transferRows } from '../src/transfer/transfer-rows.ts';
import { median } from './measure.ts';
import { type BenchServer, withServer } from './server.ts';

export interface CopyBench {
  readonly rounds: number;
  readonly rows: number;
  readonly tell: (text: string) => void;
}

/** What a rehearsal copies, and how. */
const WISHES: Readonly<Record<string, Partial<TransferWish>>> = {
  "a rehearsal's copy": {},
  'the same, one column masked': { mask: ['users.mail'] },
  'the same, 5 % sampled': { sample: { percent: 5, seed: 0 } },
};

const PIPE = 'COPY … TO STDOUT into COPY … FROM STDIN, by two psql';

const TABLE = `CREATE TABLE users (id bigint PRIMARY KEY, mail text NOT NULL, tenant int, note text, made timestamptz)`;

/** How long rows take from one database into another, in turn by a pipe and by us. Returns a section of the page. */
export function benchCopies({ rounds, rows, tell }: CopyBench): Promise<string> {
  return withServer(async (server) => {
    for (const name of ['source', 'scratch']) {
      await server.createDatabase(name);
      await run(server, name, TABLE);
    }
    await run(
      server,
      'source',
      `INSERT INTO users SELECT i, 'user' || i || '@example.org', i % 100, md5(i::text) || md5((i + 1)::text), now() FROM generate_series(1, ${rows}) i; ANALYZE`,
    );
    const taken = new Map<string, number[]>();
    for (let round = 0; round < rounds; round += 1) {
      tell(`A copy of ${rows.toLocaleString('en')} rows: round ${round + 1} of ${rounds}\n`);
      for (const [name, copy] of contenders(server)) {
        await run(server, 'scratch', 'TRUNCATE users; CHECKPOINT');
        const startedAt = performance.now();
        await copy();
        taken.set(name, [...(taken.get(name) ?? []), performance.now() - startedAt]);
      }
    }
    return copiesPage(taken, { rounds, rows, version: server.version });
  });
}

function contenders(server: BenchServer): readonly (readonly [string, () => unknown])[] {
  const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(server.port), PGUSER: 'postgres', PGPASSWORD: server.password };
  const pipe = "psql -q -d source -c 'COPY users TO STDOUT' | psql -q -d scratch -c 'COPY users FROM STDIN'";
  return [
    [PIPE, () => execFileSync('bash', ['-o', 'pipefail', '-c', pipe], { env })],
    ...Object.entries(WISHES).map(([name, wish]) => [name, () => transfer(server, wish)] as const),
  ];
}

const transfer = (server: BenchServer, wish: Partial<TransferWish>) =>
  transferRows({
    source: settingsOf(server, 'source'),
    scratch: { settings: settingsOf(server, 'scratch'), prefix: 'scratch' },
    isOurs: () => false,
    mask: [],
    maskKey: Buffer.alloc(32),
    signal: new AbortController().signal,
    onRows: () => {},
    ...wish,
  });

const settingsOf = ({ port, password }: BenchServer, database: string) =>
  ({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    database,
    schema: 'public',
    schemaIsChosen: false,
    tls: 'disable',
    embedded: false,
  }) as const;

async function run({ port, password }: BenchServer, database: string, sql: string): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database });
  await client.connect();
  await client.query(sql);
  await client.end();
}

function copiesPage(
  taken: ReadonlyMap<string, readonly number[]>,
  { rounds, rows, version }: { readonly rounds: number; readonly rows: number; readonly version: string },
): string {
  const plain = median(taken.get(PIPE) ?? []);
  const line = ([name, ms]: readonly [string, readonly number[]]): string =>
    `| ${name} | ${(median(ms) / 1000).toFixed(1)} s | ${(median(ms) / plain).toFixed(2)} |`;
  return `## A copy of rows

Measured by \`npm run bench -- --copy\` on ${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version} with fsync on: ${rows.toLocaleString('en')} rows of five columns with a primary key, from one database of a server into
another, ${rounds} times in turn, medians. A rehearsal's copy also reads both schemas, empties the tables, sets sequences and analyzes.

| | wall time | as a multiple of the pipe |
|---|---:|---:|
${[...taken].map(line).join('\n')}
`;
}
