import { RANKS, type Rank } from './pieces.ts';
import type { Statement, Statements } from './read-statements.ts';

/** A statement that makes something, and what else is said about that. */
export interface Group {
  readonly first: Statement;
  readonly rest: Statement[];
}

const PLACES = new Map(RANKS.map((rank, place) => [rank, place]));
const placeOf = (rank: Rank): number => PLACES.get(rank) ?? 0;

/** Said about what is there: below it, or at the end where that is the server's own, or no object. */
export const SAID: readonly Rank[] = ['owner', 'comment', 'security label', 'grant', 'setting', 'default privilege'];

/**
 * What is needed comes first; else by kind and name, which do not depend on when and where a database was made. A circle is cut where the
 * order of kinds begins.
 */
export function orderStatements({ statements, needs }: Pick<Statements, 'statements' | 'needs'>): readonly Group[] {
  const groups = new Map<string, Group>();
  const loose: Group[] = [];
  for (const statement of statements) {
    const group = groups.get(statement.key);
    if (group) group.rest.push(statement);
    else if (SAID.includes(statement.rank)) loose.push({ first: statement, rest: [] });
    else groups.set(statement.key, { first: statement, rest: [] });
  }
  return [...sorted(groups, needs), ...loose];
}

function sorted(groups: ReadonlyMap<string, Group>, needs: Statements['needs']): readonly Group[] {
  const open = new Map([...groups.keys()].map((key) => [key, new Set((needs.get(key) ?? []).filter((one) => groups.has(one)))]));
  const awaiting = new Map<string, string[]>();
  for (const [key, missing] of open) for (const one of missing) awaiting.set(one, [...(awaiting.get(one) ?? []), key]);
  const order: Group[] = [];
  let ready = [...open].filter(([, missing]) => missing.size === 0).map(([key]) => key);
  while (open.size > 0) {
    const key = lowest(ready.length > 0 ? ready : [...open.keys()], groups);
    const group = groups.get(key);
    if (group) order.push(group);
    open.delete(key);
    ready = ready.filter((one) => one !== key);
    for (const waiting of awaiting.get(key) ?? []) {
      const missing = open.get(waiting);
      missing?.delete(key);
      if (missing?.size === 0) ready.push(waiting);
    }
  }
  return order;
}

const lowest = (keys: readonly string[], groups: ReadonlyMap<string, Group>): string =>
  keys.reduce((a, b) => (compare(groups.get(a), groups.get(b)) <= 0 ? a : b));

function compare(a: Group | undefined, b: Group | undefined): number {
  if (!a || !b) return 0;
  return placeOf(a.first.rank) - placeOf(b.first.rank) || (a.first.name < b.first.name ? -1 : a.first.name > b.first.name ? 1 : 0);
}
