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
  for (const name of ['run.mjs', 'knexfile.js', 'knexfile.ts', 'package.json', 'scripts', 'src'])
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
  expect(await run(scratch('esbuild', '@esbuild'), 'run.mjs', 'migrate-up', '--env', 'development')).toMatchInlineSnapshot(`
    "exit 1
    node:internal/modules/esm/resolve:873
      throw new ERR_MODULE_NOT_FOUND(packageName, fileURLToPath(base), null);
            ^

    Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'pg' imported from FOLDER/node_modules/.cache/lockstep/0a37c3ccfbb7/migrate-up.mjs
        at packageResolve (node:internal/modules/esm/resolve:873:9)
        at moduleResolve (node:internal/modules/esm/resolve:946:18)
        at defaultResolve (node:internal/modules/esm/resolve:1188:11)
        at ModuleLoader.defaultResolve (node:internal/modules/esm/loader:708:12)
        at #cachedDefaultResolve (node:internal/modules/esm/loader:657:25)
        at ModuleLoader.resolve (node:internal/modules/esm/loader:640:38)
        at ModuleLoader.getModuleJobForImport (node:internal/modules/esm/loader:264:38)
        at ModuleJob._link (node:internal/modules/esm/module_job:168:49) {
      code: 'ERR_MODULE_NOT_FOUND'
    }

    Node.js v20.20.2
    "
  `);
  expect(await run(scratch('tsx', 'esbuild', '@esbuild', 'get-tsconfig'), 'run.mjs', 'migrate-status')).toMatchInlineSnapshot(`
    "exit 1
    node:internal/modules/esm/resolve:873
      throw new ERR_MODULE_NOT_FOUND(packageName, fileURLToPath(base), null);
            ^

    Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'pg' imported from FOLDER/node_modules/.cache/lockstep/6ae961d5ee04/migrate-status.mjs
        at packageResolve (node:internal/modules/esm/resolve:873:9)
        at moduleResolve (node:internal/modules/esm/resolve:946:18)
        at defaultResolve (node:internal/modules/esm/resolve:1188:11)
        at ModuleLoader.defaultResolve (node:internal/modules/esm/loader:708:12)
        at #cachedDefaultResolve (node:internal/modules/esm/loader:657:25)
        at ModuleLoader.resolve (node:internal/modules/esm/loader:640:38)
        at ModuleLoader.getModuleJobForImport (node:internal/modules/esm/loader:264:38)
        at ModuleJob._link (node:internal/modules/esm/module_job:168:49) {
      code: 'ERR_MODULE_NOT_FOUND'
    }

    Node.js v20.20.2
    "
  `);
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
    "exit 1

    node:internal/modules/run_main:123
        triggerUncaughtException(
        ^
    Error [ERR_MODULE_NOT_FOUND]: Cannot find module 'FOLDER/scripts/migrate-upp.ts' imported from FOLDER/run.mjs
        at finalizeResolution (node:internal/modules/esm/resolve:283:11)
        at moduleResolve (node:internal/modules/esm/resolve:952:10)
        at defaultResolve (node:internal/modules/esm/resolve:1188:11)
        at nextResolve (node:internal/modules/esm/hooks:864:28)
        at resolveBase (file://FOLDER/node_modules/tsx/dist/register-nyXW-TH3.mjs:2:10494)
        at resolveDirectory (file://FOLDER/node_modules/tsx/dist/register-nyXW-TH3.mjs:2:11581)
        at resolveTsPaths (file://FOLDER/node_modules/tsx/dist/register-nyXW-TH3.mjs:2:13222)
        at resolve (file://FOLDER/node_modules/tsx/dist/register-nyXW-TH3.mjs:2:15453)
        at nextResolve (node:internal/modules/esm/hooks:864:28)
        at Hooks.resolve (node:internal/modules/esm/hooks:306:30) {
      code: 'ERR_MODULE_NOT_FOUND',
      url: 'file://FOLDER/scripts/migrate-upp.ts'
    }

    Node.js v20.20.2
    "
  `);
});
