import { countSame, differingPlaces } from './differing-places.ts';
import { UNMODELLED } from './kinds/unmodelled.ts';
import type { Snapshot } from './take-snapshot.ts';

const WIDTH = 240;
const MOST_PLACES = 5;
const CONTEXT = 40;

/**
 * What differs, as lines to read; empty where both are equal. `-` is only in the first, `+` only in the second, and `?` is of a kind that
 * this program does not know, so that nobody can say.
 */
export function compareSnapshots(first: Snapshot, second: Snapshot): readonly string[] {
  const [a, b] = [byKey(first), byKey(second)];
  const keys = [...new Set([...a.keys(), ...b.keys()])].toSorted();
  return keys.flatMap((key) =>
    key.startsWith(`${UNMODELLED} `)
      ? [`? ${key.slice(UNMODELLED.length + 1)}: not compared, its kind is newer than this program`]
      : compareObjects(key, a.get(key) ?? [], b.get(key) ?? []),
  );
}

/** The grants of one object share its name. */
function byKey(snapshot: Snapshot): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { kind, name, definition } of snapshot) {
    const key = `${kind} ${name}`;
    const before = found.get(key);
    if (before) before.push(definition);
    else found.set(key, [definition]);
  }
  return found;
}

function compareObjects(key: string, first: readonly string[], second: readonly string[]): readonly string[] {
  const [gone, come] = [first.filter((one) => !second.includes(one)), second.filter((one) => !first.includes(one))];
  const [only, other] = [gone[0], come[0]];
  if (gone.length === 1 && come.length === 1 && only !== undefined && other !== undefined) return changed(key, only, other);
  return [...gone.map((text) => line('-', key, cut(flat(text)))), ...come.map((text) => line('+', key, cut(flat(text))))];
}

const line = (sign: string, key: string, text: string): string => `${sign} ${key}${text && ': '}${text}`;

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();
/** White space that is the only difference must be seen. */
const exact = (text: string): string => JSON.stringify(text).slice(1, -1);
const cut = (text: string): string => (text.length <= WIDTH ? text : `${text.slice(0, WIDTH)} …`);

function changed(key: string, before: string, after: string): readonly string[] {
  if (Math.max(before.length, after.length) <= WIDTH) return pair(key, before, after);
  const places = differingPlaces(before, after);
  const isWhole = (lines: readonly string[], text: string): boolean => lines.join('\n').length === text.length;
  const within = (lines: readonly string[], text: string): string =>
    isWhole(lines, text) || lines.length === 0 ? lines.join('\n') : `… ${lines.join('\n')} …`;
  const shown = places.slice(0, MOST_PLACES).flatMap((place) => pair(key, within(place.before, before), within(place.after, after)));
  const more = places.length - MOST_PLACES;
  return more > 0 ? [...shown, `… ${key}: ${more} more ${more === 1 ? 'place differs' : 'places differ'}`] : shown;
}

function pair(key: string, before: string, after: string): readonly string[] {
  const print = flat(before) === flat(after) ? exact : flat;
  const [one, other] = aligned(print(before), print(after));
  return [
    ...(before === '' && after !== '' ? [] : [line('-', key, one)]),
    ...(after === '' && before !== '' ? [] : [line('+', key, other)]),
  ];
}

/** Where one is too long, both begin shortly before they differ. */
function aligned(before: string, after: string): readonly [string, string] {
  const same = countSame(before, after);
  if (Math.max(before.length, after.length) <= WIDTH || same <= CONTEXT) return [cut(before), cut(after)];
  const space = before.lastIndexOf(' ', same - CONTEXT);
  const from = same - space < WIDTH / 2 ? space + 1 : same - CONTEXT;
  return [cut(`… ${before.slice(from)}`), cut(`… ${after.slice(from)}`)];
}
