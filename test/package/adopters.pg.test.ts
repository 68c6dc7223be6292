import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MADE, SAMPLES } from '../import/tools.ts';
import { onServer } from '../support/database.ts';
import type { Tree } from '../support/project.ts';
import { type Adopter, createAdopter } from './package.ts';

/** A backend that uses a tool: how its package.json says modules are, and where its migrations lie. */
interface Backend {
  readonly tool: string;
  readonly folder: string;
  readonly json: object;
  readonly more?: Tree;
}

const APP = { name: 'shop', version: '1.0.0', private: true, scripts: { start: 'node app.js' } };
const BACKENDS: readonly Backend[] = [
  { tool: 'dbmate', folder: 'db/migrations', json: { ...APP, type: 'module' } },
  { tool: 'goose', folder: 'migrations', json: APP },
  { tool: 'golang-migrate', folder: 'database/migrations', json: { ...APP, type: 'module' } },
  { tool: 'flyway', folder: 'sql', json: APP, more: { 'compose.yaml': 'services: { db: { image: "postgres:17" } }\n' } },
  { tool: 'node-pg-migrate', folder: 'migrations', json: { ...APP, type: 'module' } },
  { tool: 'prisma', folder: 'prisma/migrations', json: { ...APP, type: 'module' }, more: { 'pnpm-workspace.yaml': 'packages: []\n' } },
  { tool: 'drizzle', folder: 'drizzle', json: { ...APP, packageManager: 'yarn@4.0.0' } },
];

async function addOne(adopter: Adopter): Promise<void> {
  const made = await adopter.lockstep('make', 'add_coupons');
  expect(made).toMatchObject({ code: 0 });
  const [up = '', down = ''] = made.said.split('\n');
  adopter.write({ [up]: 'BEGIN;\nCREATE TABLE coupons (id int);\nCOMMIT;\n', [down]: 'BEGIN;\nDROP TABLE coupons;\nCOMMIT;\n' });
}

onServer('newest', 'a backend', ({ freshDatabase }) => {
  test.each(BACKENDS)('that uses $tool adopts the package', async ({ tool, folder, json, more = {} }) => {
    const sample = SAMPLES.find((one) => one.tool === tool);
    if (!sample) throw new Error(`no sample of ${tool}`);
    const database = await freshDatabase();
    await database.query(MADE);
    await database.query(sample.history);
    const theirs = Object.fromEntries(Object.entries(sample.files).map(([file, text]) => [`${folder}/${file}`, text]));
    const packageText = `${JSON.stringify(json, undefined, 4)}\n`;
    const adopter = createAdopter({ 'package.json': packageText, ...theirs, ...more }, database);

    const init = await adopter.lockstep('init', '--yes');
    expect(init.code).toBe(0);
    const from = folder === 'db/migrations' ? `db/${tool}` : folder;
    expect(init.said).toContain(`npx lockstep import --from ${tool} ${from}`);
    const after = readFileSync(path.join(adopter.root, 'package.json'), 'utf8');
    expect(JSON.parse(after)).toMatchObject({ ...json, scripts: { start: 'node app.js', 'migrate:prod': 'lockstep up --env production' } });
    expect((await adopter.lockstep('init', '--yes')).said).toContain('Everything is here already');

    // Where ours are to be, theirs move away first, as it says.
    if (from !== folder) await adopter.run(['bash', '-c', /mkdir .*/.exec(init.said)?.[0] ?? '']);
    const imported = await adopter.lockstep('import', from);
    expect(imported).toMatchObject({ code: 0 });
    expect((await adopter.lockstep('up', '--env', 'test')).said).toContain(`--from ${tool}   takes its history over`);
    expect(await adopter.lockstep('baseline', '--env', 'test', '--from', tool)).toMatchObject({ code: 0 });
    const status = await adopter.lockstep('status', '--env', 'test');
    expect(status.said).toContain(sample.names[1]);
    expect(await adopter.lockstep('up', '--env', 'test')).toMatchObject({ code: 0 });

    await addOne(adopter);
    expect(await adopter.lockstep('up', '--env', 'test')).toMatchObject({ code: 0 });
    expect(await adopter.lockstep('status', '--env', 'test', '--check')).toMatchObject({ code: 0 });
    expect((await adopter.lockstep('rollback', '--env', 'test')).said).toContain('add_coupons rolled back');
    await adopter.node('-e', `fs.rmSync('${from}', { recursive: true })`);
    expect((await adopter.lockstep('init', '--yes')).said).not.toContain('lockstep import');
  });

  test('with 40 migrations of stock Knex in CommonJS keeps its knexfile, and goes on with both', async () => {
    const database = await freshDatabase();
    const names = Array.from({ length: 40 }, (_, i) => `202401${String(i + 10)}090000_t${i}.js`);
    const { host, port, user, password } = database;
    const connection = { host, port, user, password, database: database.database };
    const adopter = createAdopter({
      'package.json': JSON.stringify(APP),
      'knexfile.js': `module.exports = { test: { client: 'pg', connection: ${JSON.stringify(connection)} } };\n`,
      ...Object.fromEntries(
        names.map((name, i) => [
          `migrations/${name}`,
          `exports.up = (knex) => knex.schema.createTable('t${i}', (t) => t.increments());\nexports.down = (knex) => knex.schema.dropTable('t${i}');\n`,
        ]),
      ),
    });
    const stock = (...args: readonly string[]) => adopter.node('node_modules/knex/bin/cli.js', '--env', 'test', ...args);
    expect(await stock('migrate:latest')).toMatchObject({ code: 0 });
    expect(await adopter.lockstep('init', '--yes')).toMatchObject({ code: 0 });
    expect((await adopter.lockstep('status', '--env', 'test')).said).toContain('--from-knex   takes its history over');
    expect(await adopter.lockstep('baseline', '--env', 'test', '--from-knex')).toMatchObject({ code: 0 });
    await addOne(adopter);
    expect(await adopter.lockstep('up', '--env', 'test')).toMatchObject({ code: 0 });
    expect(await adopter.lockstep('status', '--env', 'test', '--check')).toMatchObject({ code: 0 });
    expect((await stock('migrate:latest')).said).toContain('Already up to date');
  });
});
