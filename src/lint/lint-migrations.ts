import type { Finding, Severity } from '../model/finding.ts';
import type { Direction, SourceFile } from '../model/migration.ts';
import { type Accepted, accept, type Baseline, fingerprintOf } from './accept.ts';
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
  readonly baseline: Baseline;
  readonly today: string;
  /** Called before each. */
  readonly see?: (name: string, number: number) => void;
}

export interface Linted extends Accepted {
  /** For a baseline of them. */
  readonly fingerprints: readonly string[];
}

/** Lints forward scripts and rollbacks, each with the schema that it meets. */
export async function lintMigrations(wish: LintWish): Promise<Linted> {
  // What is applied together is looked at as one; a rollback meets what has been used since.
  const pending = wish.schema.clone();
  pending.isPending = true;
  const linter = new Linter(wish);
  for (const [i, input] of wish.inputs.entries()) {
    wish.see?.(input.name, i + 1);
    const met = wish.isBatch ? pending : wish.schema.clone();
    met.isPending = true;
    await linter.lint(input, 'up', met);
    await replayInputs(wish.schema, [input], false);
    await linter.lint(input, 'down', wish.schema.clone());
  }
  return linter;
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
    const { major, severities } = this.wish;
    const task = { file, migration: name, direction, schema, ...(major !== undefined && { major }), ...(severities && { severities }) };
    const { findings, accepted } = accept(task, await lintFile(task), this.wish);
    this.findings.push(...findings);
    this.fingerprints.push(...findings.map((one) => fingerprintOf(one, file)));
    this.accepted += accepted;
  }
}
