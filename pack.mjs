// Makes the package that others install: `npm pack` calls it before (dist/, and the package.json that belongs to it) and after (--restore).
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { decode, encode } from '@jridgewell/sourcemap-codec';
import { buildPackage } from './build.mjs';

const root = import.meta.dirname;
const at = (...names) => path.join(root, ...names);
const [OWN, KEPT] = [at('package.json'), at('.package.own.json')];

/** What is taken along in the bundles is no dependency; esbuild, tsx and the servers are for this repository. */
const NEEDED = ['knex', 'libpg-query', 'pg'];

function packageOf({ name, version, description, license, engines, dependencies, peerDependencies, peerDependenciesMeta }) {
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines,
    bin: { lockstep: 'dist/lockstep.js' },
    main: './dist/index.cjs',
    types: './dist/index.d.cts',
    exports: {
      '.': {
        import: { types: './dist/index.d.ts', default: './dist/index.js' },
        require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
      },
      './package.json': './package.json',
    },
    files: ['dist', 'docs/*.md', 'docs/*.json', 'docs/*.svg', 'CHANGELOG.md'],
    dependencies: Object.fromEntries(NEEDED.map((one) => [one, `^${dependencies[one]}`])),
    peerDependencies,
    peerDependenciesMeta,
  };
}

/** Lines are enough for a stack trace; the columns in them would be a third of the package. */
function withoutColumns(text) {
  const map = JSON.parse(text);
  const isNew = ([, source, line], i, all) => i === 0 || source !== all[i - 1][1] || line !== all[i - 1][2];
  const lines = decode(map.mappings).map((segments) => segments.filter(isNew).map((segment) => segment.slice(0, 4)));
  return JSON.stringify({ ...map, mappings: encode(lines), names: [] });
}

function thinMaps(folder) {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.map')))
    writeFileSync(path.join(folder, file), withoutColumns(readFileSync(path.join(folder, file), 'utf8')));
}

const BIN = `#!/usr/bin/env node
import module from 'node:module';
// From 22.1 on Node keeps what it has compiled.
module.enableCompileCache?.();
await import('./main.js');
`;

/** A declaration, and those that it names. */
function declarationsFrom(file, known = new Set()) {
  if (known.has(file) || !existsSync(file)) return known;
  known.add(file);
  for (const [, to] of readFileSync(file, 'utf8').matchAll(/(?:from '|import\(")(\.[^'"]*)\.js['"]/g))
    declarationsFrom(path.resolve(path.dirname(file), `${to}.d.ts`), known);
  return known;
}

/** Declarations of what index.ts exports, and of nothing else. */
function writeTypes(name) {
  const config = at('.tsconfig.package.json');
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    outDir: at('dist/types'),
    rootDir: at('src'),
    types: ['node'],
  };
  writeFileSync(config, JSON.stringify({ extends: at('tsconfig.json'), compilerOptions, include: [], files: [at('src/index.ts')] }));
  execFileSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' });
  rmSync(config);
  for (const file of readdirSync(at('dist/types'), { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.d.ts')))
    writeFileSync(
      at('dist/types', file),
      readFileSync(at('dist/types', file), 'utf8').replace(/(from '\.[^']*|import\("\.[^"]*)\.ts(?=['"])/g, '$1.js'),
    );
  const needed = declarationsFrom(at('dist/types/index.d.ts'));
  for (const file of readdirSync(at('dist/types'), { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.d.ts')))
    if (!needed.has(at('dist/types', file))) rmSync(at('dist/types', file));
  writeFileSync(at('dist/index.d.ts'), "export * from './types/index.js';\n");
  // One program, whichever way it is loaded: Node 20.19 and newer can require a module.
  writeFileSync(
    at('dist/index.d.cts'),
    `import type * as lockstep from './index.js';\ndeclare const it: typeof lockstep;\nexport = it;\n`
      .replace('lockstep', name.replace(/\W/g, '_'))
      .replace('typeof lockstep', `typeof ${name.replace(/\W/g, '_')}`),
  );
}

// The `require` of a file that was itself imported through hooks (a knexfile.cts, tsx) does not link what it loads (Node 20 and 22), and Jest's own,
// createRequire included, takes no modules: this asks outside of its sandbox.
const REQUIRED = `const { createRequire } = require('node:vm').runInThisContext("process.getBuiltinModule('node:module')");
module.exports = createRequire(__filename)('./index.js');
`;

async function make() {
  const own = JSON.parse(readFileSync(OWN, 'utf8'));
  rmSync(at('dist'), { recursive: true, force: true });
  mkdirSync(at('dist'));
  await buildPackage(at('dist'));
  thinMaps(at('dist'));
  writeFileSync(at('dist/lockstep.js'), BIN, { mode: 0o755 });
  writeFileSync(at('dist/index.cjs'), REQUIRED);
  writeFileSync(at('dist/migration.stub'), readFileSync(at('src/files/migration.stub'), 'utf8').replace('#lockstep', own.name));
  writeTypes(own.name);
  if (!existsSync(KEPT)) copyFileSync(OWN, KEPT);
  writeFileSync(OWN, `${JSON.stringify(packageOf(own), undefined, 2)}\n`);
}

if (process.argv[2] === '--restore') renameSync(KEPT, OWN);
else await make();
