import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SAMPLES } from '../import/tools.ts';
import { onServer } from '../support/database.ts';
import { createAdopter } from './package.ts';

const APP = { 'package.json': '{"name":"shop"}\n' };
const ofTool = (name: string): string => SAMPLES.find(({ tool }) => tool === name)?.history ?? '';

onServer('newest', 'init', ({ freshDatabase }) => {
  const hide = (said: string): string => said.replace(/t_\w+ on \S+?:\d+/g, 'shop on 127.0.0.1:5432').replace(/\d+ scripts/, '… scripts');

  test('says whose history the database has, keeps out of its way, and asks for the files', async () => {
    const database = await freshDatabase();
    await database.query(ofTool('golang-migrate'));
    await database.query('CREATE TABLE knex_migrations (id serial, name text, batch int, migration_time timestamptz)');
    const adopter = createAdopter(APP, database);
    const { code, said } = await adopter.lockstep('init', '--yes');
    expect(code).toBe(0);
    expect(hide(said)).toMatchInlineSnapshot(`
      "shop on 127.0.0.1:5432 has the history of another tool:
        knex_migrations   knex, 0 applied
        public.schema_migrations   golang-migrate, applied up to 2
        knexfile.js
        db/migrations/rollbacks/.gitkeep
        package.json   + … scripts, the embedded PostgreSQL for development
        .gitignore   + .lockstep/, .env, .env.*, !.env.example
      Written
      Next: npm install
            npm run migrate:baseline -- --from-knex
      "
    `);
    expect((await adopter.run(['cat', 'knexfile.js'])).said).toContain("tableName: 'lockstep_migrations'");
  });

  test.each(SAMPLES.filter(({ history }) => history))('finds the history of $tool', async ({ tool, history }) => {
    const database = await freshDatabase();
    await database.query(history);
    const { said } = await createAdopter(APP, database).lockstep('init', '--yes');
    expect(said).toMatch(
      new RegExp(`^  \\w+\\.\\w+   ${tool}(?: or rails)?, (?:2 applied|applied up to 2|applied up to 1700000000002)$`, 'm'),
    );
    expect(said).toContain(`npx lockstep import --from ${tool} FOLDER`);
  });

  test('proposes to write what a database has, where nobody ever migrated it', async () => {
    const database = await freshDatabase();
    await database.query('CREATE TABLE users (id int)');
    const adopter = createAdopter(APP, database);
    const propose = 'npm run migrate:make -- --from-database   writes what the database has as the first migration';
    expect((await adopter.lockstep('init', '--yes')).said).toContain(propose);
    adopter.write({ 'db/migrations/001_a.sql': 'SELECT 1;\n' });
    expect((await adopter.lockstep('init', '--yes')).said).not.toContain(propose);
  });

  test('goes on where the database does not answer, and starts none where none is named', async () => {
    const adopter = createAdopter({ ...APP, '.env': 'DATABASE_URL=postgresql://shop@127.0.0.1:1/shop\n' });
    const { code, said } = await adopter.lockstep('init', '--yes');
    expect([code, said.split('\n')[0]]).toMatchInlineSnapshot(`
      [
        0,
        "shop on 127.0.0.1:1 could not be asked for the history of another tool: Nothing listens on 127.0.0.1:1",
      ]
    `);
    expect((await createAdopter(APP).lockstep('init', '--yes')).said).not.toContain(' on ');
  });

  test('finds the migrations and the history of stock Knex where its knexfile has them', async () => {
    const database = await freshDatabase();
    await database.query(`CREATE TABLE my_migs (id serial, name text, batch int, migration_time timestamptz);
      INSERT INTO my_migs (name, batch, migration_time) VALUES ('20240101_a.js', 1, now()); CREATE TABLE a (id int)`);
    const migrations = "{ directory: './src/db/migrations', tableName: 'my_migs' }";
    const adopter = createAdopter({
      ...APP,
      'knexfile.js': `module.exports = { development: { client: 'pg', connection: '${database.url}', migrations: ${migrations} } };\n`,
      'src/db/migrations/20240101_a.js':
        'exports.up = (knex) => knex.raw("CREATE TABLE a (id int)");\nexports.down = (knex) => knex.raw("DROP TABLE a");\n',
      'seeds/a.js': "exports.seed = (knex) => knex('a').insert({ id: 1 });\n",
    });
    const { said } = await adopter.lockstep('init', '--yes');
    expect(hide(said)).toMatchInlineSnapshot(`
      "shop on 127.0.0.1:5432 has the history of another tool:
        my_migs   knex, 1 applied
        db/migrations/rollbacks/.gitkeep
        package.json   + … scripts
        .gitignore   + .lockstep/, .env, .env.*, !.env.example
      Written
      knexfile.js stays as it is; for settings, and to let npx knex use the same history, add to it:
        const project = defineProject({ root: … });   and export it
      Next: npx lockstep import --from knex src/db/migrations
            npm run migrate:baseline -- --from-knex my_migs
      "
    `);
    for (const [, words = ''] of said.matchAll(/npx lockstep (import.*)/g))
      expect(await adopter.lockstep(...words.split(' '))).toMatchObject({ code: 0 });
    expect(await adopter.lockstep('baseline', '--from-knex', 'my_migs')).toMatchObject({ code: 0 });
    expect((await adopter.lockstep('status')).said).toContain('Applied: 1\n  20240101_a');
    expect(await adopter.lockstep('seed')).toMatchObject({ code: 0 });
    expect((await adopter.lockstep('rollback')).said).toContain('20240101_a rolled back');
  });

  test.each(['commonjs', 'module'])('leaves what a compiler makes of a %s in TypeScript as it was', async (type) => {
    const options = {
      module: type === 'module' ? 'nodenext' : 'commonjs',
      rootDir: './src',
      outDir: './dist',
      strict: true,
      target: 'es2022',
      types: [],
    };
    const tree = {
      'package.json': JSON.stringify({ name: 'shop', type, devDependencies: { typescript: '5', tsx: '4' } }),
      'tsconfig.json': JSON.stringify({ compilerOptions: options }),
      'src/main.ts': 'export const x = 1;\n',
    };
    const adopter = createAdopter(tree, await freshDatabase());
    await adopter.lockstep('init', '--yes');
    expect((await adopter.lockstep('make', 'add_users')).said).toContain('migrations/001_add_users.js');
    const tsc = path.resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
    expect(await adopter.node(tsc, '-p', '.')).toEqual({ code: 0, said: '' });
    expect(existsSync(path.join(adopter.root, 'dist/main.js'))).toBe(true);
    adopter.write({
      'db/migrations/001_add_users.sql': 'CREATE TABLE u (id int);',
      'db/migrations/rollbacks/001_add_users.sql': 'DROP TABLE u;',
    });
    expect(await adopter.lockstep('up', '--env', 'test')).toMatchObject({ code: 0 });
    const stock = await adopter.node('node_modules/knex/bin/cli.js', '--env', 'test', 'migrate:down');
    expect(stock.said).toContain('001_add_users');
  });

  test('reads a knexfile that lies elsewhere, as the scripts of the project say', async () => {
    const database = await freshDatabase();
    const tree = {
      'package.json': '{"name":"shop","scripts":{"migrate":"knex --knexfile=./server/data/knexfile.ts migrate:latest"}}\n',
      'server/data/knexfile.ts': `import type { Knex } from 'knex';\nconst config: Record<string, Knex.Config> = { development: { client: 'pg', connection: '${database.url}' } };\nexport default config;\n`,
      'server/data/migrations/20240102_b.ts':
        "import type { Knex } from 'knex';\nimport { NAME } from '../names.ts';\nexport const up = (knex: Knex) => knex.raw('CREATE TABLE ' + NAME + ' (id int)');\nexport const down = (knex: Knex) => knex.raw('DROP TABLE b');\n",
      'server/data/names.ts': "export const NAME = 'b';\n",
    };
    const adopter = createAdopter(tree, undefined, ['tsx', 'esbuild', '@esbuild']);
    const { said } = await adopter.lockstep('init', '--yes');
    expect(said).toContain('knexfile.mjs\n');
    expect(said).toContain('npx lockstep import --from knex server/data/migrations\n');
    expect(await adopter.lockstep('import', '--from', 'knex', 'server/data/migrations')).toMatchObject({ code: 0 });
    expect((await adopter.lockstep('up', '--env', 'development')).said).toContain('20240102_b applied');
    expect(await database.query("SELECT to_regclass('b') IS NOT NULL AS there")).toEqual([{ there: true }]);
  });

  test('of a template begins with a first migration that applies and rolls back', async () => {
    const adopter = createAdopter(APP, await freshDatabase());
    expect(hide((await adopter.lockstep('init', '--yes', '--template')).said)).toMatchInlineSnapshot(`
      "shop on 127.0.0.1:5432 has no history of another tool
        knexfile.js
        db/migrations/rollbacks/.gitkeep
        package.json   + … scripts, the embedded PostgreSQL for development
        .gitignore   + .lockstep/, .env, .env.*, !.env.example
        db/migrations/001_init.sql
        db/migrations/rollbacks/001_init.sql
      Written
      Next: npm install
            npm run migrate:status
      "
    `);
    expect(await adopter.lockstep('up', '--env', 'test')).toMatchObject({ code: 0 });
    expect((await adopter.lockstep('status', '--check')).code).toBe(0);
    expect((await adopter.lockstep('rollback')).said).toContain('001_init rolled back');
    const again = (await adopter.lockstep('init', '--yes', '--template')).said;
    expect(again).toContain('Everything is here already');
    expect(again).not.toContain('defineProject');
    expect(existsSync(path.join(adopter.root, 'db/migrations/rollbacks/001_init.sql'))).toBe(true);
  });
});
