import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Measured, median } from './measure.ts';

export interface Row {
  readonly title: string;
  /** By contender. */
  readonly measured: ReadonlyMap<string, readonly Measured[]>;
}

export interface Circumstances {
  readonly contenders: readonly string[];
  readonly rounds: number;
  readonly serverVersion: string;
}

/** The page that is kept: what was measured, on what, and how to measure it again. */
export function page(rows: readonly Row[], circumstances: Circumstances): string {
  const { contenders, rounds, serverVersion } = circumstances;
  const [first = '', ...others] = contenders;
  return `# Benchmarks

Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${rounds} rounds, contenders interleaved in rotating order, medians of wall time.
${machine()}; Node ${process.versions.node}, PostgreSQL ${serverVersion} with fsync on, on the same machine, knex ${versionOf('knex')}, pg ${versionOf('pg')}.
Read the ratios: the machine was not idle, and all contenders had the same neighbours.

## Wall time

| | ${contenders.join(' | ')} | ${others.map((name) => `${first} / ${name}`).join(' | ')} |
|---|${'---:|'.repeat(contenders.length + others.length)}
${rows.map((row) => timeLine(row, first, others)).join('\n')}

## Peak resident memory

| | ${contenders.join(' | ')} |
|---|${'---:|'.repeat(contenders.length)}
${rows.map((row) => `| ${row.title} | ${contenders.map((name) => `${Math.round(medianOf(row, name, 'peakMb'))} MB`).join(' | ')} |`).join('\n')}

${NOTES}`;
}

const NOTES = `## What is compared

Every contender gets the same SQL files: each small migration makes a table with a primary key, a row and an index; its rollback drops the table.

- **Lockstep**: \`node run.mjs migrate-up\`, what \`npm run migrate:*\` calls. All files are parsed before the first runs; each migration, its history row and its journal event are one transaction, under a lock that dies with its holder.
- **stock knex**: its own CLI, a plain knexfile, and modules that hand the text of their file to \`knex.raw\`. All pending migrations are one transaction, so it commits once, and a failure in the last undoes the first. Rollback is \`migrate:down\`.
- **plain pg**: 30 lines (\`bench/plain-pg.mjs\`) that send each file as one query and its history row, in one transaction per file. No lock, no check, no place of an error.

Process start is \`--help\` (Lockstep, stock knex), and connecting once with nothing to do (plain pg).

## Again

\`\`\`
npm run bench                   prints this page; about three minutes
npm run bench -- --write        writes it to docs/benchmarks.md
npm run bench -- --rounds 9     more rounds on a busy machine
npm run bench -- --quick        a minute: whether it works, not how fast
\`\`\`
`;

function timeLine(row: Row, first: string, others: readonly string[]): string {
  const own = medianOf(row, first, 'ms');
  const times = [first, ...others].map((name) => `${Math.round(medianOf(row, name, 'ms')).toLocaleString('en')} ms`);
  const ratios = others.map((name) => (own / medianOf(row, name, 'ms')).toFixed(2));
  return `| ${[row.title, ...times, ...ratios].join(' | ')} |`;
}

const medianOf = ({ measured }: Row, name: string, what: keyof Measured): number =>
  median((measured.get(name) ?? []).map((one) => one[what]));

function machine(): string {
  const cpus = os.cpus();
  return `${cpus.length} cores (${cpus[0]?.model.trim() ?? 'unknown'}), ${Math.round(os.totalmem() / 2 ** 30)} GB, ${os.type()} ${os.release()}`;
}

function versionOf(name: string): string {
  const file = path.resolve(import.meta.dirname, '../node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
