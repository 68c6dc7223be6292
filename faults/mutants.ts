import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Kind } from './kinds.ts';
import { runMatrix, titleOf } from './matrix.ts';
import { entry } from './plan.ts';
import type { Side } from './wire-proxy.ts';
import { openWorkshop } from './workshop.ts';

/** The executor, broken in one place. */
export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Where it shows. */
  readonly project: string;
  readonly kind: Kind;
  readonly sides: readonly Side[];
}

/** File, what stands there, what comes in its place. */
type Patch = readonly [file: string, from: RegExp, to: string];

export interface MutantResult {
  readonly name: string;
  /** The first point that did not converge; undefined when all did. */
  readonly caught: string | undefined;
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the history row comes after the COMMIT',
    patches: [
      ['src/run/run-transaction.ts', /(lookBeforeCommit\(context, step\)\})\$\{record\} COMMIT;/, '$1 COMMIT;'],
      [
        'src/run/run-transaction.ts',
        /isOpen = true;/,
        "isOpen = true;\nif (after) await sendScript(context.client, 'BEGIN; ' + record + ' COMMIT;');",
      ],
    ],
    project: 'transactional',
    kind: 'kill',
    sides: ['before', 'after'],
  },
  {
    name: 'the RunLock is removed',
    patches: [
      ['src/pg/run-lock.ts', /return rows\[0\]\?\.locked \?\? false;/, 'return true;'],
      ['src/run/prepare-step.ts', /if \(!row\?\.locked\)/, 'if (!row)'],
    ],
    project: 'non-transactional',
    kind: 'rival',
    sides: ['before', 'after'],
  },
  {
    name: 'the check for INVALID indexes is removed',
    patches: [['src/pg/catalog.ts', /rows\[0\]\.valid \? 'done' : 'half-done'/, "'done'"]],
    project: 'non-transactional',
    kind: 'terminate',
    sides: ['during'],
  },
  {
    name: 'the journal does not say that a statement outside a transaction begins',
    patches: [['src/run/run-alone.ts', /await client\.query\(inOwnTransaction\([^;]*started\)[^;]*;/, '']],
    project: 'non-transactional',
    kind: 'kill',
    sides: ['after', 'during'],
  },
  {
    name: 'the journal does not say that a run begins',
    patches: [['src/run/run-plan.ts', /await context\.client\.query\(startRun\([^;]*;/, '']],
    project: 'transactional',
    kind: 'kill',
    sides: ['before', 'after'],
  },
  {
    name: 'nobody settles an interrupted run',
    patches: [['src/target/with-run.ts', /await settleOpenRuns\([^;]*;/, '']],
    project: 'transactional',
    kind: 'reset',
    sides: ['before', 'after'],
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
    project: 'non-transactional',
    kind: 'rival',
    sides: ['before'],
  },
];

/** Copies the project, breaks it, and runs the part of the matrix in which it shows. */
export async function tryMutant(
  mutant: Mutant,
  { folder, tell }: { readonly folder: string; readonly tell: (text: string) => void },
): Promise<MutantResult> {
  const workshop = await openWorkshop(path.join(folder, 'workshop'), (root) => breakSource(root, mutant));
  const results = await runMatrix({
    entries: [entry(mutant.project, [mutant.kind])],
    workshop,
    folder,
    tell: () => undefined,
    stopsAtFirst: true,
    pick: (points) => points.filter(({ side }) => mutant.sides.includes(side)),
  });
  const bad = results.flatMap(({ tried }) => tried).find(({ verdict }) => verdict === 'needed a human' || verdict === 'lost or doubled');
  const [title = ''] = results.map((result) => titleOf(result.entry));
  if (bad) tell(`  ${bad.why}\n`);
  return { name: mutant.name, caught: bad && `${title}: ${bad.kind} ${bad.side} message ${bad.k} (${bad.verdict})` };
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
