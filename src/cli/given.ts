type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** What was given on the command line, without what was not. */
export function given<T extends object>(wish: T): Given<T> {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as Given<T>;
}
