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

test('the default export of a module that was compiled to CommonJS is the knexfile', async () => {
  const connection = 'postgresql://nobody:secret@127.0.0.1:1/shop';
  const adopter = createAdopter({
    'package.json': '{"name":"shop"}',
    'dist/knexfile.js': `Object.defineProperty(exports, '__esModule', { value: true });\nexports.default = { development: { client: 'pg', connection: '${connection}' } };\n`,
  });
  expect((await adopter.lockstep('status')).said).toContain('127.0.0.1:1');
});
