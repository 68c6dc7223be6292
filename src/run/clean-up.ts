import type { Effect } from '../model/script.ts';
import { dropIndexConcurrently, findInvalidIndexes, findReindexLeftovers, listIndexes, quoteName } from '../pg/catalog.ts';
import type { RunContext } from './run-context.ts';

type CreateIndex = Extract<Effect, { kind: 'create-index' }>;
type Reindex = Extract<Effect, { kind: 'reindex' }>;

/**
 * Drops INVALID indexes that an interrupted CREATE INDEX or REINDEX CONCURRENTLY left behind, with a note for each.
 * @param before the table's indexes before an unnamed CREATE INDEX began
 * @returns whether such an unnamed index is there, built and valid
 */
export async function dropLeftovers(
  context: RunContext,
  effect: CreateIndex | Reindex,
  before: readonly string[] | undefined,
): Promise<boolean> {
  const { client, emit } = context;
  const invalid = await findLeftovers(context, effect, before);
  for (const index of invalid) {
    emit({ type: 'note', text: `dropping the INVALID index "${index.name}" that a build which did not finish left behind` });
    await dropIndexConcurrently(client, index);
  }
  if (effect.kind !== 'create-index' || effect.index !== undefined || !before) return false;
  return (await listIndexes(client, effect.table)).some((name) => !before.includes(name));
}

async function findLeftovers({ client }: RunContext, effect: CreateIndex | Reindex, before: readonly string[] | undefined) {
  if (effect.kind === 'reindex') return findReindexLeftovers(client);
  const invalid = await findInvalidIndexes(client, effect.table);
  return invalid.filter(({ name }) =>
    effect.index === undefined ? before !== undefined && !before.includes(name) : name === effect.index,
  );
}

/** Ends a DETACH PARTITION CONCURRENTLY that was cut off between its two transactions (manual: sql-altertable). */
export async function finishDetach(
  { client, emit }: RunContext,
  { parent, partition }: Extract<Effect, { kind: 'detach-partition' }>,
): Promise<void> {
  emit({ type: 'note', text: `finishing the interrupted detach of partition ${quoteName(partition)}` });
  await client.query(`ALTER TABLE ${quoteName(parent)} DETACH PARTITION ${quoteName(partition)} FINALIZE`);
}
