import { readSource } from '../files/read-source.ts';
import { findStockHistory } from '../history/find-stock-history.ts';
import type { History } from '../history/history.ts';
import { readChanges } from '../history/journal.ts';
import { isLockstepError, type Refusal } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import { isApplied, readForeignHistory } from './histories.ts';
import { readOrigin } from './plan-import.ts';

interface Pending {
  readonly root: string;
  readonly hasJournal: boolean;
  readonly migrations: readonly Pick<Migration, 'name' | 'up'>[];
  /** As the command named it. */
  readonly env?: string | undefined;
}

interface Imported {
  readonly tool: string;
  readonly key: string;
  readonly name: string;
}

/** What another tool, stock Knex among them, says that it has applied of what is pending here. */
export async function findAppliedElsewhere(history: History, pending: Pending): Promise<readonly Refusal[]> {
  const names = pending.migrations.map(({ name }) => name);
  const found = [await findStockHistory(history, { ...pending, names }), await findForeignHistory(history, pending)];
  return found.filter((refusal) => refusal !== undefined);
}

async function findForeignHistory(history: History, pending: Pending): Promise<Refusal | undefined> {
  const imported = pending.migrations.flatMap((migration) => originOf(pending.root, migration));
  for (const tool of new Set(imported.map((one) => one.tool))) {
    const told = await readForeignHistory(history.client, tool, history.schema);
    const names = told ? imported.filter((one) => one.tool === tool && isApplied(told, one.key)).map(({ name }) => name) : [];
    // What the journal knows was taken over once, and is pending because it was rolled back since.
    const changes = pending.hasJournal && names.length > 0 ? await readChanges(history, names) : [];
    const [first, ...others] = names.filter((name) => !changes.some((change) => change.name === name));
    if (first === undefined || !told) continue;
    return {
      code: 'foreign-history',
      what: `${told.table} says that ${tool} applied ${first}${others.length > 0 ? ` and ${others.length} more of these` : ''} already`,
      next: `npm run migrate:baseline --${pending.env ? ` --env ${pending.env}` : ''} --from ${tool}   takes its history over`,
      exitCode: 3,
    };
  }
  return undefined;
}

/** A file that cannot be read is refused where files are. */
function originOf(root: string, { name, up }: Pick<Migration, 'name' | 'up'>): readonly Imported[] {
  try {
    const origin = up === undefined ? undefined : readOrigin(readSource(root, up).text);
    return origin ? [{ ...origin, name }] : [];
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    return [];
  }
}
