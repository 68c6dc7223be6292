import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The project without its packages, except those named. */
function scratch(...packages: readonly string[]): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-bare-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['build.mjs', 'bundles.mjs', 'run.mjs', 'knexfile.js', 'knexfile.ts', 'package.json', 'scripts', 'src'])
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  for (const name of packages) {
    mkdirSync(path.dirname(path.join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(path.join(ROOT, 'node_modules', name), path.join(folder, 'node_modules', name), 'dir');
  }
  return folder;
}

function run(cwd: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const { PATH = '' } = process.env;
    execFile(process.execPath, [...args], { cwd, env: { PATH } }, (error, stdout, stderr) => {
      const says = `exit ${error?.code ?? 0}\n${stdout}${stderr}`;
      resolve(says.replaceAll(cwd, 'FOLDER'));
    });
  });
}

test('our commands say npm ci where nothing is installed', async () => {
  expect(await run(scratch(), 'run.mjs', 'migrate-up', '--env', 'development')).toMatchInlineSnapshot(`
    "exit 2
    The project is not installed: esbuild and tsx, which read TypeScript, are missing
      Next: npm ci
    "
  `);
});

test('our commands say npm ci where a package is missing that came later', async () => {
  // Which of the missing ones is met first is of no concern.
  const missing = /^exit 2\nThe project is not installed: the package (pg|knex|yargs|diff) is missing\n {2}Next: npm ci\n$/;
  expect(await run(scratch('esbuild', '@esbuild'), 'run.mjs', 'migrate-up', '--env', 'development')).toMatch(missing);
  expect(await run(scratch('tsx', 'esbuild', '@esbuild', 'get-tsconfig'), 'run.mjs', 'migrate-status')).toMatch(missing);
});

test('the stock CLI says npm ci where tsx is missing', async () => {
  expect(await run(scratch('knex'), 'knexfile.js')).toMatchInlineSnapshot(`
    "exit 2
    tsx, which reads TypeScript, is not installed
      Next: npm ci
    "
  `);
});

test('an unknown command is told apart from a missing package', async () => {
  expect(await run(ROOT, 'run.mjs', 'migrate-upp')).toMatchInlineSnapshot(`
    "exit 2
    There is no script "migrate-upp"
      Next: npm run   lists the commands
    "
  `);
});
