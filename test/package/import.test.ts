import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createAdopter } from './package.ts';

const TSC = path.resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
const USE =
  "export const project = defineProject({ root: '/tmp', production: { runLockWaitMs: 1000 } });\nexport const config = knexConfig(project);\n";

test('the package is imported from modules and from CommonJS, as one and the same', async () => {
  const adopter = createAdopter({
    'package.json': '{"name":"shop"}',
    'a.mjs':
      "import { defineProject, LockstepError } from 'lockstep';\nimport { createRequire } from 'node:module';\nconst same = createRequire(import.meta.url)('lockstep');\nconsole.log(typeof defineProject, same.LockstepError === LockstepError);\n",
    'b.cjs':
      "const { defineProject, sqlMigration } = require('lockstep');\nconsole.log(typeof defineProject, Object.keys(sqlMigration(__filename)).join());\n",
  });
  expect(await adopter.node('a.mjs')).toEqual({ code: 0, said: 'function true\n' });
  expect(await adopter.node('b.cjs')).toEqual({ code: 0, said: 'function up,down,config\n' });
});

test.each([
  { module: 'nodenext', moduleResolution: 'nodenext', type: 'module' },
  { module: 'nodenext', moduleResolution: 'nodenext', type: 'commonjs' },
  { module: 'esnext', moduleResolution: 'bundler', type: 'module' },
  { module: 'commonjs', moduleResolution: 'bundler', type: 'commonjs' },
])('its types are found by module $module in a package of type $type', async ({ module, moduleResolution, type }) => {
  const adopter = createAdopter({
    'package.json': JSON.stringify({ name: 'shop', type }),
    'app.ts': `import { defineProject, knexConfig } from 'lockstep';\n${USE}const wrong: number = project.root;\nexport { wrong };\n`,
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module, moduleResolution, target: 'es2022', strict: true, noEmit: true, skipLibCheck: true, types: [] },
      files: ['app.ts'],
    }),
  });
  const { said } = await adopter.node(TSC, '-p', 'tsconfig.json');
  // The one mistake is seen: so the types are there.
  expect(said.trim()).toBe("app.ts(4,7): error TS2322: Type 'string' is not assignable to type 'number'.");
});

test('it is small, depends on little, and an unknown command proposes the nearest', async () => {
  const adopter = createAdopter({ 'package.json': '{"name":"shop"}' });
  const folder = path.join(adopter.root, 'node_modules/lockstep');
  const bytes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce(
    (sum, file) => sum + statSync(path.join(folder, file)).size,
    0,
  );
  expect(bytes).toBeLessThan(3_000_000);
  const json = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as object;
  expect(json).toMatchObject({ bin: { lockstep: 'dist/lockstep.js' }, type: 'module' });
  expect(Object.keys((json as { dependencies: object }).dependencies)).toEqual(['knex', 'libpg-query', 'pg']);
  expect(json).toMatchObject({ peerDependenciesMeta: { '@opentelemetry/api': { optional: true } } });
  expect(await adopter.lockstep('statsu')).toEqual({ code: 2, said: 'There is no command "statsu"\n  Next: npx lockstep status\n' });
  expect((await adopter.lockstep('status')).said).toContain('Next: npx lockstep init');
});
