import type { Severity } from '../model/finding.ts';
import type { Direction, SourceFile } from '../model/migration.ts';
import type { Schema } from './schema/schema.ts';

/** A script to look at, and what is known beside it. */
export interface LintTask {
  readonly file: SourceFile;
  readonly migration: string;
  readonly direction: Direction;
  readonly isAfterDeploy?: boolean;
  /** Is changed by what the file does. */
  readonly schema: Schema;
  /** Texts that the same run applies behind it. */
  readonly later?: readonly string[];
  readonly major?: number;
  /** By rule, or by class: another severity than the rule's own. */
  readonly severities?: Readonly<Record<string, Severity>>;
}
