import { readSource } from '../files/read-source.ts';
import { hasHistory, isApplied, isSame, type ReadHistory, readForeignHistory } from '../import/histories.ts';
import { readOrigin } from '../import/plan-import.ts';
import { LockstepError, listed } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { toolNamed } from './import.ts';

interface Question {
  readonly root: string;
  readonly migrations: readonly Migration[];
  /** The tool whose history is taken over. */
  readonly tool: string;
}

export interface Adopted {
  readonly migrations: readonly Migration[];
  readonly notes: readonly string[];
}

/**
 * What the history of another tool says is applied, of the migrations that were imported from it.
 * @throws LockstepError (exit 3) where it is absent or not in order, or names what was not imported
 */
export async function planAdopted({ history, applied }: OpenTarget, { root, migrations, tool }: Question): Promise<Adopted> {
  const { name } = toolNamed(tool);
  const keyed = migrations.flatMap((migration) => {
    const origin = migration.up ? readOrigin(readSource(root, migration.up).text) : undefined;
    return origin?.tool === name ? [{ migration, key: origin.key }] : [];
  });
  if (keyed.length === 0 || !hasHistory(name)) throw nothingImported(name);
  const told = await readForeignHistory(history.client, name, history.schema);
  if (!told) throw historyMissing(name, history.schema);
  verifyInOrder(name, told);
  const strangers = told.keys.filter((theirs) => !keyed.some(({ key }) => isSame(theirs, key)));
  if (strangers.length > 0) throw notImported(name, told, strangers);
  const known = new Set(applied.map((row) => row.name));
  const adopted = keyed.filter(({ migration, key }) => isApplied(told, key) && !known.has(migration.name));
  return { migrations: adopted.map(({ migration }) => migration), notes: told.notes ?? [] };
}

const nothingImported = (tool: string): LockstepError =>
  new LockstepError({
    code: 'nothing-imported',
    what: `No migration here says that it was imported from ${tool}`,
    next:
      tool === 'knex'
        ? 'npm run migrate:baseline -- --from-knex'
        : `npm run migrate:import -- --from ${tool} FOLDER   with the folder that ${tool} reads`,
    exitCode: 3,
  });

const historyMissing = (tool: string, schema: string): LockstepError =>
  new LockstepError({
    code: 'history-missing',
    what: `${tool} has no history table in schema ${schema} or where it has one by default`,
    next: 'npm run migrate:dev   where the database is new; where it has these tables: npm run migrate:baseline -- --to VERSION',
    exitCode: 3,
  });

function verifyInOrder(tool: string, { table, troubles }: ReadHistory): void {
  if (troubles.length === 0) return;
  throw new LockstepError({
    code: 'foreign-history-broken',
    what: `${table}, the history of ${tool}, is not in order: ${listed(troubles, 5)}`,
    next: `settle it with ${tool} first, or look: SELECT * FROM ${table};`,
    exitCode: 3,
  });
}

const notImported = (tool: string, { table }: ReadHistory, keys: readonly string[]): LockstepError =>
  new LockstepError({
    code: 'files-missing',
    what: `${table} says that ${tool} applied what is not here: ${listed(keys, 5)}; nothing was marked`,
    next: `npm run migrate:import -- --from ${tool} FOLDER   with all of its files (git log --diff-filter=D finds deleted ones)`,
    exitCode: 3,
  });
