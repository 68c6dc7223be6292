import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { type Context, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { defineProject, openProject } from '../../src/index.ts';
import { createAdopter } from '../package/package.ts';
import { createCheckout } from '../support/checkout.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair, type Tree, up, variablesOf } from '../support/project.ts';

const MODULES = path.resolve(import.meta.dirname, '../../node_modules');

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
beforeEach(() => exporter.reset());
afterAll(() => {
  trace.disable();
  context.disable();
});

/** A project that has OpenTelemetry installed. */
async function createTraced(database: TestDatabase, tree: Tree) {
  const project = await createProject(database, { 'package.json': '{"name":"shop"}', ...tree });
  symlinkSync(MODULES, path.join(project.root, 'node_modules'));
  return project;
}

/** Spans as a tree, each with what it says and how it ended, without what differs from run to run. */
function spanTree(spans: readonly ReadableSpan[] = exporter.getFinishedSpans(), parent?: string): readonly object[] {
  return spans
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
    .sort((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
    .map((span) => {
      const { name, status, attributes } = span;
      const below = spanTree(spans, span.spanContext().spanId);
      const said = Object.entries(attributes).filter(([key]) => !STEADY.some((prefix) => key.startsWith(prefix)));
      return { name, ...Object.fromEntries(said), ...(status.message && { error: status.message }), ...(below.length > 0 && { below }) };
    });
}
const STEADY = ['server.', 'db.namespace', 'user.', 'vcs.', 'lockstep.run', 'lockstep.duration_ms'];

const PARTS = {
  ...pair('001_a', 'CREATE TABLE a (id int);\n', 'DROP TABLE a;'),
  ...pair('002_b', 'CREATE INDEX CONCURRENTLY b ON a (id);\nINSERT INTO a VALUES (1);', 'DROP INDEX b;'),
};

onServer('newest', 'the spans of a run', ({ freshDatabase }) => {
  test('are one for the run, one a step and one a part, each below what it belongs to', async () => {
    const project = await createTraced(await freshDatabase(), PARTS);
    await project.apply();
    expect(spanTree()).toMatchInlineSnapshot(`
      [
        {
          "below": [
            {
              "db.system.name": "postgresql",
              "deployment.environment.name": "test",
              "lockstep.direction": "up",
              "lockstep.migration": "001_a",
              "lockstep.outcome": "done",
              "lockstep.parts": 1,
              "lockstep.statements": 1,
              "lockstep.step.number": 1,
              "lockstep.step.total": 2,
              "name": "up 001_a",
            },
            {
              "below": [
                {
                  "db.operation.name": "CREATE INDEX CONCURRENTLY",
                  "db.system.name": "postgresql",
                  "deployment.environment.name": "test",
                  "lockstep.migration": "002_b",
                  "lockstep.part.number": 1,
                  "lockstep.part.total": 2,
                  "name": "part 1/2 CREATE INDEX CONCURRENTLY",
                },
                {
                  "db.operation.name": "INSERT INTO",
                  "db.system.name": "postgresql",
                  "deployment.environment.name": "test",
                  "lockstep.migration": "002_b",
                  "lockstep.part.number": 2,
                  "lockstep.part.total": 2,
                  "name": "part 2/2 INSERT INTO",
                },
              ],
              "db.system.name": "postgresql",
              "deployment.environment.name": "test",
              "lockstep.direction": "up",
              "lockstep.migration": "002_b",
              "lockstep.outcome": "done",
              "lockstep.parts": 2,
              "lockstep.statements": 2,
              "lockstep.step.number": 2,
              "lockstep.step.total": 2,
              "name": "up 002_b",
            },
          ],
          "db.system.name": "postgresql",
          "deployment.environment.name": "test",
          "lockstep.direction": "up",
          "lockstep.outcome": "done",
          "lockstep.steps.done": 2,
          "lockstep.steps.not_reached": 0,
          "lockstep.target": "test",
          "name": "lockstep up",
        },
      ]
    `);
  });

  test('say where they were and who they are, with the names of the semantic conventions', async () => {
    const database = await freshDatabase();
    const project = await createTraced(database, PARTS);
    const { events } = await project.apply();
    const run = exporter.getFinishedSpans().find(({ name }) => name === 'lockstep up');
    expect(run?.attributes).toMatchObject({
      'db.system.name': 'postgresql',
      'db.namespace': `${database.database}|public`,
      'server.address': database.host,
      'server.port': database.port,
      'deployment.environment.name': 'test',
    });
    const started = events.find((event) => event.type === 'run-started');
    expect(run?.attributes['lockstep.run']).toBe(started?.run);
    expect((await database.query('SELECT DISTINCT run::text FROM schema_migrations_journal')).map(({ run: id }) => id)).toEqual([
      started?.run,
    ]);
  });

  test('end as failed with the code and the place, and never with what the server or the file says', async () => {
    const project = await createTraced(await freshDatabase(), {
      ...PARTS,
      [up('002_b')]: "CREATE INDEX CONCURRENTLY b ON a (id);\nINSERT INTO a VALUES ('hunter2');",
    });
    await project.apply();
    expect(spanTree()).toMatchInlineSnapshot(`
      [
        {
          "below": [
            {
              "db.system.name": "postgresql",
              "deployment.environment.name": "test",
              "lockstep.direction": "up",
              "lockstep.migration": "001_a",
              "lockstep.outcome": "done",
              "lockstep.parts": 1,
              "lockstep.statements": 1,
              "lockstep.step.number": 1,
              "lockstep.step.total": 2,
              "name": "up 001_a",
            },
            {
              "below": [
                {
                  "db.operation.name": "CREATE INDEX CONCURRENTLY",
                  "db.system.name": "postgresql",
                  "deployment.environment.name": "test",
                  "lockstep.migration": "002_b",
                  "lockstep.part.number": 1,
                  "lockstep.part.total": 2,
                  "name": "part 1/2 CREATE INDEX CONCURRENTLY",
                },
                {
                  "db.operation.name": "INSERT INTO",
                  "db.response.status_code": "22P02",
                  "db.system.name": "postgresql",
                  "deployment.environment.name": "test",
                  "error": "statement-failed 22P02 at db/migrations/002_b.sql:2:23",
                  "error.type": "22P02",
                  "lockstep.migration": "002_b",
                  "lockstep.part.number": 2,
                  "lockstep.part.total": 2,
                  "name": "part 2/2 INSERT INTO",
                },
              ],
              "db.response.status_code": "22P02",
              "db.system.name": "postgresql",
              "deployment.environment.name": "test",
              "error": "statement-failed 22P02 at db/migrations/002_b.sql:2:23",
              "error.type": "22P02",
              "lockstep.direction": "up",
              "lockstep.migration": "002_b",
              "lockstep.outcome": "failed",
              "lockstep.parts": 2,
              "lockstep.statements": 2,
              "lockstep.step.number": 2,
              "lockstep.step.total": 2,
              "name": "up 002_b",
            },
          ],
          "db.response.status_code": "22P02",
          "db.system.name": "postgresql",
          "deployment.environment.name": "test",
          "error": "statement-failed 22P02 at db/migrations/002_b.sql:2:23",
          "error.type": "22P02",
          "lockstep.direction": "up",
          "lockstep.outcome": "failed",
          "lockstep.steps.done": 1,
          "lockstep.steps.not_reached": 0,
          "lockstep.target": "test",
          "name": "lockstep up",
        },
      ]
    `);
    expect(
      JSON.stringify(exporter.getFinishedSpans().map(({ name, status, attributes, events }) => [name, status, attributes, events])),
    ).not.toContain('hunter2');
  });

  test('say that a run was refused, or had nothing to do', async () => {
    const project = await createTraced(await freshDatabase(), { [up('001_a')]: 'CREATE TABEL hunter2;' });
    await expect(project.apply()).rejects.toThrow();
    const [refused] = spanTree();
    await project.write(PARTS);
    await project.apply();
    exporter.reset();
    await project.apply();
    expect([refused, ...spanTree()]).toMatchInlineSnapshot(`
      [
        {
          "db.system.name": "postgresql",
          "deployment.environment.name": "test",
          "error": "syntax-error at db/migrations/001_a.sql:1:8",
          "error.type": "syntax-error",
          "lockstep.direction": "up",
          "lockstep.outcome": "refused",
          "name": "lockstep up",
        },
        {
          "db.system.name": "postgresql",
          "deployment.environment.name": "test",
          "lockstep.direction": "up",
          "lockstep.outcome": "nothing to do",
          "name": "lockstep up",
        },
      ]
    `);
  });

  test('belong to what a program does, and what a code migration does belongs to them', async () => {
    const database = await freshDatabase();
    const project = await createTraced(database, {
      'migrations/001_code.js':
        "import { trace } from '@opentelemetry/api';\nexport async function up(knex) { trace.getTracer('shop').startSpan('backfill').end(); await knex.raw('SELECT 1'); }\nexport async function down() {}\n",
      'package.json': '{"name":"shop","type":"module"}',
    });
    const opened = openProject(defineProject({ root: project.root }), { env: 'test', connection: database.url });
    const span = trace.getTracer('shop').startSpan('deploy');
    const within: Context = trace.setSpan(ROOT_CONTEXT, span);
    await context.with(within, () => opened.apply());
    span.end();
    const names = (tree: readonly object[]): readonly unknown[] =>
      tree.map((one) => [(one as { name: string }).name, ...names((one as { below?: readonly object[] }).below ?? [])]);
    expect(names(spanTree())).toEqual([['deploy', ['lockstep up', ['up 001_code'], ['backfill']]]]);
  });

  test('are none, and nothing is loaded, where the project has no OpenTelemetry', async () => {
    const project = await createProject(await freshDatabase(), PARTS);
    expect((await project.apply()).exitCode).toBe(0);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});

const SDK = `import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, ConsoleSpanExporter, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(new ConsoleSpanExporter())] });
trace.setGlobalTracerProvider(provider);
process.once('beforeExit', () => provider.shutdown());
`;

onServer('newest', 'the program', ({ freshDatabase }) => {
  test('gives its spans to the SDK that the host registers with node --import', async () => {
    const adopter = createAdopter(
      { 'package.json': '{"name":"shop"}', 'knexfile.cjs': 'module.exports = {};', 'sdk.mjs': SDK, ...PARTS },
      await freshDatabase(),
      ['@opentelemetry'],
    );
    const bin = path.join(adopter.root, 'node_modules/lockstep/dist/lockstep.js');
    const { code, said } = await adopter.node('--import', './sdk.mjs', bin, 'up', '--env', 'test');
    expect(code, said).toBe(0);
    expect([...said.matchAll(/^ {2}name: '(.*)'/gm)].map(([, name]) => name)).toEqual(
      expect.arrayContaining(['lockstep up', 'up 001_a', 'up 002_b', 'part 1/2 CREATE INDEX CONCURRENTLY']),
    );
  });

  test('of a checkout does so too, from its bundle', async () => {
    const database = await freshDatabase();
    const { ours } = await createCheckout(database, { 'sdk.mjs': SDK });
    const { code, stdout, stderr } = await ours(['migrate-up', '--env', 'test'], {
      ...variablesOf(database),
      NODE_OPTIONS: '--import ./sdk.mjs',
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("name: 'up 001_init'");
  });
});
