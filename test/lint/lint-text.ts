import { checksumOf } from '../../src/files/read-source.ts';
import { accept } from '../../src/lint/accept.ts';
import { lintFile } from '../../src/lint/lint-file.ts';
import type { LintTask } from '../../src/lint/lint-task.ts';
import { Schema } from '../../src/lint/schema/schema.ts';
import type { Finding } from '../../src/model/finding.ts';

interface Wish extends Partial<Pick<LintTask, 'major' | 'severities' | 'direction'>> {
  /** What is applied already. */
  readonly given?: string;
  /** What is there already, instead. */
  readonly schema?: Schema;
}

const task = (schema: Schema, text: string, { given: _, schema: __, ...wish }: Wish): LintTask => ({
  file: { path: 'db/migrations/002_change.sql', text, checksum: checksumOf(text) },
  migration: '002_change',
  direction: 'up',
  schema,
  ...wish,
});

/** Lints a text behind what is applied, without a database. */
export async function lintText(text: string, wish: Wish = {}): Promise<readonly Finding[]> {
  const schema = wish.schema ?? new Schema();
  if (wish.given) await lintFile(task(schema, wish.given, {}));
  schema.isPending = true;
  const own = task(schema, text, wish);
  return accept(own, await lintFile(own), { baseline: new Set(), today: '2026-11-30' }).findings;
}

export const rulesOf = (findings: readonly Finding[]): readonly string[] => [...new Set(findings.map(({ rule }) => rule))];
