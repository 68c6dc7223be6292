import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createAdopter } from './package.ts';

const KNEXFILE =
  "import { defineProject } from 'lockstep';\nexport const project = defineProject({ root: '.', nothing: true } as never);\n";
const COMPILED = "const { defineProject } = require('lockstep');\nexports.project = defineProject({ root: '.', compiled: true });\n";

test('a TypeScript knexfile is read by the tsx of the project, else named with the ways out, else taken compiled', async () => {
  const tree = { 'package.json': '{"name":"shop"}', 'knexfile.mts': KNEXFILE };
  const readsItself = Boolean((process.features as { typescript?: unknown }).typescript);
  const bare = createAdopter(tree);
  if (!readsItself) expect((await bare.lockstep('status')).said).toContain('Next: npm install --save-dev tsx');
  const withTsx = createAdopter(tree, undefined, ['tsx', 'esbuild', '@esbuild']);
  expect((await withTsx.lockstep('status')).said).toContain('There is no setting nothing');
  bare.write({ 'dist/knexfile.js': COMPILED });
  if (readsItself) rmSync(path.join(bare.root, 'knexfile.mts'));
  expect((await bare.lockstep('status')).said).toContain('There is no setting compiled');
});

const AT = "{ client: 'pg', connection: 'postgresql://nobody:secret@127.0.0.1:1/shop' }";
const COMPILED_MODULE = "Object.defineProperty(exports, '__esModule', { value: true });\n";

test.each([
  ['compiled from a module', `${COMPILED_MODULE}exports.default = { development: ${AT} };`, 'Nothing listens on 127.0.0.1:1'],
  ['a function', `module.exports = async () => ({ development: ${AT} });`, 'Nothing listens on 127.0.0.1:1'],
  [
    'with a function for the connection, called for nobody else',
    `module.exports = { development: { client: 'pg', connection: async () => (${AT}).connection }, production: { connection: () => { throw new Error('called'); } } };`,
    'Nothing listens on 127.0.0.1:1',
  ],
  [
    'with a function for the password, as the driver takes it',
    "module.exports = { development: { client: 'pg', connection: { host: '127.0.0.1', port: 1, user: 'a', password: async () => { throw new Error('no vault'); } } } };",
    'A function of knexfile.js fails: no vault',
  ],
  [
    'whose function fails',
    "module.exports = { development: { client: 'pg', connection: async () => { throw new Error('no token'); } } };",
    'A function of knexfile.js fails: no token',
  ],
  [
    'for another database',
    "module.exports = { development: { client: 'better-sqlite3', connection: { filename: 'dev.sqlite3' } } };",
    "knexfile.js connects development by the client better-sqlite3, and this migrates PostgreSQL\n  knexfile.js\n  Next: client: 'pg' there",
  ],
])('a plain knexfile, %s', async (_, knexfile, said) => {
  const adopter = createAdopter({ 'package.json': '{"name":"shop"}', 'knexfile.js': knexfile });
  expect((await adopter.lockstep('status')).said).toContain(said);
});
