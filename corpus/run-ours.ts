import { filesOf } from '../src/files/write-migration.ts';
import type { Journey } from '../src/model/journey.ts';
import { isLockstepError, type Where } from '../src/model/lockstep-error.ts';
import type { Direction, Migration } from '../src/model/migration.ts';
import type { Step } from '../src/model/plan.ts';
import { targetName } from '../src/model/target.ts';
import { loadStep } from '../src/plan/load-step.ts';
import { runPlan } from '../src/run/run-plan.ts';
import { withRun } from '../src/target/with-run.ts';
import type { CorpusEntry, CorpusPair, FileResult } from './model.ts';

export interface Corpus {
  readonly root: string;
  readonly migrations: readonly Migration[];
  readonly byName: ReadonlyMap<string, CorpusPair>;
  /** Leads to the scratch database. */
  readonly journey: Journey;
}

type SqlStep = Extract<Step, { kind: 'sql' }>;
type Refused = { readonly code: string; readonly sqlstate?: string; readonly what: string; readonly where?: Where };

/** Loads and runs every file of one direction; a file that is refused is left out, and the rest goes on. */
export async function runDirection(corpus: Corpus, direction: Direction, ups: readonly CorpusEntry[]): Promise<readonly CorpusEntry[]> {
  const applied = new Set(ups.filter(({ result }) => result.kind === 'done').map(({ pair }) => pair));
  const ordered = direction === 'up' ? corpus.migrations : corpus.migrations.toReversed();
  const results = new Map<string, FileResult>();
  const steps: SqlStep[] = [];
  for (const migration of ordered) {
    const pair = corpus.byName.get(migration.name);
    const loaded = await load(corpus.root, migration, direction);
    if (loaded.kind !== 'sql') results.set(migration.name, loaded);
    else if (direction === 'down' && pair && !applied.has(pair)) results.set(migration.name, { kind: 'not-run' });
    else steps.push(loaded);
  }
  await runSteps(corpus, steps, results);
  return ordered.flatMap(({ name }) => {
    const [pair, result] = [corpus.byName.get(name), results.get(name)];
    return pair && result ? [{ pair, direction, result }] : [];
  });
}

async function load(root: string, migration: Migration, direction: Direction): Promise<SqlStep | FileResult> {
  if (direction === 'down' && !migration.down) return { kind: 'no-file' };
  try {
    const step = await loadStep({ root, emptyScripts: 'accept' }, migration, direction);
    if (step.kind === 'sql') return step;
    throw new Error(`${migration.name} has no module, and yet it is code`);
  } catch (error) {
    if (isLockstepError(error)) return refused(migration.name, error);
    throw error;
  }
}

/** As a person would: each failure ends a run, and the next run goes on without that file. */
async function runSteps({ journey }: Corpus, steps: readonly SqlStep[], results: Map<string, FileResult>): Promise<void> {
  let rest = steps;
  while (rest.length > 0 && !journey.interruption.aborted) {
    const { done, failed } = await withRun(journey, (run) =>
      runPlan(run.context, { target: targetName(run), direction: rest[0]?.direction ?? 'up', steps: rest }),
    );
    for (const { migration, script } of rest.slice(0, done.length)) results.set(migration.name, { kind: 'done', script });
    if (failed) results.set(failed.name, refused(failed.name, failed.failure));
    rest = rest.slice(done.length + 1);
  }
}

function refused(name: string, { code, sqlstate, what, where }: Refused): FileResult {
  const { up, down } = filesOf(name);
  return {
    kind: 'refused',
    code: sqlstate ?? code,
    what: what.replaceAll(up, 'it').replaceAll(down, 'it'),
    ...(where?.line !== undefined && { line: where.line }),
    ...(where?.column !== undefined && { column: where.column }),
  };
}
