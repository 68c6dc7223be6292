import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Checkout, createCheckout, type Started } from '../support/checkout.ts';
import type { TestDatabase } from '../support/database.ts';
import { pair, type Tree, variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';

const { scripts } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** A project in production and its database, in which a situation is built and mended with the real commands. */
export interface Stage extends Pick<Checkout, 'root' | 'write'> {
  readonly database: TestDatabase;
  /** A command as the page has it, in the project's folder. */
  readonly type: (command: string) => Promise<Typed>;
  /** The same without npm, for what the page does not show: npm itself takes as long as the command. */
  readonly run: (command: string) => Promise<Typed>;
  /** Starts `npm run migrate:prod` and leaves it running. */
  readonly startRun: () => Started;
  /** Until the server is at this migration, and at this statement where one is named. */
  readonly untilRuns: (name: string, statement?: string) => Promise<void>;
  /** Kills a run without a word, and waits until the server has noticed. */
  readonly kill: (run: Started) => Promise<void>;
}

export interface Typed {
  readonly code: number;
  readonly screen: string;
}

export const ORDERS = pair(
  '002_orders',
  '-- Description: Orders of a tenant\nCREATE TABLE orders (id bigint PRIMARY KEY, tenant_id uuid REFERENCES tenants, total numeric);\n',
  'DROP TABLE orders;\n',
);
export const STATUS = pair('003_order_status', 'ALTER TABLE orders ADD COLUMN status text;\n', 'ALTER TABLE orders DROP COLUMN status;\n');
/** Runs until somebody opens the gate. */
export const LONG = pair(
  '003_backfill',
  'DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM gate) LOOP PERFORM pg_sleep(0.05); END LOOP; END $$;\n',
  'SELECT 1;\n',
);

const KNEXFILE = (policy: string) => ({
  'knexfile.ts': `import { defineProject, knexConfig } from 'lockstep';
export const project = defineProject({ root: import.meta.dirname, production: { ${policy.includes('backup:') ? '' : "backup: 'off', "}${policy} } });
export default knexConfig(project);
`,
});

// The start of a run carries what prepares its first step, and its name.
const PREPARES = 'BEGIN READ WRITE;';

export async function createStage(database: TestDatabase, tree: Tree, policy = ''): Promise<Stage> {
  const { root, write, start } = await createCheckout(database, { ...KNEXFILE(policy), ...tree });
  const sessions = () =>
    database.query("SELECT application_name AS name, query FROM pg_stat_activity WHERE application_name LIKE 'lockstep up%'");
  return {
    root,
    write,
    database,
    type: (command) => typeIn(root, command, variablesOf(database)),
    run: (command) => typeIn(root, withoutNpm(command), variablesOf(database)),
    startRun: () => start('ours', ['migrate-up', '--env', 'production']),
    untilRuns: async (name, statement = '') => {
      const isAt = ({ name: at, query }: Record<string, unknown>): boolean =>
        String(at).endsWith(name) && !String(query).startsWith(PREPARES) && String(query).includes(statement);
      await until(`a run of ${name}`, async () => (await sessions()).some(isAt));
    },
    kill: async ({ child, finished }) => {
      child.kill('SIGKILL');
      await finished;
      await until('the end of the session', async () => (await sessions()).length === 0);
    },
  };
}

/** What npm would start. */
const withoutNpm = (command: string): string =>
  command.replace(/\bnpm run (\S+)(?: --(?= ))?/, (_, name: string) => `npm_lifecycle_event=${name} ${scripts[name]}`);

function typeIn(cwd: string, command: string, variables: Record<string, string>): Promise<Typed> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, npm_config_loglevel: 'silent', npm_config_update_notifier: 'false', ...variables };
  return new Promise((resolve) => {
    execFile('sh', ['-ec', command], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, screen: stderr + stdout });
    });
  });
}
