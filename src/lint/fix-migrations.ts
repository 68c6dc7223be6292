import type { Finding } from '../model/finding.ts';
import type { Direction, SourceFile } from '../model/migration.ts';
import { fixFile } from './fix-file.ts';
import { replayFile } from './lint-file.ts';
import { eachScript, type LintInput, type LintWish } from './lint-migrations.ts';
import type { Schema } from './schema/schema.ts';

export interface FixedFile {
  readonly file: SourceFile;
  /** The whole of it, rewritten. */
  readonly text: string;
  readonly settled: readonly Finding[];
}

export interface FixedMigrations {
  readonly files: readonly FixedFile[];
  /** What needs a decision. */
  readonly open: readonly Finding[];
}

/** Rewrites forward scripts and rollbacks, each with the schema that it meets. Nothing is written here. */
export async function fixMigrations(wish: LintWish): Promise<FixedMigrations> {
  const fixer = new Fixer(wish);
  await eachScript(wish, (input, direction, schema) => fixer.fix(input, direction, schema));
  return fixer;
}

class Fixer implements FixedMigrations {
  readonly files: FixedFile[] = [];
  readonly open: Finding[] = [];
  private readonly wish: LintWish;

  constructor(wish: LintWish) {
    this.wish = wish;
  }

  async fix(input: LintInput, direction: Direction, schema: Schema): Promise<void> {
    const file = input[direction];
    if (!file) return;
    const { major, severities } = this.wish;
    const task = {
      file,
      migration: input.name,
      direction,
      schema,
      ...(major !== undefined && { major }),
      ...(severities && { severities }),
    };
    const { text, settled, open } = await fixFile(task, this.wish);
    if (text !== file.text) this.files.push({ file, text, settled });
    this.open.push(...open);
    await replayFile(file, schema);
  }
}
