import type { Node } from 'libpg-query';
import type { Effect } from '../model/script.ts';
import { findOption } from './options.ts';
import { REPEATABLE } from './script/traits.ts';

/** Statements on databases, tablespaces and the server's settings, none of which can run in a transaction block. */
export function classifyDatabase(node: Node): Effect | undefined {
  if ('AlterSystemStmt' in node) return REPEATABLE;
  if ('CreatedbStmt' in node) return { kind: 'create-database', name: node.CreatedbStmt.dbname ?? '' };
  if ('DropdbStmt' in node) return { kind: 'drop-database', name: node.DropdbStmt.dbname ?? '' };
  if ('CreateTableSpaceStmt' in node) return { kind: 'create-tablespace', name: node.CreateTableSpaceStmt.tablespacename ?? '' };
  if ('DropTableSpaceStmt' in node) return { kind: 'drop-tablespace', name: node.DropTableSpaceStmt.tablespacename ?? '' };
  // Moving a database to where it is already does nothing.
  if ('AlterDatabaseStmt' in node) return findOption(node.AlterDatabaseStmt.options, 'tablespace') && REPEATABLE;
  return undefined;
}
