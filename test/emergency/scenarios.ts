import { rmSync } from 'node:fs';
import path from 'node:path';
import { down, type Tree, up } from '../support/project.ts';
import { LONG, ORDERS, STATUS, type Stage } from './stage.ts';

/** How a situation of the page comes about, and what is different about it. */
export interface Scenario {
  readonly tree?: Tree;
  /** Lines of the production policy. */
  readonly policy?: string;
  /** @returns a `Mending`, where a person does more than typing the page's commands: correct a file, or wait */
  readonly arrange?: (stage: Stage) => Promise<unknown>;
  /** Exit code of the screen's command; 0 when left out. */
  readonly exit?: number;
  /** Asked after the remedies; `npm run migrate:status -- --check` when left out. */
  readonly settled?: (stage: Stage) => Promise<boolean>;
}

export interface Mending {
  readonly before?: () => Promise<unknown>;
  readonly after?: () => Promise<unknown>;
}

const ALL = { ...ORDERS, ...STATUS };
const applyAll = async ({ run }: Stage): Promise<void> => void (await run('npm run migrate:prod'));
const applyTo = async ({ run }: Stage, version: string): Promise<void> => void (await run(`npm run migrate:prod -- --to ${version}`));
const remove = ({ root }: Stage, ...files: readonly string[]): void => {
  for (const file of files) rmSync(path.join(root, file));
};

const hasTable = async ({ database }: Stage, table: string): Promise<boolean> =>
  (await database.query('SELECT to_regclass($1) IS NOT NULL AS found', [table]))[0]?.['found'] === true;
const columnsOf = async ({ database }: Stage, table: string): Promise<readonly unknown[]> =>
  (
    await database.query(
      'SELECT attname::text AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped',
      [table],
    )
  ).map(({ name }) => name);

/** A session of an application that forgot its COMMIT. */
async function readOrders({ database }: Stage): Promise<() => Promise<unknown>> {
  const client = await database.connect();
  await client.query("SET application_name = 'reporting'; BEGIN; SELECT count(*) FROM orders");
  return () => client.query('ROLLBACK');
}

async function fillOrders(stage: Stage): Promise<void> {
  await applyAll(stage);
  await stage.database.query('INSERT INTO orders SELECT generate_series(1, 1204)');
}

async function vanish(stage: Stage, name: string): Promise<void> {
  const release = await readOrders(stage);
  const run = stage.startRun();
  await stage.untilRuns(name);
  await stage.kill(run);
  await release();
}

const IN_PARTS = {
  ...ORDERS,
  [up('003_order_total')]: 'CREATE INDEX CONCURRENTLY orders_total ON orders (total);\nALTER TABLE orders ADD COLUMN status text;\n',
  [down('003_order_total')]: 'DROP INDEX IF EXISTS orders_total;\nALTER TABLE orders DROP COLUMN IF EXISTS status;\n',
};

async function leaveParts(stage: Stage): Promise<void> {
  await applyTo(stage, '002');
  const release = await readOrders(stage);
  const run = stage.startRun();
  await stage.untilRuns('2/2 003_order_total');
  await stage.kill(run);
  await release();
}

const GATE = 'CREATE TABLE gate (is_open bool)';
const openGate = ({ database }: Stage) => database.query('INSERT INTO gate VALUES (true)');

/** A run that goes on until the gate is opened. */
async function runLong(stage: Stage): Promise<Mending> {
  await applyTo(stage, '002');
  await stage.database.query(GATE);
  const run = stage.startRun();
  await stage.untilRuns('003_backfill');
  return {
    after: async () => {
      await openGate(stage);
      await run.finished;
    },
  };
}

