import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FORMS } from '../truth/forms.ts';
import { ours } from './contenders.ts';
import { median } from './measure.ts';
import type { BenchMigration } from './migrations.ts';

export interface LintBench {
  readonly rounds: number;
  /** A folder with SQL files, read with its subfolders; without it, the statements of the truth table. */
  readonly files?: string;
  readonly tell: (text: string) => void;
}

const MANY = 1_000;
const SQUAWK = path.join(import.meta.dirname, 'peers/node_modules/.bin/squawk');

interface Turn {
  readonly cold: number;
  readonly unchanged: number;
  readonly squawk: number;
}

/** How long lint takes for a thousand files, never seen and unchanged, beside squawk. Returns a section of the page. */
export function benchLint({ rounds, files, tell }: LintBench): string {
  if (!existsSync(SQUAWK)) tell('Not here: squawk (npm install --prefix bench/peers)\n');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-bench-'));
  try {
    const { cwd, layOut } = ours({ folder, port: 0, password: '', version: '', createDatabase: async () => {} });
    const migrations = files === undefined ? ofForms() : ofFolder(files);
    layOut(migrations, 0);
    const lint = [process.execPath, 'run.mjs', 'migrate-lint', '--all', '--server-version', '16'];
    const all = migrations.map(({ name }) => `db/migrations/${name}.sql`);
    // It builds itself.
    timed(lint, cwd);
    const turns = Array.from({ length: rounds }, (_, round): Turn => {
      tell(`Lint, round ${round + 1} of ${rounds}\n`);
      rmSync(path.join(cwd, '.lockstep/lint.json'), { force: true });
      const cold = timed(lint, cwd);
      const unchanged = timed(lint, cwd);
      return { cold, unchanged, squawk: existsSync(SQUAWK) ? timed([SQUAWK, ...all], cwd) : Number.NaN };
    });
    return lintPage(turns, migrations.length, files);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ofForms(): readonly BenchMigration[] {
  return Array.from({ length: MANY }, (_, i) => {
    const { id, given, sql } = FORMS[i % FORMS.length] as (typeof FORMS)[number];
    const up = i < FORMS.length ? `${given}\n${sql}` : sql;
    return { name: `${String(i + 1).padStart(4, '0')}_${id.replaceAll(/[^a-z0-9]+/g, '_')}`, up, down: '' };
  });
}

const ofFolder = (folder: string): readonly BenchMigration[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file, i) => ({
      name: `${String(i + 1).padStart(4, '0')}_${file
        .replaceAll(/[^a-z0-9]+/gi, '_')
        .toLowerCase()
        .slice(-60)}`,
      up: readFileSync(path.join(folder, file), 'utf8'),
      down: '',
    }));

/** Wall time in milliseconds. Findings are no failure. @throws Error with what it printed, where it ended otherwise */
function timed([program = '', ...args]: readonly string[], cwd: string): number {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 1024 ** 3 });
  if (status !== 0 && status !== 1) throw new Error(`${program} ended with ${status}:\n${(stderr || stdout).slice(-2000)}`);
  return performance.now() - startedAt;
}

function lintPage(turns: readonly Turn[], many: number, files: string | undefined): string {
  const squawk = median(turns.map((one) => one.squawk));
  const line = (title: string, ms: number): string =>
    `| ${title} | ${(ms / 1000).toFixed(2)} s | ${Number.isNaN(squawk) ? '–' : (ms / squawk).toFixed(2)} |`;
  return `## Lint

Measured by \`npm run bench -- --lint\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}: ${many.toLocaleString('en')} files, ${files === undefined ? 'the statements of the truth table' : 'of public projects'}, medians of ${turns.length} in turn. Ours follows the schema from
file to file; squawk reads each by itself.

| | wall time | as a multiple of squawk |
|---|---:|---:|
${[line('never seen', median(turns.map(({ cold }) => cold))), line('unchanged', median(turns.map(({ unchanged }) => unchanged))), line('squawk', squawk)].join('\n')}
`;
}
