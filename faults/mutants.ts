import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Kind } from './kinds.ts';
import { runMatrix, titleOf } from './matrix.ts';
import { entry } from './plan.ts';
import { copyWithTests, failsTest, type TestOfMutant } from './test-of-mutant.ts';
import type { Side } from './wire-proxy.ts';
import { openWorkshop } from './workshop.ts';

/** The executor, broken in one place. */
export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly shows: Shows;
}

/** Where it shows: in a part of the matrix, or, where no fault is needed to see it, in a test. */
type Shows = { readonly project: string; readonly kind: Kind; readonly sides: readonly Side[] } | TestOfMutant;

/** File, what stands there, what comes in its place. */
type Patch = readonly [file: string, from: RegExp, to: string];

export interface MutantResult {
  readonly name: string;
  /** The first point that did not converge, or the test that failed; undefined when there was none. */
  readonly caught: string | undefined;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the history row comes after the COMMIT',
    patches: [
      ['src/run/run-transaction.ts', /(lookBeforeCommit\(context, step\)\})\$\{record\} COMMIT;/, '$1 COMMIT;'],
      [
        'src/run/run-transaction.ts',
        /(worked = \{ taken: readTaken\(rows\), ahead: readLastLook\(rows\), waiting: readWaiting\(rows\) \};)/,
        "$1\nif (after) await sendToCommit(context.client, 'BEGIN; ' + transaction.record + ' COMMIT; ' + context.session.settle, []);",
      ],
    ],
    shows: { project: 'transactional', kind: 'kill', sides: ['before', 'after'] },
  },
  {
    name: 'the RunLock is removed',
    patches: [
      ['src/pg/run-lock.ts', /return rows\[0\]\?\.locked \?\? false;/, 'return true;'],
      ['src/run/prepare-step.ts', /if \(!look\?\.locked\)/, 'if (!look)'],
    ],
    shows: { project: 'non-transactional', kind: 'rival', sides: ['before', 'after'] },
  },
  {
    name: 'the place of a backfill is written apart from its batch',
    patches: [
      [
        'src/run/run-backfill.ts',
        / {4}record,\n {4}isLater: true,\n {2}\}\);/,
        "    record: '',\n    isLater: true,\n  });\n  await context.client.query('BEGIN; ' + record + ' COMMIT;');",
      ],
    ],
    shows: { project: 'backfill', kind: 'kill', sides: ['before', 'after'] },
  },
  {
    name: 'the place in a range is written apart from its batch',
    patches: [
      [
        'src/run/work-batch.ts',
        /(isLater: true, isOpen: true \}, lockTimeoutMs\);)/,
        "$1\n  await client.query('BEGIN; ' + record + ' COMMIT;');",
      ],
      ['src/run/work-batch.ts', /texts, record, isLater/, "texts, record: '', isLater"],
    ],
    shows: { project: 'background', kind: 'kill', sides: ['before', 'after'] },
  },
  {
    name: 'the check for INVALID indexes is removed',
    patches: [['src/pg/catalog.ts', /rows\[0\]\.valid \? 'done' : 'half-done'/, "'done'"]],
    shows: { project: 'non-transactional', kind: 'terminate', sides: ['during'] },
  },
  {
    name: 'the journal does not say that a statement outside a transaction begins',
    patches: [['src/run/run-alone.ts', /await client\.query\(inOwnTransaction\([^;]*started\)[^;]*;/, '']],
    shows: { project: 'non-transactional', kind: 'kill', sides: ['after', 'during'] },
  },
  {
    name: 'the journal does not say that a run begins',
    patches: [['src/run/run-plan.ts', /\$\{OWN_BEGIN\}; \$\{start\} COMMIT; /, '']],
    shows: { project: 'transactional', kind: 'kill', sides: ['before', 'after'] },
  },
  {
    name: 'nobody settles an interrupted run',
    patches: [['src/target/with-run.ts', /await settleOpenRuns\([^;]*;/, '']],
    shows: { project: 'transactional', kind: 'reset', sides: ['before', 'after'] },
  },
  {
    name: 'the wait for the RunLock blocks',
    patches: [
      [
        'src/pg/run-lock.ts',
        /SELECT pg_catalog\.pg_try_advisory_lock\((\$\{runLockKey\(schema\)\})\) AS locked/,
        'SELECT true AS locked FROM (SELECT pg_catalog.pg_advisory_lock($1)) s',
      ],
    ],
    shows: { project: 'non-transactional', kind: 'rival', sides: ['before'] },
  },
  {
    name: 'every attempt at a lock is as short as the first',
    patches: [['src/run/lock-patience.ts', /FIRST_TIMEOUT_MS \* 2 \*\* \(attempt - 1\)/, 'FIRST_TIMEOUT_MS']],
    shows: {
      file: 'test/run/lock-patience.pg.test.ts',
      title: 'doubles its patience from attempt to attempt, up to the limit of the policy',
    },
  },
  {
    name: 'SET NOT NULL counts as a statement that may lose data',
    patches: [['src/sql/effects/preserves-data.ts', / AT_SetNotNull(?= )/, '']],
    shows: { file: 'test/sql/effects.test.ts', title: 'ALTER TABLE t ALTER a SET NOT NULL: keeps' },
  },
  {
    name: 'nobody looks for applied migrations whose row of history is gone',
    patches: [['src/plan/plan-apply.ts', /refusals\.push\(\.\.\.\(await findUnrecorded\([^;]*;/, '{}']],
    shows: {
      file: 'test/journeys/apply.pg.test.ts',
      title: 'does not apply again what the journal says is applied, when its row of history is gone',
    },
  },
];

interface Trial {
  readonly folder: string;
  readonly tell: (text: string) => void;
}

/** Copies the project, breaks it, and runs what shows it. */
export async function tryMutant(mutant: Mutant, trial: Trial): Promise<MutantResult> {
  const { name, shows } = mutant;
  if (!('file' in shows)) return { name, caught: await tryInMatrix(mutant, shows, trial) };
  const root = path.join(trial.folder, 'project');
  copyWithTests(root);
  breakSource(root, mutant);
  return { name, caught: await failsTest(root, shows) };
}

async function tryInMatrix(
  mutant: Mutant,
  { project, kind, sides }: Exclude<Shows, TestOfMutant>,
  { folder, tell }: Trial,
): Promise<string | undefined> {
  const workshop = await openWorkshop(path.join(folder, 'workshop'), (root) => breakSource(root, mutant));
  const results = await runMatrix({
    entries: [entry(project, [kind])],
    workshop,
    folder,
    tell: () => undefined,
    stopsAtFirst: true,
    pick: (points) => points.filter(({ side }) => sides.includes(side)),
  });
  const bad = results.flatMap(({ tried }) => tried).find(({ verdict }) => verdict === 'needed a human' || verdict === 'lost or doubled');
  const [title = ''] = results.map((result) => titleOf(result.entry));
  if (bad) tell(`  ${bad.why}\n`);
  return bad && `${title}: ${bad.kind} ${bad.side} message ${bad.k} (${bad.verdict})`;
}

function breakSource(root: string, { name, patches }: Mutant): void {
  for (const [file, from, to] of patches) {
    const place = path.join(root, file);
    const text = readFileSync(place, 'utf8');
    const broken = text.replace(from, to);
    if (broken === text) throw new Error(`the mutant "${name}" finds nothing to break in ${file}`);
    writeFileSync(place, broken);
  }
}
