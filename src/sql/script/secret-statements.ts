import type { Node } from 'libpg-query';
import { findOption } from '../effects/names.ts';

/** Statements whose tree holds a password or a connection string, however they are written: of roles, user mappings, servers, subscriptions. */
export function tellsSecret(node: Node): boolean {
  if ('CreateSubscriptionStmt' in node) return true;
  if ('AlterSubscriptionStmt' in node) return Boolean(node.AlterSubscriptionStmt.conninfo);
  const [statement] = Object.values(node) as readonly { readonly options?: unknown }[];
  // PASSWORD NULL has no argument, so it tells nothing.
  return Array.isArray(statement?.options) && findOption(statement.options, 'password')?.arg !== undefined;
}
