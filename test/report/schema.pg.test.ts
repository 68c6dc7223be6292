import { afterAll, expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { LockstepError, toRefusal } from '../../src/model/lockstep-error.ts';
import { auditJson } from '../../src/report/audit-text.ts';
import { jsonReporter, statusJson } from '../../src/report/json.ts';
import { createCheckout } from '../support/checkout.ts';
import { onOldestAndNewest, onServer, type TestDatabase } from '../support/database.ts';
import { createProject, down, pair, type TestProject, up, variablesOf } from '../support/project.ts';
import { expectDocumented } from '../support/report-schema.ts';
import { until } from '../support/wait.ts';

const TABLE = pair('001_t', '-- Description: Makes t\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1);', 'DROP TABLE t;');
const PATIENCE = { test: { lockTimeoutMs: 100, lockRetryForMs: 400, runLockWaitMs: 20_000 }, production: { backup: 'off' } } as const;

const seen = new Set<string>();

/** Checks what `--report json` prints for these events. @returns their types */
function check(events: readonly Event[]): readonly string[] {
  let printed = '';
  const { report } = jsonReporter((text) => {
    printed += text;
  });
  for (const event of events) report({ target: 'test', ...event });
  return keep(expectDocumented(printed));
}

function keep(types: readonly string[]): readonly string[] {
  for (const type of types) seen.add(type);
  return types;
}

/** The event of a refusal, as the command line makes it. */
async function refusedBy(run: Promise<unknown>): Promise<Event> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LockstepError)) throw new Error('nothing was refused');
  return { type: 'refused', refusal: toRefusal(error) };
}

const checkStatus = async (project: TestProject) => {
  const status = await project.status();
  keep(expectDocumented(statusJson(status)));
  keep(expectDocumented(auditJson(await project.audit())));
  return status;
};

async function holdTable(database: TestDatabase): Promise<() => Promise<unknown>> {
  const client = await database.connect();
  await client.query('BEGIN; INSERT INTO t VALUES (2)');
  return () => client.query('ROLLBACK');
}

