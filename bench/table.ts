import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Measured, median, type Results } from './measure.ts';

export interface Circumstances {
  readonly contenders: readonly string[];
  readonly rounds: number;
  readonly serverVersion: string;
}

type What = keyof Measured;
/** The median of an operation; undefined where the contender has none. */
type Median = (title: string, name: string, what: What) => number | undefined;

/** The page that is kept: what was measured, on what, and how to measure it again. */
export function page(results: Results, { contenders, rounds, serverVersion }: Circumstances): string {
  const medianOf: Median = (title, name, what) => {
    const measured = results.get(title)?.get(name);
    return measured && median(measured.map((one) => one[what]));
  };
  const table = (cell: (title: string, name: string) => string, columns = contenders): string =>
    [
      `| | ${columns.join(' | ')} |`,
      `|---|${'---:|'.repeat(columns.length)}`,
      ...[...results.keys()].map((title) => `| ${[title, ...columns.map((name) => cell(title, name))].join(' | ')} |`),
    ].join('\n');
  const whole = (what: What, unit: string) =>
    table((title, name) => {
      const value = medianOf(title, name, what);
      return value === undefined || Number.isNaN(value) ? '–' : `${Math.round(value).toLocaleString('en')} ${unit}`;
    });
  const bases = ['plain pg', 'psql'].filter((base) => contenders.includes(base));
  const multiples = (base: string): string =>
    table((title, name) => (['ms', 'cpuMs'] as const).map((what) => multiple(medianOf, { title, name, base, what })).join(' / '));
  return `# Benchmarks

Measured by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${rounds} rounds, contenders interleaved in rotating order, medians.
${machine()}; Node ${process.versions.node}, PostgreSQL ${serverVersion} with fsync on, on the same machine, knex ${versionOf('knex')}, pg ${versionOf('pg')}.
Read the multiples: the machine was not idle, and all contenders had the same neighbours.

${bases.map((base) => `## As a multiple of ${base}, wall time / processor time\n\n${multiples(base)}`).join('\n\n')}

## Wall time

${whole('ms', 'ms')}

## Processor time

${whole('cpuMs', 'ms')}

## Peak resident memory

${whole('peakMb', 'MB')}

${NOTES}`;
}

interface Comparison {
  readonly title: string;
  readonly name: string;
  readonly base: string;
  readonly what: What;
}

function multiple(medianOf: Median, { title, name, base, what }: Comparison): string {
  const [own, other] = [medianOf(title, name, what), medianOf(title, base, what)];
  return own === undefined || other === undefined ? '–' : (own / other).toFixed(2);
}

const NOTES = `## What is compared

Every contender gets the same SQL files: each small migration makes a table with a primary key, a row and an index; its rollback drops the table.

- **Lockstep**: \`node run.mjs migrate-up\`, what \`npm run migrate:*\` calls. All files are parsed before the first runs; each migration, its history row and its journal event are one transaction, under a lock that dies with its holder.
- **stock knex**: its own CLI, a plain knexfile, and modules that hand the text of their file to \`knex.raw\`. All pending migrations are one transaction, so it commits once, and a failure in the last undoes the first. Rollback is \`migrate:down\`.
- **plain pg**: 30 lines (\`bench/plain-pg.mjs\`) that send each file as one query and its history row, in one transaction per file. No lock, no check, no place of an error.
- **dbmate**, **node-pg-migrate**, **umzug** (\`npm install --prefix bench/peers\`): the same SQL in their formats; dbmate is a binary in Go, umzug has 30 lines around it (\`bench/peers/umzug.mjs\`).
- **psql**: is told what to run, each file in a transaction with its history row; it knows no files, so *nothing to do* and *status* are one query.

Process start is \`--help\`, and for plain pg, umzug and psql connecting once with nothing to do. Processor time is that of the command and of what it starts, without the server's.
Over the network means through a proxy that holds what is sent for 10 ms in each direction.

## Again

\`\`\`
npm run bench                   prints this page; about half an hour
npm run bench -- --write        writes it to docs/benchmarks.md
npm run bench -- --rounds 9     more rounds on a busy machine
npm run bench -- --quick        two minutes: whether it works, not how fast
\`\`\`
`;

function machine(): string {
  const cpus = os.cpus();
  return `${cpus.length} cores (${cpus[0]?.model.trim() ?? 'unknown'}), ${Math.round(os.totalmem() / 2 ** 30)} GB, ${os.type()} ${os.release()}`;
}

function versionOf(name: string): string {
  const file = path.resolve(import.meta.dirname, '../node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
