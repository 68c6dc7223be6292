// Statements that several recipes write, with what each of them locks (manual: explicit-locking; measured by npm run truth).
import type { Look, Table } from './look.ts';
import type { RecipeFile, Step } from './recipe.ts';

export const EXCLUSIVE = 'ACCESS EXCLUSIVE';

interface Named {
  /** With its schema. */
  readonly table: string;
  readonly name: string;
}

/** A change of the catalog: readers and writers wait as long as it takes. */
export const moment = (does: string, table: string, sql: string): Step => ({
  does,
  sql,
  locks: `${EXCLUSIVE} on ${table}`,
  lasts: 'moment',
});

/** The same, in a transaction of its own. */
export const apart = (step: Step): Step => ({ ...step, part: 'transaction' });

/** Reads every row; readers and writers carry on. */
export const validate = ({ table, name }: Named, also = ''): Step => ({
  does: `validate ${name}`,
  sql: `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
  locks: `SHARE UPDATE EXCLUSIVE on ${table}${also && `, ROW SHARE on ${also}`}`,
  lasts: 'scan',
  part: 'transaction',
});

/** @param what behind the name: `ON shop.orders (note)` */
export const buildIndex = (
  name: string,
  table: string,
  { isUnique, what }: { readonly isUnique?: boolean; readonly what: string },
): Step => ({
  does: `build index ${name}`,
  sql: `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${name} ${what};`,
  locks: `SHARE UPDATE EXCLUSIVE on ${table}`,
  lasts: 'build',
  part: 'alone',
});

/** Goes with nothing when it is not there: a rollback may meet a migration that ended halfway. */
export const dropIndex = (schema: string, name: string, table: string): Step => ({
  does: `drop index ${name}`,
  sql: `DROP INDEX CONCURRENTLY IF EXISTS ${schema}.${name};`,
  locks: `SHARE UPDATE EXCLUSIVE on ${table}`,
  lasts: 'moment',
  part: 'alone',
});

export const dropConstraint = ({ table, name }: Named): string => `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name};`;

export const backfill = (does: string, table: string, { sql, verify }: { readonly sql: string; readonly verify?: string }): Step => ({
  does,
  sql,
  locks: `the rows of one batch of ${table}`,
  lasts: 'batches',
  part: 'backfill',
  ...(verify !== undefined && { verify }),
});

/** NOT NULL without a scan under the strong lock: a CHECK that is validated beforehand proves it (12 and newer; not in one ALTER TABLE with its DROP). */
export function notNullProof({ table, name }: Named, column: string): readonly Step[] {
  return [
    apart(
      moment(
        `add CHECK ${name}, which old rows need not meet yet`,
        table,
        `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${column} IS NOT NULL) NOT VALID;`,
      ),
    ),
    validate({ table, name }),
  ];
}

export const setNotNull = ({ table, name }: Named, column: string): string =>
  `ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL;\nALTER TABLE ${table} DROP CONSTRAINT ${name};`;

/** Triggers of the table's own that a backfill fires, row by row: what they write stays. */
export const firedBy = (look: Look, table: Table): readonly string[] =>
  look.state.statements
    .filter(
      ({ rank, name, sql }) =>
        rank === 'trigger' &&
        name.startsWith(`${table.full}.`) &&
        /^CREATE (?:CONSTRAINT )?TRIGGER .*? UPDATE .*FOR EACH ROW/s.test(sql ?? ''),
    )
    .map(({ name }) => name.slice(table.full.length + 1));

/** A backfill says which triggers it fires. */
export const firing = (does: string, fired: readonly string[]): string => (fired.length > 0 ? `${does} (fires ${fired.join(', ')})` : does);

/** What a rollback leaves, where it leaves anything. */
export const lossyOf = (stays: readonly string[]): Pick<RecipeFile, 'lossyDown'> =>
  stays.length > 0 ? { lossyDown: stays.join(', ') } : {};
