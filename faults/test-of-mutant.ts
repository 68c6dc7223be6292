import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** One test by its title, which begins what vitest's `-t` is given. */
export interface TestOfMutant {
  readonly file: string;
  readonly title: string;
}

const ROOT = path.resolve(import.meta.dirname, '..');
const OTHERS = ['src', 'faults', 'test', 'knexfile.ts', 'vitest.config.ts', 'tsconfig.json', 'package.json'];

/** What a test needs, in a folder in which the sources may be changed. */
export function copyWithTests(root: string): void {
  const filter = (file: string): boolean => path.basename(file) !== 'node_modules';
  for (const name of OTHERS) fs.cpSync(path.join(ROOT, name), path.join(root, name), { recursive: true, filter });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'), 'dir');
}

interface VitestResult {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[] }[];
}

/** Runs one test there. @returns which test it was, where it failed. @throws where it did not run, which proves nothing */
export async function failsTest(root: string, { file, title }: TestOfMutant): Promise<string | undefined> {
  const report = path.join(root, 'result.json');
  const pattern = `${title.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
  const args = ['node_modules/vitest/vitest.mjs', 'run', file, '-t', pattern, '--reporter=json', `--outputFile=${report}`];
  await new Promise<void>((resolve) => {
    execFile(process.execPath, args, { cwd: root, env: { ...process.env, TEST_PG: '18' } }, () => resolve());
  });
  const { testResults } = JSON.parse(fs.readFileSync(report, 'utf8')) as VitestResult;
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const ran = results.filter(({ status }) => status === 'passed' || status === 'failed');
  if (ran.length === 0) throw new Error(`${file} has no test "${title}"`);
  return ran.some(({ status }) => status === 'failed') ? `${file}: ${title}` : undefined;
}
