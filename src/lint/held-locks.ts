import type { LockMode, ObjectName } from '../model/effects.ts';
import type { TreeStatement } from '../sql/script/read-trees.ts';
import { isUsed } from './rule/look.ts';
import type { Site } from './rule/rule.ts';
import type { Schema } from './schema/schema.ts';

type Held = Site['held'] extends ReadonlyMap<infer K, infer V> ? Map<K, V> : never;

/** Modes behind which writers wait. */
const STRONG: readonly LockMode[] = ['Share', 'ShareRowExclusive', 'Exclusive', 'AccessExclusive'];

/** What a transaction holds, statement by statement: the strongest lock on each table that others use. */
export class HeldLocks {
  readonly held: Held = new Map();

  take(schema: Schema, { effects, summary }: Pick<TreeStatement, 'effects' | 'summary'>): void {
    for (const { relation, mode } of effects?.locks ?? []) {
      const table: ObjectName = schema.findIndex(relation)?.table ?? relation;
      if (!STRONG.includes(mode) || !isUsed(schema, table)) continue;
      const key = schema.keyed(table);
      const known = this.held.get(key);
      if (!known || STRONG.indexOf(known.mode) < STRONG.indexOf(mode)) this.held.set(key, { mode, by: summary, table });
    }
  }
}
