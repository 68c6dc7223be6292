import type { Failure } from '../model/outcome.ts';

// PostgreSQL quotes what it cannot read: invalid input syntax for type integer: "…", value "…" is out of range.
const QUOTED = /(: |\bvalue )"(?:[^"\\]|\\.)*"/g;

/** What is said of a value that does not fit, without the value: it is that of a real person. */
export const withoutValues = <T extends Pick<Failure, 'what' | 'sqlstate'>>(failure: T): T =>
  failure.sqlstate?.startsWith('22') ? { ...failure, what: failure.what.replaceAll(QUOTED, '$1"…"') } : failure;
