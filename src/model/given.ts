type Given<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** The fields that have a value, without those that have none. */
export const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)) as Given<T>;
