import type { Node } from 'libpg-query';
import { findOption } from '../effects/names.ts';

/** Statements whose tree holds a password or a connection string, however they are written. */
export function tellsSecret(node: Node): boolean {
  if ('CreateRoleStmt' in node) return hasPassword(node.CreateRoleStmt.options);
  if ('AlterRoleStmt' in node) return hasPassword(node.AlterRoleStmt.options);
  if ('CreateSubscriptionStmt' in node) return true;
  if ('AlterSubscriptionStmt' in node) return Boolean(node.AlterSubscriptionStmt.conninfo);
  if ('CreateUserMappingStmt' in node) return hasPassword(node.CreateUserMappingStmt.options);
  if ('AlterUserMappingStmt' in node) return hasPassword(node.AlterUserMappingStmt.options);
  if ('CreateForeignServerStmt' in node) return hasPassword(node.CreateForeignServerStmt.options);
  if ('AlterForeignServerStmt' in node) return hasPassword(node.AlterForeignServerStmt.options);
  return false;
}

/** PASSWORD NULL has no argument, so it tells nothing. */
const hasPassword = (options: readonly Node[] | undefined): boolean => findOption(options, 'password')?.arg !== undefined;
