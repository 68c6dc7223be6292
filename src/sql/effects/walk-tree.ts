export type TreeObject = Readonly<Record<string, unknown>>;
export const isTreeObject = (value: unknown): value is TreeObject => typeof value === 'object' && value !== null;

/** Calls `see` for each object of a parse tree and the key under which it stands, and does not go below where that returns true. Each statement is walked several times, so without a list in between. */
export function walkTree(value: unknown, see: (key: string, object: TreeObject) => boolean, key = ''): void {
  if (Array.isArray(value)) for (const one of value) walkTree(one, see, key);
  else if (isTreeObject(value) && !see(key, value)) for (const name in value) walkTree(value[name], see, name);
}
