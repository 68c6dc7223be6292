import type { Node, UpdateStmt } from 'libpg-query';
import type { ObjectName } from '../model/effects.ts';
import type { SourceFile } from '../model/migration.ts';
import { changedRelations, isOpaque } from '../sql/effects/changed-relations.ts';
import { readTrees, type TreeStatement } from '../sql/script/read-trees.ts';
import { findLine } from '../sql/text/positions.ts';
import type { State } from './read-state.ts';

/** What a forward statement did that no catalog shows. */
export interface Unseen {
  readonly tag: 'LOSSY' | 'MANUAL';
  /** `db/migrations/002_x.sql:3: DELETE FROM` */
  readonly what: string;
  readonly why: string;
}

const ROLES = [
  'CreateRoleStmt',
  'AlterRoleStmt',
  'AlterRoleSetStmt',
  'DropRoleStmt',
  'GrantRoleStmt',
  'AlterSystemStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
];

/** Rows and roles, of which a picture of a schema says nothing. What happened to tables and columns that go again needs no way back. */
export async function unseenBy(file: SourceFile, before: State): Promise<readonly Unseen[]> {
  const { statements } = await readTrees(file);
  return statements.flatMap((statement): readonly Unseen[] => {
    const found = judge(statement.node, before);
    return found ? [{ ...found, what: `${file.path}:${findLine(file.text, statement.start).number}: ${summary(statement)}` }] : [];
  });
}

const summary = ({ summary: text }: TreeStatement): string => text;

const LOST = 'it took rows or values that no statement brings back';

function judge(node: Node, before: State): Omit<Unseen, 'what'> | undefined {
  const [kind = ''] = Object.keys(node);
  if (ROLES.includes(kind))
    return { tag: 'MANUAL', why: 'it is about the server, which no rollback of one database should change unasked' };
  if (['DoStmt', 'CallStmt'].includes(kind) || ('SelectStmt' in node && isOpaque(node)))
    return { tag: 'MANUAL', why: 'what it did to rows is not seen from outside' };
  if (!['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'TruncateStmt', 'CopyStmt'].includes(kind) && !hasDataChange(node))
    return undefined;
  const tables = changedRelations(node).filter((table) => wasThere(table, before));
  if (tables.length === 0 || ('UpdateStmt' in node && setsNewColumns(node.UpdateStmt, before))) return undefined;
  if ('InsertStmt' in node || 'CopyStmt' in node)
    return { tag: 'MANUAL', why: `delete here what it added to ${tables.map(nameOf).join(', ')}` };
  return { tag: 'LOSSY', why: LOST };
}

const hasDataChange = (node: Node): boolean =>
  'SelectStmt' in node && node.SelectStmt.withClause !== undefined && changedRelations(node).length > 0;

const nameOf = ({ schema, name }: ObjectName): string => (schema ? `${schema}.${name}` : name);
const bare = (name: string): string => name.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"');

const wasThere = ({ schema, name }: ObjectName, { names }: State): boolean =>
  [...names.values()].some(
    (one) => one.kind.endsWith('TABLE') && bare(one.name) === name && (schema === undefined || bare(one.schema ?? '') === schema),
  );

function setsNewColumns({ relation, targetList = [] }: UpdateStmt, { columns }: State): boolean {
  const table = relation?.relname;
  const known = new Set(columns.filter((one) => bare(one.relation.split('.').at(-1) ?? '') === table).map(({ name }) => bare(name)));
  return targetList.every((target) => 'ResTarget' in target && target.ResTarget.name !== undefined && !known.has(target.ResTarget.name));
}
