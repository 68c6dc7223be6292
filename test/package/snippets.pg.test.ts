import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SAMPLES } from '../import/tools.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { pair } from '../support/project.ts';
import { type Adopter, createAdopter } from './package.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGES = ['README.md', ...readdirSync(path.join(ROOT, 'docs'), { encoding: 'utf8' }).filter((file) => file.endsWith('.md'))];

interface Block {
  readonly page: string;
  readonly lines: readonly string[];
}

/** Every block of shell, line by line, without comments. */
const BLOCKS: readonly Block[] = PAGES.flatMap((page) => {
  const text = readFileSync(path.join(ROOT, page === 'README.md' ? page : `docs/${page}`), 'utf8');
  return [...text.matchAll(/^```bash\n(.*?)^```/gms)].map(([, body = '']) => ({
    page,
    lines: body
      .split('\n')
      .map((line) => line.replace(/(?:^|\s+)# .*/, '').trim())
      .filter(Boolean),
  }));
});

/** Pages whose blocks have a test of their own. */
const ELSEWHERE: Readonly<Record<string, string>> = { 'emergency.md': 'test/emergency', 'deploy.md': 'test/package/deploy.pg.test.ts' };

/** Lines that are not run, by their beginning, and why. */
const SKIPPED: Readonly<Record<string, string>> = {
  'npm install': 'installs from the registry: test/adopters does, from the packed file',
  'npm run db:install': 'installs from the registry: test/dev-server does',
  'npm ci': '.ci/run begins with it, in a clone, and goes on with npm run migrate:dev',
  'DB_HOST=': 'a host that nobody has',
  'docker ': 'needs Docker; test/image does what the image does without it',
  'npm test': 'this is it',
  'npm run lint': '.ci/run does',
  'npm run model': 'npm test does, with fewer sequences',
  'npm run fuzz': 'npm test does, with fewer inputs',
  'npm run race': 'npm test does, with fewer rounds',
  'npm run faults': 'hours; npm test strikes at 200 points',
  'npm run truth': 'npm test measures a part of it',
  'npm run corpus': 'test/journeys/corpus.pg.test.ts does',
  'npm run drafts': 'test/drafts does',
  'npm run migrate:make -- --rollback': 'test/drafts does',
  'npm run migrate:make -- --recipe': 'test/recipes does, on tables that it makes',
  'npm run bench': 'half an hour',
  'npm run docs': '.ci/run does',
  'npm run adopters': 'test/adopters does in CI',
  'bash .ci/run': 'this is part of it',
};
const reasonOf = (line: string): string | undefined => Object.entries(SKIPPED).find(([start]) => line.startsWith(start))?.[1];

interface Shop {
  readonly adopter: Adopter;
  readonly database: TestDatabase;
}

interface Scene {
  /** What is there before its first line. */
  readonly setup?: (shop: Shop) => Promise<void>;
  /** What a person does before a line, by its beginning. */
  readonly before?: Readonly<Record<string, (shop: Shop) => Promise<void>>>;
}

const GOOSE = SAMPLES.find(({ tool }) => tool === 'goose');
const USERS = pair('001_users', 'CREATE TABLE users (id int PRIMARY KEY);', 'DROP TABLE users;');

async function must(shop: Shop, ...args: readonly string[]): Promise<void> {
  expect(await shop.adopter.lockstep(...args)).toMatchObject({ code: 0 });
}

async function initialised(shop: Shop, tree = USERS): Promise<void> {
  shop.adopter.write(tree);
  await must(shop, 'init', '--yes');
}

async function inProduction(shop: Shop): Promise<void> {
  await initialised(shop);
  await must(shop, 'up', '--env', 'production');
}

const dropUsers = async ({ database }: Shop): Promise<void> => void (await database.query('DROP TABLE users'));

const git = ({ adopter }: Shop, ...args: readonly string[]) =>
  adopter.run(['git', '-c', 'user.name=ann', '-c', 'user.email=ann@example.com', ...args]);

async function committed(shop: Shop, ...files: readonly string[]): Promise<void> {
  await git(shop, 'add', ...files);
  await git(shop, 'commit', '-qm', 'a change');
}

/** What a branch took that its main took too, behind a merge. */
async function withTwins(shop: Shop): Promise<void> {
  await initialised(shop);
  await git(shop, 'init', '-q', '-b', 'main');
  shop.adopter.write(pair('002_refunds', 'CREATE TABLE refunds (id int);', 'DROP TABLE refunds;'));
  await committed(shop, 'db');
  await git(shop, 'switch', '-qc', 'invoices');
  shop.adopter.write(pair('002_invoices', 'CREATE TABLE invoices (id int);', 'DROP TABLE invoices;'));
  await committed(shop, 'db');
}

/** By the first line of a block that is run. */
const SCENES: Readonly<Record<string, Scene>> = {
  'npx lockstep init --hook': { setup: async (shop) => void (await git(shop, 'init', '-q')) },
  'npm run migrate:switch': { setup: withTwins },
  'npx lockstep init': {},
  'npm run migrate:dev': { setup: (shop) => initialised(shop) },
  'npx lockstep import': {
    setup: async (shop) => {
      shop.adopter.write(Object.fromEntries(Object.entries(GOOSE?.files ?? {}).map(([file, text]) => [`db/old/${file}`, text])));
      await initialised(shop, {});
      await shop.database.query(GOOSE?.history ?? '');
    },
  },
  'npm run migrate:backup': { setup: inProduction, before: { 'npm run migrate:restore -- BACKUP --into app --table': dropUsers } },
  'npm run migrate:prod -- --dry-run': {
    setup: inProduction,
    before: { 'npm run migrate:restore -- BACKUP --into app --table': dropUsers },
  },
  'npm run migrate:prod -- --phase': {
    setup: async (shop) => {
      const contract = pair(
        '002_contract',
        '-- Phase: after-deploy\nALTER TABLE users DROP COLUMN id;',
        'ALTER TABLE users ADD COLUMN id int;',
      );
      await initialised(shop, { ...USERS, ...contract });
    },
  },
  'npm run migrate:baseline -- --to 001': {
    setup: async (shop) => {
      await initialised(shop);
      await shop.database.query('CREATE TABLE users (id int PRIMARY KEY)');
    },
  },
  'npm run migrate:baseline -- --from-knex': {
    setup: async (shop) => {
      await initialised(shop);
      await shop.database.query(`CREATE TABLE users (id int PRIMARY KEY);
        CREATE TABLE knex_migrations (id serial, name varchar(255), batch int, migration_time timestamptz);
        INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('001_users.js', 1, now())`);
    },
  },
  'npm run migrate:status -- --check': { setup: inProduction },
  'npm run -s migrate:status': { setup: inProduction },
  'NODE_OPTIONS=': {
    setup: async (shop) => {
      await inProduction(shop);
      shop.adopter.write({ 'telemetry.mjs': '' });
    },
  },
  'npx lockstep status --audit': { setup: inProduction },
  'npm run migrate:make -- --from-database': {
    setup: async (shop) => {
      await initialised(shop, {});
      await shop.database.query('CREATE TABLE users (id int PRIMARY KEY)');
    },
  },
  'npm run migrate:make': {
    setup: (shop) => initialised(shop),
    before: {
      'npm run migrate:dev': async ({ adopter }) =>
        adopter.write(pair('002_add_new_table', 'CREATE TABLE new_table (id int);', 'DROP TABLE new_table;')),
    },
  },
};
const sceneOf = (line = ''): Scene | undefined => Object.entries(SCENES).find(([start]) => line.startsWith(start))?.[1];

const isRun = ({ page, lines }: Block): boolean => !(page in ELSEWHERE) && lines.some((line) => !reasonOf(line));

onServer('newest', 'a block of shell', ({ freshDatabase }) => {
  test.each(BLOCKS.filter(isRun))('of $page is run: $lines.0', async ({ lines }) => {
    const database = await freshDatabase();
    const servers = readdirSync(path.join(ROOT, 'node_modules')).filter((name) => name.startsWith('pg18-'));
    const adopter = createAdopter({ 'package.json': '{"name":"shop"}' }, database, servers);
    const shop = { adopter, database };
    const typed = lines.filter((line) => !reasonOf(line));
    const scene = sceneOf(typed[0]);
    expect(scene, `no scene for ${typed[0]}`).toBeDefined();
    await scene?.setup?.(shop);
    let backup = '';
    for (const line of typed) {
      await Object.entries(scene?.before ?? {}).find(([start]) => line.startsWith(start))?.[1](shop);
      const command = line
        // There is no terminal to ask on.
        .replace(/lockstep init(?= --hook$|$)/, 'lockstep init --yes')
        .replace('BACKUP', backup)
        .replace(/(--into|--overwrite) app(?=_check| |$)/g, `$1 ${database.database}`)
        .replace('/var/lib/node_exporter', adopter.root);
      const { code, said } = await adopter.run(['bash', '-c', command]);
      expect(code, `${command}\n${said}`).toBe(0);
      backup = /\.lockstep\/backups\/\S+/.exec(said)?.[0] ?? backup;
    }
    await database.query(`DROP DATABASE IF EXISTS ${database.database}_check`);
  });

  test('of the pages is run, or says why not', () => {
    expect(BLOCKS.filter(isRun).length).toBeGreaterThan(9);
    const unused = Object.keys(SKIPPED).filter((start) => !BLOCKS.some(({ lines }) => lines.some((line) => line.startsWith(start))));
    expect(unused).toEqual([]);
  });
});
