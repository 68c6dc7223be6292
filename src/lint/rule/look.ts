// What nearly every rule asks of a statement.
import type { AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, Constraint } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';
import type { Fix, FixStep } from '../../model/finding.ts';
import { commandsOf, nameOfRelation } from '../../sql/effects/names.ts';
import { commandTexts } from '../edit/command-texts.ts';
import { stepsText } from '../edit/steps-text.ts';
import { constraintsOf } from '../schema/replay-table.ts';
import type { Column, Relation, Schema } from '../schema/schema.ts';
import type { Hit, Site } from './rule.ts';

const WORD = /^[a-z_][a-z0-9_$]*$/;
/** Words that PostgreSQL takes for a column's or table's name only in quotes (manual: sql-keywords-appendix), as far as people use them. */
const RESERVED = new Set(
  'all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create current_date current_role current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral leading limit localtime localtimestamp not null offset on only or order placing primary references returning select session_user some symmetric table then to trailing true union unique user using variadic when where window with'.split(
    ' ',
  ),
);

export const quoted = (name: string): string => (WORD.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`);

export const nameText = ({ schema, name }: ObjectName): string => (schema ? `${quoted(schema)}.${quoted(name)}` : quoted(name));

/** Whether these are the same columns, in whatever order. */
export const sameColumns = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name) => other.includes(name));

export const list = (names: readonly string[]): string => names.map(quoted).join(', ');

/** Whether others use it: it was not made by what is pending, and is no temporary table. What is not known is used. */
export function isUsed(schema: Schema, name: ObjectName | undefined): boolean {
  const relation = schema.find(name);
  return relation ? !(relation.isNew || relation.isTemporary) : schema.source === 'files';
}

/** One command of an ALTER TABLE on a table that others use. */
export interface Alteration {
  readonly table: ObjectName;
  /** As a statement names it. */
  readonly on: string;
  readonly relation?: Relation;
  readonly command: AlterTableCmd;
  readonly index: number;
  /** The column that it names. */
  readonly column?: Column;
}

/** The commands of these kinds. */
export const alterations = (site: Site, ...subtypes: readonly AlterTableType[]): readonly Alteration[] =>
  commandsAt(site).filter(({ command }) => subtypes.includes(command.subtype ?? 'AT_AddColumn'));

/** Twenty rules ask the same of a statement. */
const known = new WeakMap<Site, readonly Alteration[]>();

function commandsAt(site: Site): readonly Alteration[] {
  if (!('AlterTableStmt' in site.node)) return [];
  const found = known.get(site) ?? readCommands(site, site.node.AlterTableStmt);
  known.set(site, found);
  return found;
}

function readCommands({ schema }: Site, statement: AlterTableStmt): readonly Alteration[] {
  const table = nameOfRelation(statement.relation);
  if (statement.objtype !== 'OBJECT_TABLE' || !isUsed(schema, table)) return [];
  const relation = schema.find(table);
  return commandsOf(statement).map((command, index) => {
    const column = relation?.columns.get(command.name ?? '');
    return { table, on: nameText(table), command, index, ...(relation && { relation }), ...(column && { column }) };
  });
}

export interface AddedColumn extends Alteration {
  readonly definition: ColumnDef;
  readonly name: string;
  readonly constraints: readonly Constraint[];
}

/** Columns that an ALTER TABLE adds to a table that others use; not those that are there already, with IF NOT EXISTS. */
export const addedColumns = (site: Site): readonly AddedColumn[] =>
  alterations(site, 'AT_AddColumn').flatMap((one) => {
    const { def, missing_ok } = one.command;
    if (!def || !('ColumnDef' in def)) return [];
    const name = def.ColumnDef.colname ?? '';
    if (missing_ok && one.relation?.columns.has(name)) return [];
    return [{ ...one, definition: def.ColumnDef, name, constraints: constraintsOf(def.ColumnDef) }];
  });

export interface AddedConstraint extends Alteration {
  readonly constraint: Constraint;
}

/** Constraints of a kind that an ALTER TABLE adds to a table that others use, as a command of their own. */
export const addedConstraints = (site: Site, contype: string): readonly AddedConstraint[] =>
  alterations(site, 'AT_AddConstraint').flatMap((one) => {
    const constraint = one.command.def && 'Constraint' in one.command.def ? one.command.def.Constraint : undefined;
    return constraint?.contype === contype ? [{ ...one, constraint }] : [];
  });

export const hasConstraint = ({ constraints }: AddedColumn, contype: string): boolean => constraints.some((one) => one.contype === contype);

export const inTransaction = (...sql: readonly string[]): FixStep => ({ mode: 'transaction', sql: sql.map(ended).join('\n') });
export const alone = (sql: string): FixStep => ({ mode: 'no-transaction', sql: ended(sql) });

const ended = (sql: string): string => (sql.trimEnd().endsWith(';') || sql.startsWith('--') ? sql : `${sql};`);

/** The fix of a statement, or of one command of an ALTER TABLE. A body has no parts, so there it can only be told. */
export function fixOf(site: Site, steps: readonly FixStep[], command?: number): Pick<Hit, 'fix' | 'next'> {
  const fix: Fix = { steps, ...(command !== undefined && { command }) };
  return site.body === undefined ? { fix } : { next: `outside of ${site.body}:\n${stepsText(fix)}` };
}

/** The same statement in a transaction of its own. */
export const apart = (site: Site, sql: string, command?: number): Pick<Hit, 'fix' | 'next'> => {
  const { fix, ...told } = fixOf(site, [inTransaction(sql)], command);
  return fix ? { fix: { ...fix, isApart: true } } : told;
};

/** The text of one command of an ALTER TABLE. */
export const commandText = (site: Site, index: number): string => commandTexts(site.text).commands[index] ?? '';

const CONSTRAINT_NAME = /^ADD\s+(?:CONSTRAINT\s+(?:"(?:[^"]|"")+"|[^\s"(]+)\s+)?/i;

/** What a constraint says, without ADD CONSTRAINT and its name, and without the NOT VALID at its end. */
export const constraintText = (site: Site, index: number): string => commandText(site, index).replace(CONSTRAINT_NAME, '').trim();
