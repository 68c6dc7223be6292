import pg from 'pg';
import { WireProxy } from '../faults/wire-proxy.ts';
import { split } from '../src/sql/text/split.ts';
import { TokenHash } from '../src/sql/text/token-hash.ts';
import { ours } from './contenders.ts';
import { measure, median } from './measure.ts';
import { smallMigrations } from './migrations.ts';
import { type BenchServer, withServer } from './server.ts';

const MIGRATIONS = 200;
const BESIDE = [0, 1_000];
const SHOWN = 70;

/** What a statement of a step costs the server, in microseconds, by how many other tables there are. */
type Costs = Map<string, number[]>;

/**
 * What one migration asks of the server, statement by statement: the messages of a real run, sent again one statement at a time.
 * Returns a section of the page.
 */
export function benchStatements(tell: (text: string) => void): Promise<string> {
  return withServer(async (server) => {
    const columns: Costs[] = [];
    for (const tables of BESIDE) {
      tell(`Statements beside ${tables} tables\n`);
      columns.push(await costsBeside(server, tables));
    }
    return statementsPage(columns);
  });
}

async function costsBeside(server: BenchServer, tables: number): Promise<Costs> {
  const messages: string[] = [];
  const keep = (bytes: Buffer): Buffer => {
    if (bytes[0] === 'Q'.charCodeAt(0)) messages.push(bytes.toString('utf8', 5, bytes.length - 1));
    return bytes;
  };
  const proxy = new WireProxy({ host: '127.0.0.1', port: server.port }, undefined, keep);
  const contender = ours({ ...server, port: await proxy.listen(), folder: `${server.folder}/${tables}` });
  await server.createDatabase(contender.database);
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: 'postgres',
    password: server.password,
    database: contender.database,
  });
  await client.connect();
  try {
    await client.query(
      `DO $$ BEGIN FOR i IN 1..${tables} LOOP EXECUTE format('CREATE TABLE other_%s (id int PRIMARY KEY)', i); END LOOP; END $$`,
    );
    contender.layOut(smallMigrations(MIGRATIONS), 0);
    await measure(contender, 'apply');
    const steps = messages.filter((text) => text.includes('CREATE TABLE bench_'));
    return await replay(
      client,
      steps.map((text) => text.replaceAll('bench_', 'again_')),
    );
  } finally {
    await client.end();
    await proxy.close();
  }
}

async function replay(client: pg.Client, messages: readonly string[]): Promise<Costs> {
  const costs: Costs = new Map([[EMPTY, []]]);
  for (const message of messages) {
    costs.get(EMPTY)?.push(await time(client, ''));
    const seen = new Map<string, number>();
    for (const piece of split(message, new TokenHash())) {
      if (piece.kind !== 'statement' && piece.kind !== 'constant-insert') continue;
      const text = message.slice(piece.start, piece.end);
      const label = labelOf(text);
      const count = (seen.get(label) ?? 0) + 1;
      seen.set(label, count);
      const title = count === 1 ? label : `${label} (${count})`;
      costs.set(title, [...(costs.get(title) ?? []), await time(client, text)]);
    }
  }
  return costs;
}

/** The round trip alone, which is taken from every other. */
const EMPTY = '';

/** Alike from step to step. */
const labelOf = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll(/\d+/g, 'N').slice(0, SHOWN).trim();

async function time(client: pg.Client, text: string): Promise<number> {
  const startedAt = performance.now();
  await client.query(text);
  return (performance.now() - startedAt) * 1000;
}

function statementsPage(columns: readonly Costs[]): string {
  const cost = (costs: Costs, label: string): number => Math.max(0, median(costs.get(label) ?? [0]) - median(costs.get(EMPTY) ?? [0]));
  const labels = [...(columns[0]?.keys() ?? [])].filter((label) => label !== EMPTY);
  const sums = columns.map((costs) => labels.reduce((sum, label) => sum + cost(costs, label), 0));
  const rows = labels.map(
    (label) => `| \`${label.replaceAll('|', '\\|')}\` | ${columns.map((costs) => Math.round(cost(costs, label))).join(' | ')} |`,
  );
  return `## What a migration asks of the server

Measured by \`npm run bench -- --statements\` on ${new Date().toISOString().slice(0, 10)}: the one message of a migration, sent again one
statement at a time, medians of ${MIGRATIONS} in microseconds, less a round trip. The statements of the file itself are among them.

| statement | ${BESIDE.map((tables) => `beside ${tables.toLocaleString('en')} tables`).join(' | ')} |
|---|${'---:|'.repeat(BESIDE.length)}
${rows.join('\n')}
| all | ${sums.map(Math.round).join(' | ')} |
`;
}
