import pg from 'pg';
import { takeSnapshot } from '../src/snapshot/take-snapshot.ts';
import { median } from './measure.ts';
import { type BenchServer, withServer } from './server.ts';

export interface SnapshotBench {
  readonly rounds: number;
  /** By how many tables: each has a primary key, two more indexes, a foreign key and five columns. */
  readonly sizes: readonly number[];
  readonly tell: (text: string) => void;
}

interface Taken {
  readonly tables: number;
  readonly lines: number;
  readonly ms: readonly number[];
}

/** How long a picture of a schema takes. Returns a section of the page. */
export function benchSnapshots({ rounds, sizes, tell }: SnapshotBench): Promise<string> {
  return withServer(async (server) => {
    const taken: Taken[] = [];
    for (const tables of sizes) {
      tell(`A picture of ${tables.toLocaleString('en')} tables\n`);
      taken.push(await pictures(server, { tables, rounds }));
    }
    return snapshotsPage(taken, { rounds, version: server.version });
  });
}

async function pictures(server: BenchServer, { tables, rounds }: { readonly tables: number; readonly rounds: number }): Promise<Taken> {
  const database = 'bench_snapshot';
  await server.createDatabase(database);
  const client = new pg.Client({ host: '127.0.0.1', port: server.port, user: 'postgres', password: server.password, database });
  await client.connect();
  try {
    await client.query(`DO $$ BEGIN FOR i IN 1..${tables} LOOP EXECUTE format(
      'CREATE TABLE t%s (id bigint PRIMARY KEY, name text NOT NULL, parent bigint REFERENCES t%s, state text DEFAULT ''new'', made timestamptz DEFAULT now()); CREATE INDEX ON t%s (name); CREATE INDEX ON t%s (parent)',
      i, greatest(i - 1, 1), i, i); END LOOP; END $$`);
    await client.query('ANALYZE');
    const ms: number[] = [];
    let lines = 0;
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now();
      lines = (await takeSnapshot(client)).length;
      ms.push(performance.now() - startedAt);
    }
    return { tables, lines, ms };
  } finally {
    await client.end();
  }
}

const snapshotsPage = (
  taken: readonly Taken[],
  { rounds, version }: { readonly rounds: number; readonly version: string },
): string => `## A picture of a schema

Measured by \`npm run bench -- --snapshot\` on ${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}: what two schemas are compared by, read from the
catalogs in one message, ${rounds} times on one connection. Each table has five columns, a primary key, two more indexes and a foreign key.

| tables | lines | median | slowest |
|---:|---:|---:|---:|
${taken.map(({ tables, lines, ms }) => `| ${tables.toLocaleString('en')} | ${lines.toLocaleString('en')} | ${Math.round(median(ms))} ms | ${Math.round(Math.max(...ms))} ms |`).join('\n')}
`;
