import { changedSince } from '../files/changed-since.ts';
import { readBaseline, writeBaseline } from '../files/lint-baseline.ts';
import { findDeclared } from '../files/migration-text.ts';
import { namedMigration } from '../files/named-migration.ts';
import { readAllVerified } from '../files/read-migrations.ts';
import { type FixedMigrations, fixMigrations } from '../lint/fix-migrations.ts';
import { keep, keysOf, readKept } from '../lint/kept-findings.ts';
import { type Linted, type LintWish, lintMigrations, replayInputs, together } from '../lint/lint-migrations.ts';
import { readInput, textsOf } from '../lint/read-input.ts';
import { Schema } from '../lint/schema/schema.ts';
import type { Finding, LintResult } from '../model/finding.ts';
import { isRepeatable, type Migration } from '../model/migration.ts';
import { findKnown, type Known, type LintQuestion, policyOf } from './lint-database.ts';

export interface Lint extends LintQuestion {
  /** Those that changed since this branch left a revision of Git. */
  readonly since?: string;
  /** Major of the server that the files are for. */
  readonly serverVersion?: number;
  /** What is found now is accepted from now on. */
  readonly baseline?: boolean;
}

/** Looks at SQL before it runs. Where a database is named, or development's is up, it says what is pending and what is there; it is only read. */
export async function lint(journey: Lint): Promise<LintResult> {
  const { root } = journey.project;
  const choice = await chooseWhat(journey);
  const wish = await wishOf(journey, choice);
  const linted = together(wish.isBatch ? await lintMigrations(wish) : await lintKept(root, wish));
  if (journey.baseline) {
    writeBaseline(root, linted.fingerprints);
    return { ...resultOf(choice), findings: [], accepted: linted.fingerprints.length };
  }
  const { rollbacks } = choice.known?.policy ?? policyOf(journey);
  const absent = rollbacks === 'expected' ? choice.chosen.filter((one) => lacksRollback(root, one)) : [];
  return { ...resultOf(choice), findings: [...linted.findings, ...absent.map(missingRollback)], accepted: linted.accepted };
}

/** What has not changed, and nothing below it, is found as it was. */
async function lintKept(root: string, wish: LintWish): Promise<readonly Linted[]> {
  const keys = keysOf(wish);
  const known = readKept(root, keys);
  const found = await lintMigrations(wish, known);
  if (found.length > known.length) keep(root, keys, found);
  return found;
}

/** What `--fix` would write, and what it cannot decide. */
export async function planFixes(journey: Lint): Promise<FixedMigrations & { readonly result: LintResult }> {
  const choice = await chooseWhat(journey);
  const fixed = await fixMigrations(await wishOf(journey, choice));
  return { files: fixed.files, open: fixed.open, result: { ...resultOf(choice), findings: fixed.open, accepted: 0 } };
}

interface Choice {
  readonly migrations: readonly Migration[];
  readonly chosen: readonly Migration[];
  readonly known: Known | undefined;
}

async function chooseWhat(journey: Lint): Promise<Choice> {
  const migrations = await readAllVerified(journey.project.root);
  const known = await findKnown(journey);
  return { migrations, chosen: choose(journey, migrations, known), known };
}

async function wishOf(journey: Lint, { migrations, chosen, known }: Choice): Promise<LintWish> {
  const { root } = journey.project;
  const schema = known?.schema ?? new Schema();
  const first = chosen[0] ? migrations.indexOf(chosen[0]) : 0;
  const before = migrations.slice(0, first).filter(({ name }) => !known?.applied.has(name));
  // What is pending below them is applied together with them; without a database it counts as applied long ago.
  const inputs = before.map((one) => readInput(root, one));
  await replayInputs(schema, inputs, known !== undefined);
  const major = journey.serverVersion ?? known?.major;
  return {
    inputs: chosen.map((one) => readInput(root, one)),
    repeatables: textsOf(root, migrations.filter(isRepeatable)),
    schema,
    isBatch: known !== undefined || journey.only !== undefined || journey.since !== undefined,
    severities: (known?.policy ?? policyOf(journey)).lintRules,
    baseline: journey.baseline ? new Set() : readBaseline(root),
    today: new Date().toISOString().slice(0, 10),
    ...(major !== undefined && { major }),
  };
}

function choose(
  { project, only = [], since, all }: Lint,
  migrations: readonly Migration[],
  known: Known | undefined,
): readonly Migration[] {
  if (only.length > 0) {
    const named = only.map((word) => namedMigration(migrations, word).name);
    return migrations.filter(({ name }) => named.includes(name));
  }
  if (since !== undefined) {
    const changed = changedSince(project.root, since);
    return migrations.filter(({ up, down }) => [up, down].some((file) => file !== undefined && changed.has(file)));
  }
  return all ? migrations : migrations.filter(({ name }) => !known?.applied.has(name));
}

const resultOf = ({ chosen, known }: Choice): Pick<LintResult, 'linted' | 'source' | 'notes'> => ({
  linted: chosen.map(({ name }) => name),
  source: known?.source ?? 'the files',
  notes: chosen.filter(({ up }) => up === undefined).map(({ name }) => `${name} is code, which lint does not read`),
});

const lacksRollback = (root: string, migration: Migration): boolean =>
  !isRepeatable(migration) &&
  migration.up !== undefined &&
  migration.down === undefined &&
  findDeclared(root, migration).irreversible === undefined;

function missingRollback({ name, version, up = '' }: Migration): Finding {
  return {
    rule: 'missing-rollback',
    class: 'correctness',
    severity: 'warning',
    migration: name,
    direction: 'up',
    where: { file: up },
    start: 0,
    end: 0,
    what: `${name} has no rollback`,
    why: 'in an emergency somebody would have to write it, at night',
    next: `npm run migrate:make -- --rollback ${version}   drafts it; or, where there is no way back, at the top of ${up}: -- irreversible: why`,
  };
}
