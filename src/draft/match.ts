import { SAID } from '../snapshot/statements/order-statements.ts';
import type { Statement } from '../snapshot/statements/read-statements.ts';
import type { Column, State } from './read-state.ts';

const NO_NUMBER = 10_000;

/**
 * The state with the keys of another one: what was dropped and made again under the same name counts as the same object, and so does a column.
 */
export function matchState(before: State, now: State): State {
  const keys = newKeys(before, now);
  const key = (one: string): string => keys.get(one) ?? one;
  return {
    ...now,
    statements: now.statements.map((one) => ({ ...one, key: key(one.key) })),
    needs: new Map([...now.needs].map(([one, needs]) => [key(one), needs.map(key)])),
    names: new Map([...now.names].map(([one, named]) => [key(one), { ...named, key: key(one) }])),
    properties: now.properties.map((one) => ({ ...one, key: key(one.key) })),
    columns: numbered(
      before.columns,
      now.columns.map((one) => ({ ...one, key: key(one.key) })),
      new Set(keys.values()),
    ),
    columnNeeds: new Map([...now.columnNeeds].map(([place, needs]) => [place, needs.map(key)])),
  };
}

const labelOf = ({ rank, name }: Statement): string => `${rank} ${name}`;

/** By its key in the one state, that in the other. */
function newKeys(before: State, now: State): ReadonlyMap<string, string> {
  const [old, current] = [new Set(before.statements.map(({ key }) => key)), new Set(now.statements.map(({ key }) => key))];
  const gone = new Map<string, string>();
  for (const one of before.statements) if (!current.has(one.key) && !SAID.includes(one.rank)) gone.set(labelOf(one), one.key);
  const found = new Map<string, string>();
  for (const one of now.statements) {
    const key = old.has(one.key) ? undefined : gone.get(labelOf(one));
    if (key !== undefined) found.set(one.key, key);
  }
  return found;
}

function numbered(before: readonly Column[], now: readonly Column[], made: ReadonlySet<string>): readonly Column[] {
  const place = ({ key, number }: Pick<Column, 'key' | 'number'>): string => `${key} ${number}`;
  const [old, current] = [new Map(before.map((one) => [place(one), one])), new Set(now.map(place))];
  const byName = new Map(before.map((one) => [`${one.key} ${one.name}`, one]));
  return now.map((one) => {
    const isMadeAnew = made.has(one.key);
    if (!isMadeAnew && old.has(place(one))) return one;
    const same = byName.get(`${one.key} ${one.name}`);
    const isFree = same && (isMadeAnew || !current.has(place(same)));
    return { ...one, number: isFree ? same.number : one.number + NO_NUMBER };
  });
}
