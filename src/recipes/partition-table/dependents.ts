// What hangs on the table, sorted by where it belongs when the table is a partition. What has no place there is refused.
import type { Column } from '../../draft/read-state.ts';
import type { Statement } from '../../snapshot/statements/read-statements.ts';
import { referredBy } from '../recipe/bring-back.ts';
import { type Part, partOf } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { outside, recipeCommand } from '../recipe/refuse.ts';
import { closing, opening, statementsIn } from '../recipe/rename-in.ts';

export interface Dependents {
  /** The primary key where it lacks the column. */
  readonly widened: Part | undefined;
  readonly keys: readonly Part[];
  readonly indexes: readonly (Part & { readonly sql: string })[];
  readonly checks: readonly Part[];
  readonly foreignKeys: readonly Part[];
  /** Tables that these refer to. */
  readonly others: readonly string[];
  readonly triggers: readonly { readonly key: string; readonly name: string; readonly sql: string }[];
  readonly policies: readonly { readonly key: string; readonly sql: string }[];
  readonly views: readonly string[];
}

interface About {
  readonly look: Look;
  readonly table: Table;
  readonly column: Column;
}

const BY_HAND = 'take it away before and bring it back after, in migrations of your own';

/** @throws LockstepError for what cannot hang on a partitioned table */
export function dependentsOf(about: About): Dependents {
  const { look, table } = about;
  const all = look.state.statements.filter(
    ({ key, name }) => key !== table.key && (name.startsWith(`${table.full}.`) || needs(look, key, table)),
  );
  const of = (...ranks: readonly Statement['rank'][]): readonly Statement[] => all.filter(({ rank }) => ranks.includes(rank));
  verifyNothingElse(about, all);
  const parts = of('key').flatMap((one) => partOf(look, one) ?? []);
  const widened = parts.find((one) => one.body.startsWith('PRIMARY KEY') && !one.columns.includes(about.column.name));
  const views = of('view');
  verifyKeys(about, parts, widened);
  verifyViews(look, views, widened);
  const indexes = of('index').flatMap((one) => {
    const part = partOf(look, one);
    return part ? [{ ...part, sql: statementsIn(one.sql ?? '')[0] ?? '' }] : [];
  });
  verifyKeys(
    about,
    indexes.filter(({ isUnique }) => isUnique),
    undefined,
  );
  const foreignKeys = of('foreign key').flatMap((one) => partOf(look, one) ?? []);
  return {
    widened,
    keys: parts.filter((one) => one !== widened),
    indexes,
    checks: of('check').flatMap((one) => partOf(look, one) ?? []),
    foreignKeys,
    others: [...new Set(foreignKeys.map(referredBy))],
    triggers: of('trigger').map(({ key, name, sql }) => ({ key, name: name.slice(table.full.length + 1), sql: sql ?? '' })),
    policies: of('policy').map(({ key, sql }) => ({ key, sql: sql ?? '' })),
    views: views.map(({ sql }) => (sql ?? '').replace(/^CREATE/, 'CREATE OR REPLACE')),
  };
}

const needs = (look: Look, key: string, table: Table): boolean => (look.state.needs.get(key) ?? []).includes(table.key);

const KNOWN: readonly Statement['rank'][] = [
  'key',
  'index',
  'foreign key',
  'check',
  'trigger',
  'policy',
  'view',
  'owned by',
  'statistics',
  'comment',
  'grant',
  'owner',
  'use',
  'sequence',
];

function verifyNothingElse({ look, table }: About, all: readonly Statement[]): void {
  if (look.statement(table.key, 'security label')) throw outside(`${table.full} has a security label`, BY_HAND);
  for (const one of all) {
    const isOthers = one.rank === 'policy' && !one.name.startsWith(`${table.full}.`);
    if (isOthers || !KNOWN.includes(one.rank)) throw outside(`${one.rank} ${one.name} needs ${table.full} as a table of its own`, BY_HAND);
    if (one.rank === 'check' || one.rank === 'foreign key') verifyValid(look, table, one);
    if (one.rank === 'foreign key') verifyForeignKey(table, one);
    if (one.rank === 'trigger') verifyTrigger(one.name, one.sql ?? '');
  }
}

