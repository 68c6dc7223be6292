/** A draft without any server: what can be turned round by its words alone, in reverse order. */
import type { AlterTableCmd, AlterTableStmt, Node, RangeVar, RenameStmt } from 'libpg-query';
import type { SourceFile } from '../model/migration.ts';
import { commandsOf, nameOfList } from '../sql/effects/names.ts';
import { readTrees, type TreeStatement } from '../sql/script/read-trees.ts';
import { findLine } from '../sql/text/positions.ts';
import type { Header } from './draft-text.ts';

const ASK = 'what was there before, only a server can tell';

export async function textDraft(file: SourceFile, { name, version, from }: Header): Promise<string> {
  const { statements } = await readTrees(file);
  const lines = statements.toReversed().flatMap((one) => backOf(one, file));
  const isOpen = lines.some((line) => line.startsWith('-- MANUAL'));
  return `${[
    `-- Rollback for: ${name}`,
    `-- A draft, written from ${from}.`,
    `-- Read it, then prove it: npm run migrate:rehearse -- ${version}`,
    ...(isOpen ? ['-- lossy: what is MANUAL below is not written yet'] : []),
    '',
    'BEGIN;',
    '',
    ...lines,
    '',
    'COMMIT;',
  ].join('\n')}\n`;
}

function backOf(statement: TreeStatement, file: SourceFile): readonly string[] {
  const place = `${file.path}:${findLine(file.text, statement.start).number}: ${statement.summary}`;
  const { node } = statement;
  if ('VariableSetStmt' in node || 'TransactionStmt' in node) return [];
  const sql = 'AlterTableStmt' in node ? alterations(node.AlterTableStmt) : [opposite(node)];
  return sql.map((one) => (one === undefined ? `-- MANUAL: ${place}: ${ASK}` : `${one} -- not proved`));
}

const quote = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
const path = (...parts: readonly (string | undefined)[]): string =>
  parts
    .filter((part) => part)
    .map((part) => quote(part ?? ''))
    .join('.');
const relation = (of: RangeVar | undefined): string => path(of?.schemaname, of?.relname);
const listed = (names: readonly Node[] | undefined): string => {
  const { schema, name } = nameOfList(names);
  return path(schema, name);
};

type Opposites = { readonly [Kind in keyof AllNodes]?: (statement: AllNodes[Kind]) => string | undefined };
type AllNodes = UnionToIntersection<Node>;
type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

/** Undefined where its words do not say what it did: IF NOT EXISTS, OR REPLACE, a name that the server chose. */
const OPPOSITES: Opposites = {
  CreateStmt: ({ if_not_exists: isMaybe, relation: of }) => unless(isMaybe, `DROP TABLE ${relation(of)};`),
  IndexStmt: ({ idxname, if_not_exists: isMaybe, relation: of }) =>
    unless(isMaybe || !idxname, `DROP INDEX ${path(of?.schemaname, idxname)};`),
  ViewStmt: ({ replace, view }) => unless(replace, `DROP VIEW ${relation(view)};`),
  CreateEnumStmt: ({ typeName }) => `DROP TYPE ${listed(typeName)};`,
  CreateDomainStmt: ({ domainname }) => `DROP DOMAIN ${listed(domainname)};`,
  CompositeTypeStmt: ({ typevar }) => `DROP TYPE ${relation(typevar)};`,
  CreateSeqStmt: ({ if_not_exists: isMaybe, sequence }) => unless(isMaybe, `DROP SEQUENCE ${relation(sequence)};`),
  CreateSchemaStmt: ({ if_not_exists: isMaybe, schemaname }) => unless(isMaybe, `DROP SCHEMA ${path(schemaname)};`),
  CreateExtensionStmt: ({ if_not_exists: isMaybe, extname }) => unless(isMaybe, `DROP EXTENSION ${path(extname)};`),
  CreateTrigStmt: ({ replace, trigname, relation: of }) => unless(replace, `DROP TRIGGER ${path(trigname)} ON ${relation(of)};`),
  CreatePolicyStmt: ({ policy_name: name, table }) => `DROP POLICY ${path(name)} ON ${relation(table)};`,
  RenameStmt: (statement) => renameBack(statement),
};

const unless = (isUnknown: boolean | undefined, sql: string): string | undefined => (isUnknown ? undefined : sql);

function opposite(node: Node): string | undefined {
  const [[kind, statement] = ['', undefined]] = Object.entries(node);
  return (OPPOSITES as Readonly<Record<string, (statement: unknown) => string | undefined>>)[kind]?.(statement);
}

const RENAMED: Readonly<Record<string, string>> = {
  OBJECT_TABLE: 'TABLE',
  OBJECT_VIEW: 'VIEW',
  OBJECT_INDEX: 'INDEX',
  OBJECT_SEQUENCE: 'SEQUENCE',
};

function renameBack({ renameType, relation: of, subname, newname }: RenameStmt): string | undefined {
  if (renameType === 'OBJECT_COLUMN') return `ALTER TABLE ${relation(of)} RENAME COLUMN ${path(newname)} TO ${path(subname)};`;
  if (renameType === 'OBJECT_TABCONSTRAINT') return `ALTER TABLE ${relation(of)} RENAME CONSTRAINT ${path(newname)} TO ${path(subname)};`;
  const kind = RENAMED[renameType ?? ''];
  return kind && `ALTER ${kind} ${path(of?.schemaname, newname)} RENAME TO ${path(of?.relname)};`;
}

const alterations = (statement: AlterTableStmt): readonly (string | undefined)[] =>
  commandsOf(statement)
    .toReversed()
    .map((command) => {
      const back = statement.objtype === 'OBJECT_TABLE' ? commandBack(command) : undefined;
      return back && `ALTER TABLE ${relation(statement.relation)} ${back};`;
    });

function commandBack({ subtype, def, missing_ok: isMaybe }: AlterTableCmd): string | undefined {
  if (isMaybe) return undefined;
  if (subtype === 'AT_AddColumn' && def && 'ColumnDef' in def) return `DROP COLUMN ${path(def.ColumnDef.colname)}`;
  if (subtype === 'AT_AddConstraint' && def && 'Constraint' in def && def.Constraint.conname)
    return `DROP CONSTRAINT ${path(def.Constraint.conname)}`;
  if (subtype === 'AT_AttachPartition' && def && 'PartitionCmd' in def) return `DETACH PARTITION ${relation(def.PartitionCmd.name)}`;
  if (subtype === 'AT_AddInherit' && def && 'RangeVar' in def) return `NO INHERIT ${relation(def.RangeVar)}`;
  return undefined;
}
