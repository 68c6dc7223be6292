/** What only all of the migrations together show. */
import { readRepeatables } from '../files/read-repeatables.ts';
import type { Migration } from '../model/migration.ts';
import type { Proof, ProofFinding } from '../model/rehearsal.ts';
import { compare } from '../rehearse/judge.ts';
import { findingOf } from './prove-rollback.ts';
import type { Stage } from './rehearsal-stage.ts';

interface Played {
  readonly root: string;
  readonly migrations: readonly Migration[];
  /** Of those that were rehearsed. */
  readonly proofs: readonly Proof[];
}

/** On a stage where everything is applied. @returns undefined where none of it was tried */
export async function proveChain(stage: Stage, { root, migrations, proofs }: Played): Promise<readonly ProofFinding[] | undefined> {
  const { repeatables } = await readRepeatables(root);
  const beside = repeatables.length > 0 ? await besideRepeatables(stage, migrations, proofs) : undefined;
  const whole = proofs.length === migrations.length && migrations.every(hasWayBack) ? await wholeWay(stage, proofs) : undefined;
  // What holds beside the repeatable files says nothing of the whole way.
  return whole || beside?.length ? [...(beside ?? []), ...(whole ?? [])] : undefined;
}

// Where a rollback may be missing, there is no whole way.
const hasWayBack = ({ down, module }: Migration): boolean => down !== undefined || module !== undefined;

/** Repeatable files on top of everything, and the newest rollback below them: a view of theirs may stand in its way. */
async function besideRepeatables(
  stage: Stage,
  migrations: readonly Migration[],
  proofs: readonly Proof[],
): Promise<readonly ProofFinding[]> {
  const up = await stage.run('up', { withRepeatables: true });
  if (up.failure) return [findingOf('up-failed', up.failure)];
  const last = migrations.at(-1);
  const proof = proofs.find(({ name }) => name === last?.name);
  if (!last?.down || !proof || proof.findings.length > 0 || proof.irreversible !== undefined) return [];
  const { failure } = await stage.run('down', { to: migrations.at(-2)?.name ?? '0' });
  return failure ? [findingOf('rollback-failed', { ...failure, what: `beside the repeatable files, ${failure.what}` })] : [];
}

/** Down to empty and up again, rollback upon rollback: what only the chain shows. */
async function wholeWay(stage: Stage, proofs: readonly Proof[]): Promise<readonly ProofFinding[] | undefined> {
  if (proofs.some(({ irreversible, findings }) => irreversible !== undefined || findings.length > 0)) return undefined;
  await stage.begin();
  const empty = await stage.picture();
  const up = await stage.run('up');
  const top = await stage.picture();
  const down = await stage.run('down', { to: '0' });
  const failure = up.failure ?? down.failure;
  if (failure) return [findingOf('rollback-failed', failure)];
  const next = 'correct the rollback that leaves it behind, or does not bring it back';
  const left = compare(empty, await stage.picture()).schema;
  if (left.length > 0) return [{ code: 'rollback-differs', what: 'after all rollbacks the schema is not empty again', lines: left, next }];
  const again = await stage.run('up');
  if (again.failure)
    return [findingOf('again-failed', { ...again.failure, what: `applied again after all rollbacks, ${again.failure.what}` })];
  const other = compare(top, await stage.picture()).schema;
  return other.length > 0
    ? [{ code: 'again-differs', what: 'applied again after all rollbacks, the schema is another one', lines: other, next }]
    : [];
}
