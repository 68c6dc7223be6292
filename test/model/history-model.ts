import fc from 'fast-check';
import knex from 'knex';
import { vi } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';
import { stockKnexfile } from '../../src/journeys/stock.ts';
import type { TestDatabase } from '../support/database.ts';
import { down, pair, type TestProject, up, variablesOf } from '../support/project.ts';

/** What history must hold: the names on disk, and which of them are applied, in order. */
export interface Model {
  readonly files: string[];
  applied: string[];
}

export interface Real {
  readonly database: TestDatabase;
  readonly project: TestProject;
}

type Command = fc.AsyncCommand<Model, Real>;

/** Plain, failing on purpose never; every third one cannot run in a transaction. */
const sqlOf = (number: number, flavour: number): readonly [string, string] => {
  const table = `m_${number}`;
  if (flavour === 0)
    return [`CREATE TABLE ${table} (id int, v int DEFAULT ${number});\nINSERT INTO ${table} VALUES (1);`, `DROP TABLE ${table};`];
  if (flavour === 1) return [`BEGIN;\nCREATE TABLE ${table} (id int);\nCOMMIT;`, `BEGIN;\nDROP TABLE ${table};\nCOMMIT;`];
  return [
    `CREATE TABLE ${table} (id int);\nCREATE INDEX CONCURRENTLY ${table}_i ON ${table} (id);\nINSERT INTO ${table} VALUES (1);`,
    `DROP INDEX CONCURRENTLY ${table}_i;\nDROP TABLE ${table};`,
  ];
};

const pendingOf = ({ files, applied }: Model): readonly string[] => files.filter((name) => !applied.includes(name));

/** @throws when history, tables or their rows are not what the model says, or the audit takes what happened for tampering */
export async function verify(model: Model, { database, project }: Real): Promise<void> {
  const exists = (await database.query("select to_regclass('schema_migrations') is not null as found"))[0]?.['found'];
  const names = exists ? (await database.query('select name from schema_migrations order by id')).map(({ name }) => String(name)) : [];
  const tables = (await database.query("select relname from pg_class where relkind = 'r' and relname like 'm\\_%' order by relname")).map(
    ({ relname }) => String(relname),
  );
  const wanted = model.applied.map(tableOf).sort();
  const invalid = await database.query('select 1 from pg_index where not indisvalid');
  if (JSON.stringify(names) !== JSON.stringify(model.applied)) throw new Error(`history is ${names}, and should be ${model.applied}`);
  if (JSON.stringify(tables) !== JSON.stringify(wanted)) throw new Error(`tables are ${tables}, and should be ${wanted}`);
  if (invalid.length > 0) throw new Error('an INVALID index is left');
  const { findings } = await project.audit();
  if (findings.length > 0) throw new Error(`the audit found: ${findings.map(({ what }) => what).join('; ')}`);
}

const tableOf = (name: string): string => `m_${Number(name.split('_')[0])}`;

const command = (
  text: string,
  parts: { readonly check?: (model: Readonly<Model>) => boolean; readonly run: (model: Model, real: Real) => Promise<void> },
): Command => ({
  check: parts.check ?? (() => true),
  run: async (model, real) => {
    await parts.run(model, real);
    await verify(model, real);
  },
  toString: () => text,
});

const make = (flavour: number): Command =>
  command(`make(${flavour})`, {
    check: ({ files }) => files.length < 12,
    run: async (model, { project }) => {
      const number = model.files.length + 1;
      const name = `${String(number).padStart(3, '0')}_m`;
      await project.write(pair(name, ...sqlOf(number, flavour)));
      model.files.push(name);
    },
  });

const edit = (flavour: number): Command =>
  command(`edit the last pending(${flavour})`, {
    check: (model) => pendingOf(model).length > 0,
    run: async (model, { project }) => {
      const name = pendingOf(model).at(-1) ?? '';
      const [forward, back] = sqlOf(Number(name.split('_')[0]), flavour);
      await project.write({ [up(name)]: forward, [down(name)]: back });
    },
  });

