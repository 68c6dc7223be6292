import type { Snapshot, SnapshotLine } from './take-snapshot.ts';

const keyOf = ({ kind, name }: SnapshotLine): string => `${kind} ${name}`;
const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** What differs, as lines to read; empty where both are equal. `-` is only in the first, `+` only in the second. */
export function compareSnapshots(first: Snapshot, second: Snapshot): readonly string[] {
  const [a, b] = [byKey(first), byKey(second)];
  const keys = [...new Set([...a.keys(), ...b.keys()])].toSorted();
  return keys.flatMap((key) => {
    const [one, other] = [a.get(key), b.get(key)];
    if (one === other) return [];
    return [...(one === undefined ? [] : [`- ${key}: ${one}`]), ...(other === undefined ? [] : [`+ ${key}: ${other}`])];
  });
}

/** Overloads and grants share a name: they are compared together. */
function byKey(snapshot: Snapshot): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of snapshot) {
    const key = keyOf(line);
    const before = found.get(key);
    found.set(key, before === undefined ? flat(line.definition) : `${before}; ${flat(line.definition)}`);
  }
  return found;
}
