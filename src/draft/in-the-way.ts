import type { Rank } from '../snapshot/statements/pieces.ts';
import type { Statement } from '../snapshot/statements/read-statements.ts';
import type { State } from './read-state.ts';

/** What holds rows or whatever else nobody can make again, or has nothing in the way of others. */
const STAYING: readonly Rank[] = [
  'schema',
  'extension',
  'type',
  'domain',
  'sequence',
  'table',
  'attach',
  'owned by',
  'owner',
  'comment',
  'security label',
  'grant',
  'default privilege',
  'setting',
  'refresh',
  'refresh by functions',
];

/** What PostgreSQL takes along itself where a column changes its type: it is moved only when nothing else has helped. */
const HEAVY: readonly Rank[] = ['key', 'index', 'check', 'statistics', 'foreign key', 'foreign key of a partition'];

/** What needs one of these objects or columns, and can be taken aside and made again: it is gone then, and comes back as everything that is gone. */
export function inTheWay(on: readonly string[], now: State, withHeavy: boolean): readonly Statement[] {
  const neededBy = new Map<string, string[]>();
  for (const [key, needs] of now.needs) for (const need of needs) neededBy.set(need, [...(neededBy.get(need) ?? []), key]);
  const stays = withHeavy ? STAYING : [...STAYING, ...HEAVY];
  const movable = new Map(now.statements.filter(({ rank, sql }) => !stays.includes(rank) && sql !== null).map((one) => [one.key, one]));
  const found = new Map<string, Statement>();
  const open = on.flatMap((one) => now.columnNeeds.get(one) ?? neededBy.get(one) ?? []);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    const statement = movable.get(key);
    if (!statement || found.has(key)) continue;
    found.set(key, statement);
    open.push(...(neededBy.get(key) ?? []));
  }
  return [...found.values()];
}