const apply = command('apply', {
  run: async (model, { project }) => {
    if ((await project.apply()).exitCode !== 0) throw new Error('apply failed');
    model.applied.push(...pendingOf(model));
  },
});

const applyTo = (share: number): Command =>
  command(`apply --to ${share}`, {
    check: ({ files }) => files.length > 0,
    run: async (model, { project }) => {
      const to = Math.ceil(model.files.length * share) || 1;
      if ((await project.apply({ to: String(to) })).exitCode !== 0) throw new Error('apply --to failed');
      model.applied.push(...pendingOf(model).filter((name) => Number(name.split('_')[0]) <= to));
    },
  });

const rollback = command('rollback', {
  run: async (model, { project }) => {
    if ((await project.rollback()).exitCode !== 0) throw new Error('rollback failed');
    model.applied.pop();
  },
});

const rollbackTo = (share: number): Command =>
  command(`rollback --to ${share}`, {
    check: ({ applied }) => applied.length > 0,
    run: async (model, { project }) => {
      const keep = Math.floor(model.applied.length * share);
      const to = keep === 0 ? '0' : (model.applied[keep - 1] ?? '').split('_')[0];
      if ((await project.rollback({ to: to ?? '0' })).exitCode !== 0) throw new Error('rollback --to failed');
      model.applied = model.applied.slice(0, keep);
    },
  });

/** Runs until its connection is cut, then finds out how far it came; the next plain command must finish it. */
const cut = (direction: 'up' | 'down', afterMs: number): Command =>
  command(`${direction} cut after ${afterMs} ms`, {
    check: (model) => (direction === 'up' ? pendingOf(model).length > 0 : model.applied.length > 0),
    run: async (model, { database, project }) => {
      const run = (direction === 'up' ? project.apply() : project.rollback({ to: '0' })).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'lockstep%'",
      );
      await run;
      const again = direction === 'up' ? await project.apply() : await project.rollback({ to: '0' });
      if (again.exitCode !== 0) throw new Error(`the command after the cut failed:\n${again.screen}`);
      model.applied = direction === 'up' ? [...model.applied, ...pendingOf(model)] : [];
    },
  });

/** Stock Knex on the same files and history, called as an application would. */
const stock = (method: 'latest' | 'up' | 'down' | 'rollback'): Command =>
  command(`knex.migrate.${method}()`, {
    run: async (model, { database, project }) => {
      for (const [name, value] of Object.entries(variablesOf(database))) vi.stubEnv(name, value);
      const config = stockKnexfile(defineProject({ root: project.root }), () => {});
      const instance = knex(config['test'] ?? {});
      try {
        await instance.migrate[method]();
      } finally {
        await instance.destroy();
        vi.unstubAllEnvs();
      }
      const pending = pendingOf(model);
      if (method === 'latest') model.applied.push(...pending);
      else if (method === 'up') model.applied.push(...pending.slice(0, 1));
      // Stock `down` goes by the order of files, `rollback` by the last batch; with one batch each both mean the last here.
      else model.applied.pop();
    },
  });

/** Random sequences of everything that changes files or history. */
export const commands = fc.commands(
  [
    fc.nat(2).map(make),
    fc.nat(2).map(make),
    fc.nat(2).map(edit),
    fc.constant(apply),
    fc.double({ min: 0, max: 1, noNaN: true }).map(applyTo),
    fc.constant(rollback),
    fc.double({ min: 0, max: 0.99, noNaN: true }).map(rollbackTo),
    fc.tuple(fc.constantFrom('up' as const, 'down' as const), fc.nat(60)).map(([direction, ms]) => cut(direction, ms)),
    fc.constantFrom('latest' as const, 'up' as const, 'down' as const, 'rollback' as const).map(stock),
  ],
  { maxCommands: 14 },
);
