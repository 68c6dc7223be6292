import type { Where } from '../model/lockstep-error.ts';

/** One direction of a migration, as its file has it between the markers. */
export interface Half {
  readonly sql: string;
  /** A marker outside of this text takes it out of its transaction. */
  readonly isAlone: boolean;
}

/** A migration as another tool has it. */
export interface Foreign {
  /** The file that it is in, as the folder has it; of a changeset with `::author:id` behind it. */
  readonly source: string;
  /** What that tool's history calls it. */
  readonly key: string;
  /** The digits in front of its name. */
  readonly version: string | undefined;
  /** The words of its name. */
  readonly title: string;
  readonly up: Half;
  readonly down?: Half;
  /** The file of the way back, where that is another one. */
  readonly downSource?: string;
}

/** What cannot be carried over, and why. */
export interface Left {
  readonly where: Where;
  readonly what: string;
}

export interface Found {
  /** In the order in which their tool runs them. */
  readonly migrations: readonly Foreign[];
  readonly left: readonly Left[];
  /** Knex modules, which stay as they are. */
  readonly modules?: readonly string[];
}

/** A folder of another tool: the paths of its files, relative to it, with forward slashes. */
export interface Folder {
  readonly root: string;
  readonly files: readonly string[];
}
