/** Ten small backends as people have them: an HTTP server that reads a table, and the migrations of a tool. */
import { MADE, SAMPLES } from '../import/tools.ts';
import type { Tree } from '../support/project.ts';

export interface RealBackend {
  /** As the table of docs/adopting.md names it. */
  readonly name: string;
  readonly tree: Tree;
  /** Of the package in a workspace. */
  readonly folder?: string;
  readonly manager?: 'pnpm';
  /** What its tool has done to the database: SQL, or a command of its own. */
  readonly history: string | readonly string[];
  /** A line of the shell between `init` and the import, as `init` says. */
  readonly moves?: string;
  /** Commands between `init` and `status`, as the page says. */
  readonly steps: readonly string[];
  readonly start?: readonly string[];
  /** How many of its migrations are applied. */
  readonly applied: number;
}

const START = ['--env-file=.env', 'app.js'];
const SERVER = `const server = http.createServer(async (_, response) => {
  const { rows } = await pool.query('SELECT count(*)::int AS users FROM users');
  response.end(JSON.stringify(rows[0]));
});
server.listen(0, '127.0.0.1', () => console.log('listening on', server.address().port));
`;
const POOL = 'const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });\n';
const ESM = `import http from 'node:http';\nimport pg from 'pg';\n\n${POOL}${SERVER}`;
const CJS = `const http = require('node:http');\nconst pg = require('pg');\n\n${POOL}${SERVER}`;

const json = (more: object): string =>
  `${JSON.stringify({ name: 'shop', version: '1.0.0', private: true, scripts: { start: `node ${START.join(' ')}` }, dependencies: { pg: '^8.16.0' }, ...more }, undefined, 2)}\n`;
const KNEX = { dependencies: { pg: '^8.16.0', knex: '^3.1.0' } };
const IGNORE = 'node_modules/\n.env\n';

/** A backend with the migrations of a tool in one folder. */
function plain(
  tool: string,
  { folder, isEsm = false, steps }: { folder: string; isEsm?: boolean; steps?: readonly string[] },
): RealBackend {
  const sample = SAMPLES.find((one) => one.tool === tool);
  if (!sample) throw new Error(`no sample of ${tool}`);
  return {
    name: `${tool}, ${isEsm ? 'modules' : 'CommonJS'}`,
    tree: {
      'package.json': json(isEsm ? { type: 'module' } : {}),
      'app.js': isEsm ? ESM : CJS,
      '.gitignore': IGNORE,
      ...Object.fromEntries(Object.entries(sample.files).map(([file, text]) => [`${folder}/${file}`, text])),
    },
    history: `${MADE}${sample.history}`,
    applied: 2,
    steps: steps ?? [`import --from ${tool} ${folder}`, `baseline --env development --from ${tool}`],
  };
}

const knexModules = (isEsm: boolean, extension: string, names: readonly string[]): Tree =>
  Object.fromEntries(
    names.map((name, i) => {
      const table = i === 0 ? 'users' : `t${i}`;
      const [up, down] = [`knex.schema.createTable('${table}', (t) => t.increments())`, `knex.schema.dropTable('${table}')`];
      const typed = extension === 'ts' ? '(knex: Knex)' : '(knex)';
      const types = extension === 'ts' ? "import type { Knex } from 'knex';\n\n" : '';
      return [
        `migrations/${name}.${extension}`,
        isEsm
          ? `${types}export const up = ${typed} => ${up};\nexport const down = ${typed} => ${down};\n`
          : `exports.up = (knex) => ${up};\nexports.down = (knex) => ${down};\n`,
      ];
    }),
  );
const stamped = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `202401${i + 10}090000_step${i}`);

const CONFIG = "{ development: { client: 'pg', connection: process.env.DATABASE_URL } }";
const KNEX_CLI = ['--env-file=.env', 'node_modules/knex/bin/cli.js', 'migrate:latest'];
const FROM_KNEX = ['baseline --env development --from-knex'];

const inFolder = (folder: string, tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).map(([file, text]) => [`${folder}/${file}`, text]));

function inWorkspace(backend: RealBackend, root: Tree): RealBackend {
  return { ...backend, folder: 'packages/api', tree: { ...inFolder('packages/api', backend.tree), '.gitignore': IGNORE, ...root } };
}

export const REAL_BACKENDS: readonly RealBackend[] = [
  {
    name: 'Knex, TypeScript modules',
    tree: {
      'package.json': json({ type: 'module', ...KNEX, devDependencies: { tsx: '^4.20.0', typescript: '^5.9.0' } }),
      'tsconfig.json': '{ "compilerOptions": { "module": "nodenext", "target": "es2022", "strict": true, "noEmit": true } }\n',
      'app.ts': ESM.replace('server.address()', '(server.address() as { port: number })'),
      'knexfile.ts': `export default ${CONFIG};\n`,
      '.gitignore': IGNORE,
      ...knexModules(true, 'ts', stamped(3)),
    },
    history: ['--import', 'tsx', ...KNEX_CLI],
    applied: 3,
    steps: FROM_KNEX,
    start: ['--import', 'tsx', '--env-file=.env', 'app.ts'],
  },
  {
    name: 'Knex, CommonJS, 40 migrations',
    tree: {
      'package.json': json(KNEX),
      'app.js': CJS,
      'knexfile.js': `module.exports = ${CONFIG};\n`,
      '.gitignore': IGNORE,
      ...knexModules(false, 'js', stamped(40)),
    },
    history: KNEX_CLI,
    applied: 40,
    steps: FROM_KNEX,
  },
  inWorkspace(
    { ...plain('node-pg-migrate', { folder: 'migrations', isEsm: true }), name: 'npm workspace, node-pg-migrate' },
    { 'package.json': '{ "name": "shop-all", "private": true, "workspaces": ["packages/*"] }\n' },
  ),
  inWorkspace(
    {
      name: 'pnpm workspace, Knex',
      manager: 'pnpm',
      tree: {
        'package.json': json({ type: 'module', ...KNEX }),
        'app.js': ESM,
        'knexfile.js': `export default ${CONFIG};\n`,
        ...knexModules(true, 'js', stamped(3)),
      },
      history: KNEX_CLI,
      applied: 3,
      steps: FROM_KNEX,
    },
    { 'package.json': '{ "name": "shop-all", "private": true }\n', 'pnpm-workspace.yaml': 'packages:\n  - packages/*\n' },
  ),
  {
    ...plain('dbmate', {
      folder: 'db/migrations',
      isEsm: true,
      steps: ['import --from dbmate db/dbmate', 'baseline --env development --from dbmate'],
    }),
    moves: 'mkdir db/dbmate && mv db/migrations/*.sql db/dbmate/',
  },
  plain('golang-migrate', { folder: 'database/migrations', isEsm: true }),
  plain('flyway', { folder: 'sql' }),
  plain('goose', { folder: 'migrations' }),
  plain('prisma', { folder: 'prisma/migrations', isEsm: true }),
  plain('drizzle', { folder: 'drizzle' }),
];

export const START_OF = ({ start = START }: RealBackend): readonly string[] => start;
