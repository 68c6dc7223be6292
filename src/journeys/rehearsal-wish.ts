import { namedMigration } from '../files/named-migration.ts';
import type { Journey } from '../model/journey.ts';
import type { Migration } from '../model/migration.ts';
import { keysOf, readProved } from '../rehearse/records.ts';

export interface Rehearse extends Journey {
  /** Also what is proved already, and the whole way down and up again. */
  readonly all?: boolean;
  /** Only these versions, or names. */
  readonly only?: readonly string[];
  /** Major of PostgreSQL that is wanted. */
  readonly major?: number;
  /** Also under load: so many rows in each table that a migration touches. */
  readonly loadRows?: number;
  /** A file of statements that run meanwhile, instead of reads and writes that are made up. */
  readonly workloadFile?: string;
  /** On a copy of the rows of this environment, or of this backup. */
  readonly from?: string;
  /** Of the copy: only a part of the rows, so many of a hundred. */
  readonly samplePercent?: number;
  /** The same one chooses and masks in the same way again. */
  readonly seed?: number;
  /** One that does not apply is left out, and those above it are rehearsed. */
  readonly goesOn?: boolean;
  /** Columns whose values go no further than this process: `users.email` */
  readonly mask?: readonly string[];
}

export interface Wanted {
  readonly names: ReadonlySet<string>;
  readonly keys: ReadonlyMap<string, string>;
}

/** What was asked for, else what no kept proof stands for. @throws LockstepError for a version that is not there */
export function choose({ project, all, only = [] }: Rehearse, migrations: readonly Migration[], major: number): Wanted {
  const keys = keysOf(project.root, migrations, major);
  const proved = all || only.length > 0 ? new Set<string>() : readProved(project.root, keys);
  const named = only.map((word) => namedMigration(migrations, word).name);
  const names = migrations.map(({ name }) => name).filter((name) => (named.length > 0 ? named.includes(name) : !proved.has(name)));
  return { names: new Set(names), keys };
}