function verifyValid(look: Look, { full }: Table, { key, name, sql }: Statement): void {
  if (/ NO INHERIT;$/.test(sql ?? '')) throw outside(`${name} is NO INHERIT, and partitions would not have it`, BY_HAND);
  if (/ NOT VALID;$/.test(sql ?? ''))
    throw outside(`${name} is not validated`, `SQL: ALTER TABLE ${full} VALIDATE CONSTRAINT ${look.state.names.get(key)?.name ?? name};`);
}

function verifyForeignKey({ full }: Table, { name, sql }: Statement): void {
  if (!name.startsWith(`${full}.`))
    throw outside(
      `${name} refers to ${full}, and would have to hold the partition key too`,
      'drop that foreign key first, or give its table the column, in migrations of your own',
    );
  if (sql?.includes(` REFERENCES ${full}(`))
    throw outside(`${name} refers to its own table, and would have to hold the partition key too`, BY_HAND);
}

function verifyTrigger(name: string, sql: string): void {
  if (statementsIn(sql).length > 1) throw outside(`the trigger ${name} is not simply on`, BY_HAND);
  if (/ REFERENCING .* FOR EACH ROW /s.test(sql))
    throw outside(`the trigger ${name} is FOR EACH ROW with a transition table, which no partitioned table has`, BY_HAND);
}

/** Each partition has its own index, so what is unique has to say which partition. */
function verifyKeys({ table, column }: About, parts: readonly Part[], widened: Part | undefined): void {
  for (const one of parts) {
    if (one.body.startsWith('EXCLUDE') || one.body.includes('WITHOUT OVERLAPS'))
      throw outside(`${one.name} of ${table.full} excludes across all rows`, BY_HAND);
    if (one === widened && closing(one.body, opening(one.body)) < one.body.length)
      throw outside(`the primary key ${one.name} is more than a list of columns: ${one.body}`, BY_HAND);
    if (one !== widened && !one.columns.includes(column.name))
      throw outside(
        `${one.name} of ${table.full} is unique across all rows, which no partitioned table can hold without ${column.name}`,
        `make it one with ${column.name}: ${recipeCommand('add-unique', `${table.full}.${[...one.columns, column.name].join(',')}`)}; then drop ${one.name}`,
      );
  }
}

function verifyViews(look: Look, views: readonly Statement[], widened: Part | undefined): void {
  for (const { key, name, sql } of views) {
    if (sql?.startsWith('CREATE MATERIALIZED'))
      throw outside(`${name} is a materialized view, which would keep reading the first partition`, BY_HAND);
    if (widened && (look.state.needs.get(key) ?? []).includes(widened.key))
      throw outside(`the view ${name} groups by the primary key alone`, BY_HAND);
  }
}

/** @throws LockstepError where a trigger could send a row elsewhere than where it was sent */
export async function verifyRouting({ look, table, column }: About): Promise<void> {
  const { rows } = await look.client.query<{ name: string }>(
    `SELECT tgname::text AS name FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = tgfoid
     WHERE tgrelid = $1::pg_catalog.regclass AND NOT tgisinternal AND tgtype & 3 = 3 AND pg_catalog.strpos(pg_catalog.lower(p.prosrc), pg_catalog.lower($2)) > 0 ORDER BY 1`,
    [table.full, column.name.replaceAll('"', '')],
  );
  const [first] = rows;
  if (first)
    throw outside(
      `the function of the BEFORE trigger ${first.name} on ${table.full} speaks of ${column.name}; a row that it moves to another partition is refused by the server`,
      `a default instead: ALTER TABLE ${table.full} ALTER COLUMN ${column.name} SET DEFAULT …;`,
    );
}