const REBUILD = {
  [up('002_rebuild')]:
    'CREATE PROCEDURE rebuild() LANGUAGE plpgsql AS $$ BEGIN WHILE NOT EXISTS (SELECT FROM gate) LOOP COMMIT; PERFORM pg_sleep(0.05); END LOOP; END $$;\n',
  [down('002_rebuild')]: 'DROP PROCEDURE rebuild;\n',
  [up('003_rebuild_now')]: '-- part: no-transaction\nCALL rebuild();\n',
  [down('003_rebuild_now')]: 'SELECT 1;\n',
};

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'nothing-applied': { tree: ORDERS },
  'all-applied': { tree: ORDERS, arrange: applyAll },
  pending: { tree: ALL, arrange: (stage) => applyTo(stage, '002') },
  failed: {
    tree: { ...ALL, [up('003_order_status')]: 'ALTER TABLE orders ADD COLUMN status txt;\n' },
    arrange: async (stage) => {
      await applyAll(stage);
      return { before: () => stage.write(STATUS) };
    },
  },
  'vanished-run': {
    tree: ALL,
    arrange: async (stage) => {
      await applyTo(stage, '002');
      await vanish(stage, '003_order_status');
    },
  },
  'parts-done': { tree: IN_PARTS, arrange: leaveParts },
  'undo-parts': {
    tree: IN_PARTS,
    arrange: leaveParts,
    settled: async (stage) => !(await hasTable(stage, 'orders_total')) && !(await columnsOf(stage, 'orders')).includes('status'),
  },
  undecided: {
    tree: REBUILD,
    exit: 1,
    arrange: async (stage) => {
      await applyTo(stage, '002');
      await stage.database.query(GATE);
      const run = stage.startRun();
      await stage.untilRuns('003_rebuild_now', 'CALL rebuild');
      await stage.kill(run);
      return { before: () => openGate(stage) };
    },
  },
  running: { tree: { ...ORDERS, ...LONG }, arrange: runLong },
  'running-and-waiting': {
    tree: ALL,
    arrange: async (stage) => {
      await applyTo(stage, '002');
      await readOrders(stage);
      const run = stage.startRun();
      await stage.untilRuns('003_order_status');
      return { after: () => run.finished };
    },
  },
  'another-run': { tree: { ...ORDERS, ...LONG }, policy: 'runLockWaitMs: 500', exit: 4, arrange: runLong },
  'lock-not-available': {
    tree: ALL,
    policy: 'lockRetryForMs: 500',
    exit: 1,
    arrange: async (stage) => {
      await applyTo(stage, '002');
      await readOrders(stage);
    },
  },
  edited: {
    tree: ORDERS,
    arrange: async (stage) => {
      await applyAll(stage);
      await stage.write({ [up('002_orders')]: String(ORDERS[up('002_orders')]).replace('total numeric', 'total numeric(12, 2)') });
    },
  },
  reformatted: {
    tree: ORDERS,
    arrange: async (stage) => {
      await applyAll(stage);
      await stage.write({ [up('002_orders')]: String(ORDERS[up('002_orders')]).replace('CREATE TABLE', 'create table') });
    },
  },
  missing: {
    tree: ORDERS,
    arrange: async (stage) => {
      await applyAll(stage);
      remove(stage, up('002_orders'), down('002_orders'));
    },
  },
  late: {
    tree: STATUS,
    arrange: async (stage) => {
      await stage.write({
        [up('003_order_status')]: 'CREATE TABLE order_status ();\n',
        [down('003_order_status')]: 'DROP TABLE order_status;\n',
      });
      await applyAll(stage);
      await stage.write(ORDERS);
    },
  },
  'no-rollback': {
    tree: { [up('002_orders')]: String(ORDERS[up('002_orders')]) },
    arrange: async (stage) => {
      await applyAll(stage);
      return { after: () => stage.write(ORDERS) };
    },
  },
  'file-problem': {
    tree: ORDERS,
    arrange: async (stage) => {
      await applyAll(stage);
      await stage.write({ [down('003_order_status')]: 'ALTER TABLE orders DROP COLUMN status;\n' });
      return { after: () => stage.write(STATUS).then(() => applyAll(stage)) };
    },
  },
  'other-environment': { tree: ORDERS, exit: 3, arrange: (stage) => applyTo(stage, '001') },
  'row-deleted': {
    tree: ORDERS,
    arrange: async (stage) => {
      await applyAll(stage);
      await stage.database.query("DELETE FROM schema_migrations WHERE name = '002_orders'");
    },
    settled: async ({ run }) => (await run('npm run migrate:status -- --audit')).code === 0,
  },
  'audit-finding': {
    tree: ORDERS,
    exit: 1,
    arrange: async (stage) => {
      await applyAll(stage);
      await stage.database.query("UPDATE schema_migrations SET applied_by = 'nobody' WHERE name = '002_orders'");
    },
    settled: async ({ run }) => (await run('npm run migrate:status -- --audit')).code === 0,
  },
  'knex-lock': {
    tree: ORDERS,
    arrange: async (stage) => {
      await applyTo(stage, '001');
      await stage.database.query('UPDATE schema_migrations_lock SET is_locked = 1');
    },
    settled: async ({ database }) => (await database.query('SELECT FROM schema_migrations_lock WHERE is_locked = 1')).length === 0,
  },
  'rollback-last': { tree: ALL, arrange: applyAll, settled: async (stage) => !(await columnsOf(stage, 'orders')).includes('status') },
  'rollback-to': { tree: ALL, arrange: applyAll, settled: async (stage) => !(await hasTable(stage, 'orders')) },
  'rollback-failed': {
    tree: { ...ALL, [down('003_order_status')]: 'ALTER TABLE orders DROP COLUMN state;\n' },
    arrange: async (stage) => {
      await applyAll(stage);
      await stage.run('npm run migrate:rollback');
      return { before: () => stage.write(STATUS) };
    },
    settled: async (stage) => !(await columnsOf(stage, 'orders')).includes('status'),
  },
  'rollback-backed-up': {
    tree: ORDERS,
    policy: "backup: { method: 'copy', keptBy: 'the test' }",
    arrange: fillOrders,
    settled: async ({ database, run }) => {
      const [{ n } = {}] = await database.query('SELECT count(*)::int AS n FROM orders');
      return n === 1204 && (await run('npm run migrate:status -- --check')).code === 0;
    },
  },
  'rollback-loses-data': {
    tree: ORDERS,
    exit: 3,
    arrange: fillOrders,
    settled: async (stage) => !(await hasTable(stage, 'orders')),
  },
};
