import type { Finding, Severity } from '../model/finding.ts';
import { readHeader } from '../model/header.ts';
import type { Direction, SourceFile } from '../model/migration.ts';
import { type Accepted, accept, type Baseline, fingerprintOf } from './accept.ts';
import { verifySeverities } from './choose-rules.ts';
import { lintFile, replayFile } from './lint-file.ts';
import type { Schema } from './schema/schema.ts';

export interface LintInput {
  readonly name: string;
  readonly up?: SourceFile;
  readonly down?: SourceFile;
}

/** What is linted, in order, and what is known. */
export interface LintWish {
  readonly inputs: readonly LintInput[];
  /** As it is before the first one. Is changed. */
  readonly schema: Schema;
  /** They are applied together: what one of them makes nobody uses before the last is done. Otherwise each comes long after the one before. */
  readonly isBatch: boolean;
  readonly major?: number;
  readonly severities?: Readonly<Record<string, Severity>>;
  /** Texts of the repeatable files: what they make is there again behind each plan. */
  readonly repeatables?: readonly string[];
  readonly baseline: Baseline;
  readonly today: string;
}

export interface Linted extends Accepted {
  /** For a baseline of them. */
  readonly fingerprints: readonly string[];
}

/** Lints forward scripts and rollbacks, each with the schema that it meets. @param known what is known of the first ones, which are replayed only */
export async function lintMigrations(wish: LintWish, known: readonly Linted[] = []): Promise<readonly Linted[]> {
  const found = [...known];
  const rest = wish.inputs.slice(known.length);
  if (rest.length > 0) await replayInputs(wish.schema, wish.inputs.slice(0, known.length), false);
  for (const input of rest) {
    const linter = new Linter(wish);
    await eachScript({ ...wish, inputs: [input] }, (one, direction, schema) => linter.lint(one, direction, schema));
    found.push({ findings: linter.findings, fingerprints: linter.fingerprints, accepted: linter.accepted });
  }
  return found;
}

export const together = (all: readonly Linted[]): Linted => ({
  findings: all.flatMap(({ findings }) => findings),
  fingerprints: all.flatMap(({ fingerprints }) => fingerprints),
  accepted: all.reduce((sum, { accepted }) => sum + accepted, 0),
});

type Visit = (input: LintInput, direction: Direction, schema: Schema) => Promise<void>;

/** Hands out each script with the schema that it meets, and that it is to change. A rollback meets what has been in use since. */
export async function eachScript({ inputs, schema, isBatch, severities = {} }: LintWish, visit: Visit): Promise<void> {
  verifySeverities(severities);
  for (const input of inputs) {
    schema.isPending = true;
    if (input.up) await visit(input, 'up', schema);
    if (!isBatch) schema.age();
    if (!input.down) continue;
    const after = schema.clone();
    after.age();
    await visit(input, 'down', after);
  }
}

/** Of what lies before: made long ago, or by what is pending too. */
export async function replayInputs(schema: Schema, inputs: readonly LintInput[], isPending: boolean): Promise<void> {
  for (const { up } of inputs) {
    schema.isPending = isPending;
    if (up) await replayFile(up, schema);
  }
}

class Linter implements Linted {
  readonly findings: Finding[] = [];
  readonly fingerprints: string[] = [];
  accepted = 0;
  private readonly wish: LintWish;

  constructor(wish: LintWish) {
    this.wish = wish;
  }

  async lint({ name, ...files }: LintInput, direction: Direction, schema: Schema): Promise<void> {
    const file = files[direction];
    if (!file) return;
    const { major, severities, inputs, isBatch, repeatables = [] } = this.wish;
    const isAfterDeploy = readHeader(file.text).some(({ key, value }) => key === 'phase' && value.toLowerCase() === 'after-deploy');
    const later = isBatch ? inputs.slice(inputs.findIndex((one) => one.name === name) + 1).flatMap(({ up }) => up?.text ?? []) : [];
    const task = {
      file,
      later: direction === 'up' ? [...later, ...repeatables] : [],
      migration: name,
      direction,
      schema,
      isAfterDeploy,
      ...(major !== undefined && { major }),
      ...(severities && { severities }),
    };
    const { findings, accepted } = accept(task, await lintFile(task), this.wish);
    this.findings.push(...findings);
    this.fingerprints.push(...findings.map((one) => fingerprintOf(one, file)));
    this.accepted += accepted;
  }
}
