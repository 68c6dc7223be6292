import { COLUMNS } from './forms/columns.ts';
import { CONSTRAINTS } from './forms/constraints.ts';
import { DML } from './forms/dml.ts';
import type { Form } from './forms/form.ts';
import { INDEXES } from './forms/indexes.ts';
import { OF_RULES } from './forms/of-rules.ts';
import { PARTITIONS } from './forms/partitions.ts';
import { REFUSED } from './forms/refused.ts';
import { RENAME_DROP } from './forms/rename-drop.ts';
import { SILENT } from './forms/silent.ts';
import { STORAGE } from './forms/storage.ts';
import { TRIGGERS_POLICIES } from './forms/triggers-policies.ts';
import { TYPES } from './forms/types.ts';

/** The majors that are supported. */
export const MAJORS: readonly number[] = [14, 15, 16, 17, 18];

export const FORMS: readonly Form[] = [
  ...COLUMNS,
  ...CONSTRAINTS,
  ...INDEXES,
  ...TYPES,
  ...PARTITIONS,
  ...RENAME_DROP,
  ...STORAGE,
  ...TRIGGERS_POLICIES,
  ...DML,
  ...REFUSED,
  ...SILENT,
  ...OF_RULES,
];

export const holdsOn = ({ since = 0, until = Number.POSITIVE_INFINITY }: Form, major: number): boolean => major >= since && major <= until;
