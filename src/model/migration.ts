export type Direction = 'up' | 'down';

/**
 * One version as the disk has it. Paths are relative to the project root, with forward slashes.
 * With `up` it is an SQL migration (a module is then optional); with only `module` it may be a code migration.
 */
export interface Migration {
  /** The digits in front: `002`. Compared as a number. */
  readonly version: string;
  /** `002_add_new_table`: what history records. */
  readonly name: string;
  readonly up?: string;
  readonly down?: string;
  readonly module?: string;
}

/** A text file of the project, decoded: valid UTF-8, no BOM, no NUL byte. Line ends are as in the file. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** SHA-256, in hex, of the text with LF line ends. */
  readonly checksum: string;
}

/** What the names of files begin with that are edited in place and run again when they change: `repeatable/active_users`. */
export const REPEATABLE = 'repeatable/';

export const isRepeatable = ({ name }: { readonly name: string }): boolean => name.startsWith(REPEATABLE);

const NAME = /^(\d+)_([A-Za-z0-9][\w-]*)$/;

/** Splits `002_add_new_table`; undefined when the name has another form. */
export function parseName(name: string): { readonly version: string; readonly title: string } | undefined {
  const [, version, title] = NAME.exec(name) ?? [];
  return version && title ? { version, title } : undefined;
}

/** Sorts versions as numbers of any length: `9` before `010` before `20261122090433`. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [versionNumber(a), versionNumber(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

const TIMESTAMP_DIGITS = 14;

/** The version after the highest, in its format: as many digits, or the time in UTC where timestamps are in use. */
export function nextVersion(versions: readonly string[], now = new Date()): string {
  const highest = versions.toSorted(compareVersions).at(-1);
  if (!highest) return '001';
  const next = versionNumber(highest) + 1n;
  if (highest.length !== TIMESTAMP_DIGITS) return String(next).padStart(highest.length, '0');
  const stamp = BigInt(now.toISOString().replace(/\D/g, '').slice(0, TIMESTAMP_DIGITS));
  return String(stamp > next ? stamp : next);
}

/** Anybody's words as the part of a name behind its number; empty when nothing is left of them. */
export function toTitle(words: string): string {
  return words
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\w-]+/g, '_')
    .replace(/^[_-]+|_+$/g, '')
    .slice(0, 200);
}

/** `20240101_add.users` as a file has to be named here; undefined where no number says which version it is. */
export function wellNamed(name: string): string | undefined {
  if (parseName(name)) return name;
  const [, digits, rest = ''] = /^(\d+)(.*)$/s.exec(name) ?? [];
  return digits && `${digits}_${toTitle(rest) || 'describe_me'}`;
}

/** The number of a version or of a name that starts with one; names without a number sort first. */
export const versionNumber = (versionOrName: string): bigint => BigInt(/^\d+/.exec(versionOrName)?.[0] ?? -1);

/** A name as stock Knex records it, `001_init.js` or `001-add.users.js`, as history has it: `001_init`, `001_add_users`. */
export function fromStockName(name: string): string {
  const bare = withoutExtension(name);
  return wellNamed(bare) ?? bare;
}

export const withoutExtension = (name: string): string => name.replace(/\.(?:[cm]?[jt]s|sql)$/i, '');
