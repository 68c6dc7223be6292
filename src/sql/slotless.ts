import type { Node } from 'libpg-query';
import { findOption, wordOf } from './options.ts';
import { PLAIN, type Trait } from './script/traits.ts';

/** DROP SUBSCRIPTION may join a transaction when the script has set `slot_name = NONE` before: it then leaves the publisher alone. */
export class SlotlessSubscriptions {
  private readonly names = new Set<string>();

  adjust(node: Node, trait: Trait): Trait {
    if ('AlterSubscriptionStmt' in node) this.see(node.AlterSubscriptionStmt);
    return 'DropSubscriptionStmt' in node && this.names.has(node.DropSubscriptionStmt.subname ?? '') ? PLAIN : trait;
  }

  private see({ subname, options }: Extract<Node, { AlterSubscriptionStmt: unknown }>['AlterSubscriptionStmt']): void {
    if (subname && wordOf(findOption(options, 'slot_name')?.arg).toLowerCase() === 'none') this.names.add(subname);
  }
}
