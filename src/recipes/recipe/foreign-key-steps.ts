import type { Step } from './recipe.ts';
import { validate } from './steps.ts';

interface Key {
  /** With its schema. */
  readonly table: string;
  readonly name: string;
}

/** New rows are checked from the first step on, old rows in the second. */
export const foreignKeySteps = (
  { table, name }: Key,
  { body, other }: { readonly body: string; readonly other: string },
): readonly Step[] => [
  {
    does: `add ${name}, which old rows need not meet yet`,
    sql: `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${body} NOT VALID;`,
    locks: `SHARE ROW EXCLUSIVE on ${table}${other === table ? '' : `, ${other}`}`,
    lasts: 'moment',
    part: 'transaction',
  },
  validate({ table, name }, other),
];
