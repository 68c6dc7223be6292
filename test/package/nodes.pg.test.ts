import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import type { Tree } from '../support/project.ts';
import { createAdopter } from './package.ts';

// Two more versions of Node are 370 MB from the registry.
const WANTED = Boolean(process.env['CI'] ?? process.env['NODES']);
const OWN = Number(process.versions.node.split('.')[0]);

const ESM = `import { defineProject, LockstepError, openProject } from 'lockstep';\n`;
const CJS = `const { defineProject, LockstepError, openProject } = require('lockstep');\n`;
const settings = (folder: string): string => `defineProject({ root: ${folder}, test: { runLockWaitMs: 1000 } })`;
/** Types that have to be taken away. */
const typed = (code: string): string => code.replace('const env =', "const env: 'test' =");
const app = (folder: string, load: string): string =>
  `${load}const env = 'test';
const run = async () => {
  const opened = openProject(${settings(folder)}, { env });
  const { done } = await opened.apply();
  console.log(done.map(({ name }) => name).join(), LockstepError.name);
};
void run();
`;
const ofModules = `${ESM}export const project = ${settings('import.meta.dirname')};\n`;
const ofCommonJs = `${CJS}exports.project = ${settings('__dirname')};\n`;
const HERE = { esm: 'import.meta.dirname', cjs: '__dirname' };

/** What a project is written in: its knexfile and a program of its own. */
const LANGUAGES = [
  { language: 'modules', type: 'module', tree: { 'knexfile.js': ofModules, 'app.js': app(HERE.esm, ESM) } },
  { language: 'CommonJS', type: 'commonjs', tree: { 'knexfile.js': ofCommonJs, 'app.js': app(HERE.cjs, CJS) } },
  { language: 'TypeScript modules', type: 'module', tree: { 'knexfile.ts': typed(ofModules), 'app.ts': typed(app(HERE.esm, ESM)) } },
  { language: 'TypeScript CommonJS', type: 'commonjs', tree: { 'knexfile.cts': ofCommonJs, 'app.cts': typed(app(HERE.cjs, CJS)) } },
] as const;

const MIGRATION = {
  'db/migrations/001_a.sql': 'CREATE TABLE a (id int);\n',
  'db/migrations/rollbacks/001_a.sql': 'DROP TABLE a;\n',
};
const TSX = ['tsx', 'esbuild', '@esbuild'];

/** A backend as `knex init -x ts` begins it: its package.json says nothing of modules. */
const plainKnex = (url: string): Tree => ({
  'package.json': '{"name":"shop"}',
  'knexfile.ts': `import type { Knex } from 'knex';
const config: Record<string, Knex.Config> = { development: { client: 'pg', connection: '${url}' } };
export default config;
`,
  'migrations/001_users.ts': `import type { Knex } from 'knex';
export async function up(knex: Knex): Promise<void> { await knex.schema.createTable('users', (t) => void t.text('email')); }
export async function down(knex: Knex): Promise<void> { await knex.schema.dropTable('users'); }
`,
  'seeds/users.ts': `import type { Knex } from 'knex';
export async function seed(knex: Knex): Promise<void> { await knex('users').insert({ email: 'a@b.c' }); }
`,
});

onServer('newest', 'the package', ({ freshDatabase }) => {
  const nodes = new Map([[OWN, process.execPath]]);
  let folder: string | undefined;
  beforeAll(() => {
    if (!WANTED) return;
    folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-nodes-'));
    execFileSync('npm', ['install', '--silent', '--prefix', folder, 'node22@npm:node@22', 'node24@npm:node@24'], { cwd: folder });
    for (const major of [22, 24]) nodes.set(major, path.join(folder, `node_modules/node${major}/bin/node`));
  });
  afterAll(() => folder && rmSync(folder, { recursive: true, force: true }));

  for (const major of [...new Set([OWN, 22, 24])])
    test.skipIf(major !== OWN && !WANTED).each(LANGUAGES)(
      `on Node ${major} (from the registry in CI only): import and bin in $language`,
      async ({ language, type, tree }) => {
        const database = await freshDatabase();
        const files = { 'package.json': JSON.stringify({ name: 'shop', type }), ...tree, ...MIGRATION };
        const isTyped = language.startsWith('TypeScript');
        // Newer ones read types themselves; on Node 20 a project has tsx.
        const needsTsx = isTyped && major < 22;
        const adopter = createAdopter(files, database, needsTsx ? TSX : []);
        const node = (...args: readonly string[]) => adopter.run([nodes.get(major) ?? '', ...args]);
        expect((await node('-p', 'process.versions.node')).said).toMatch(new RegExp(`^${major}\\.`));
        const program = Object.keys(tree).find((file) => file.startsWith('app.')) ?? '';
        expect(await node('--no-warnings', ...(needsTsx ? ['--import', 'tsx'] : []), program)).toEqual({
          code: 0,
          said: '001_a LockstepError\n',
        });
        const lockstep = (...args: readonly string[]) => node('node_modules/lockstep/dist/lockstep.js', ...args);
        expect(await lockstep('status', '--check')).toMatchObject({ code: 0, said: expect.stringContaining('Applied: 1') });
        expect(await lockstep('rollback')).toMatchObject({ code: 0, said: expect.stringContaining('001_a rolled back') });
      },
    );

  for (const major of [...new Set([OWN, 22, 24])])
    test.skipIf(major !== OWN && !WANTED)(
      `on Node ${major} (from the registry in CI only): a backend of plain Knex in TypeScript, without a type in its package.json`,
      async () => {
        const database = await freshDatabase();
        const adopter = createAdopter(plainKnex(database.url), undefined, major < 22 ? TSX : []);
        const lockstep = (...args: readonly string[]) =>
          adopter.run([nodes.get(major) ?? '', 'node_modules/lockstep/dist/lockstep.js', ...args]);
        const { code, said } = await lockstep('up', '--env', 'development');
        expect([code, said]).toEqual([0, expect.stringContaining('001_users applied')]);
        expect(said).not.toContain('Warning');
        expect(await lockstep('seed')).toMatchObject({ code: 0 });
        expect(await database.query('SELECT email FROM users')).toEqual([{ email: 'a@b.c' }]);
        expect(await lockstep('rollback')).toMatchObject({ code: 0, said: expect.stringContaining('001_users rolled back') });
      },
    );
});
