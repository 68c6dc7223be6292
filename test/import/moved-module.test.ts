import { expect, test } from 'vitest';
import { movedModule } from '../../src/import/moved-module.ts';

const FOLDERS = { from: '/shop/src/db/migrations', to: '/shop/migrations' };

test.each([
  ["import { a } from '../a';", "import { a } from '../src/db/a';"],
  ['import "./b.js";', 'import "../src/db/migrations/b.js";'],
  ["const { c } = require( '../../c' );", "const { c } = require( '../src/c' );"],
  ["const d = await import('../../../migrations/d.ts');", "const d = await import('./d.ts');"],
  [
    "export * from '../e'\nimport fs from 'node:fs';\nimport { knex } from 'knex';",
    "export * from '../src/db/e'\nimport fs from 'node:fs';\nimport { knex } from 'knex';",
  ],
  ["knex.raw(`SELECT './x' FROM t`)", "knex.raw(`SELECT './x' FROM t`)"],
])('%s', (text, moved) => {
  expect(movedModule(text, FOLDERS)).toBe(moved);
  expect(movedModule(text, { from: FOLDERS.to, to: FOLDERS.to })).toBe(text);
});