onOldestAndNewest('every line of --report json is documented', ({ freshDatabase }) => {
  const applied = async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, PATIENCE);
    await project.apply();
    return { database, project };
  };

  test('of runs that succeed, with notes, notices, parts, and a database and schema that are made', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...TABLE,
      [up('002_n')]: "DO $$ BEGIN RAISE WARNING 'careful'; END $$;",
      ...pair('003_i', 'CREATE INDEX CONCURRENTLY i ON t (id);\nUPDATE t SET id = 2;', 'DROP INDEX i;'),
    });
    await checkStatus(project);
    const variables = { ...variablesOf(database), DB_NAME: `${database.database}_new`, DB_SCHEMA: 'app' };
    try {
      const types = check((await project.apply({ variables })).events);
      expect(types).toEqual(expect.arrayContaining(['connected', 'created', 'note', 'planned', 'notice', 'progress', 'run-ended']));
    } finally {
      await database.query(`DROP DATABASE ${variables.DB_NAME} WITH (FORCE)`);
    }
    check((await project.apply()).events);
    await checkStatus(project);
    check((await project.rollback({ to: '002' })).events);
    check((await project.apply({ to: '002' })).events);
  });

  test('of a run that takes rows', async () => {
    const { project } = await applied();
    await project.write(pair('002_d', 'DELETE FROM t;', 'SELECT 1;'));
    const { events, outcome } = await project.apply();
    check(events);
    expect(outcome).toMatchObject({ target: 'test', done: [{ taken: [{ what: 'deleted', object: 't', rows: 1 }] }] });
  });

  test('of failures, refusals, problems and drift', async () => {
    const { project } = await applied();
    await project.write({ [up('002_f')]: 'CREATE TABLE t (id int);', [down('002_f')]: 'SELECT 1;' });
    expect(check((await project.apply()).events)).toContain('step-failed');
    expect((await checkStatus(project)).attempts).toMatchObject([{ state: 'failed' }]);
    await project.write({ [up('002_f')]: 'CREATE TABEL;', [up('000_late')]: 'SELECT 1;', [up('001_t')]: 'CREATE TABLE t (id bigint);' });
    check([await refusedBy(project.apply())]);
    await project.write({ [up('003_b')]: new Uint8Array([0x41, 0xff, 0xfe]), [down('004_alone')]: 'SELECT 1;' });
    const { problems, drifts } = await checkStatus(project);
    expect(problems.length).toBeGreaterThan(0);
    expect(drifts.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['edited', 'no-rollback']));
    project.remove(up('001_t'), down('001_t'));
    await checkStatus(project);
  });

  test('of what would be lost, and of what was repaired and marked', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TABLE, PATIENCE);
    await project.apply({ env: 'production' });
    const losses: Event[] = [];
    const emit = (event: Event): void => void losses.push(event);
    check([await refusedBy(project.rollback({ env: 'production', emit }))]);
    expect(check(losses)).toContain('data-loss');
    await database.query("DELETE FROM schema_migrations WHERE name = '001_t'");
    await checkStatus(project);
    expect(check((await project.repair({ env: 'production' })).events)).toContain('recorded');
    const consents = [{ kind: 'reinsert', name: '001_t' }] as const;
    expect(check((await project.repair({ env: 'production', consents })).events)).toContain('recorded');
    await project.write(pair('002_b', 'SELECT 1;', 'SELECT 1;'));
    expect(check((await project.baseline({ env: 'production', to: '002' })).events)).toContain('recorded');
    await checkStatus(project);
  });

  test('of a run that waits for somebody and gives up', async () => {
    const { database, project } = await applied();
    await project.write(pair('002_w', 'ALTER TABLE t ADD COLUMN w int;', 'ALTER TABLE t DROP COLUMN w;'));
    const release = await holdTable(database);
    expect(check((await project.apply()).events)).toEqual(expect.arrayContaining(['blocked', 'step-failed']));
    await release();
  });

  test('of a run that waits for another one, which then vanishes', async () => {
    const { database, project } = await applied();
    await project.write(pair('002_w', 'CREATE INDEX CONCURRENTLY w ON t (id);', 'DROP INDEX w;'));
    const release = await holdTable(database);
    const first = project.apply();
    const pid = await until('a run that waits', async () => (await checkStatus(project)).running?.holder.pid);
    const events: Event[] = [];
    const second = project.apply({ emit: (event) => void events.push(event) });
    await until('a run that waits for the RunLock', async () => events.some(({ type }) => type === 'waiting'));
    await database.query('SELECT pg_terminate_backend($1)', [pid]);
    check((await first).events);
    await release();
    await second;
    expect(check(events)).toEqual(expect.arrayContaining(['waiting', 'waited', 'settled', 'run-ended']));
  });
});

onServer('newest', 'the commands with --report json', ({ freshDatabase }) => {
  test('print documented lines and nothing else', async () => {
    const database = await freshDatabase();
    const { ours } = await createCheckout(database, pair('002_f', 'CREATE TABLE tenants ();', 'SELECT 1;'));
    const commands = [
      ['migrate-status', '--env', 'test'],
      ['migrate-up', '--env', 'test', '--to', '001'],
      ['migrate-up', '--env', 'test'],
      ['migrate-up', '--env', 'staging'],
      ['migrate-status'],
      ['migrate-status', '--audit'],
      ['migrate-rollback'],
      ['migrate-repair'],
    ];
    for (const command of commands) {
      const { stdout } = await ours([...command, '--report', 'json']);
      keep(expectDocumented(stdout));
      const name = command[command.indexOf('--env') + 1];
      const targets = stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly target: string }).target);
      expect(new Set(targets), command.join(' ')).toEqual(new Set([command.includes('--env') ? name : database.database]));
    }
    const { stdout } = await ours(['migrate-up', '--env', 'nowhere', '--report', 'json']);
    keep(expectDocumented(stdout));
    expect(JSON.parse(stdout)).not.toHaveProperty('target');
  });
});

afterAll(() => {
  // The embedded server is started by tests of its own.
  expect([...seen].sort()).toEqual(
    expect.arrayContaining(
      ['connected', 'created', 'waiting', 'waited', 'settled', 'note', 'planned', 'step-started', 'progress', 'blocked', 'data-loss']
        .concat(['notice', 'step-done', 'step-failed', 'recorded', 'refused', 'run-ended', 'status', 'audit'])
        .sort(),
    ),
  );
});
