import type { AlterSubscriptionStmt, Node } from 'libpg-query';
import type { Effect } from '../model/script.ts';
import { findOption, isOn } from './options.ts';
import { REPEATABLE, UNKNOWN } from './script/traits.ts';

/** Statements on subscriptions that reach out to the publisher, and so cannot run in a transaction block. */
export function classifySubscription(node: Node): Effect | undefined {
  if ('CreateSubscriptionStmt' in node) return createSubscription(node.CreateSubscriptionStmt.options);
  // Where the subscription has no slot (its options are in the catalog), it could; alone it always can.
  if ('DropSubscriptionStmt' in node) return node.DropSubscriptionStmt.missing_ok ? REPEATABLE : UNKNOWN;
  if ('AlterSubscriptionStmt' in node) return alterSubscription(node.AlterSubscriptionStmt);
  return undefined;
}

function createSubscription(options: readonly Node[] | undefined): Effect | undefined {
  const connects = isOn(findOption(options, 'connect'), true);
  return isOn(findOption(options, 'create_slot'), connects) ? UNKNOWN : undefined;
}

function alterSubscription({ kind, options }: AlterSubscriptionStmt): Effect | undefined {
  switch (kind) {
    case 'ALTER_SUBSCRIPTION_REFRESH':
      return REPEATABLE;
    case 'ALTER_SUBSCRIPTION_SET_PUBLICATION':
      return isOn(findOption(options, 'refresh'), true) ? REPEATABLE : undefined;
    case 'ALTER_SUBSCRIPTION_ADD_PUBLICATION':
    case 'ALTER_SUBSCRIPTION_DROP_PUBLICATION':
      return isOn(findOption(options, 'refresh'), true) ? UNKNOWN : undefined;
    case 'ALTER_SUBSCRIPTION_OPTIONS':
      return findOption(options, 'failover') || findOption(options, 'two_phase') ? REPEATABLE : undefined;
    default:
      return undefined;
  }
}
