import type { Look } from './look.ts';

/** What a recipe is, for people who choose one. */
export interface RecipeCard {
  readonly name: string;
  /** What stands behind the name: `TABLE.COLUMN TYPE`. */
  readonly words: string;
  /** One line. */
  readonly what: string;
  readonly steps: readonly string[];
  readonly undo: string;
  /** What it refuses, or leaves to somebody else. */
  readonly limits: readonly string[];
}

/** How long a lock is held: as long as a change of the catalog takes, or as the work that it goes with. */
export type Lasts = 'moment' | 'scan' | 'build' | 'batches';

/** Statements that happen together, and what others notice of them. */
export interface Step {
  /** In a few words. */
  readonly does: string;
  /** Ends with a semicolon. */
  readonly sql: string;
  /** `ACCESS EXCLUSIVE on shop.orders` */
  readonly locks: string;
  readonly lasts: Lasts;
  /** Begins a part of its own; else it belongs to the one before. `alone` is found by the parser. */
  readonly part?: 'transaction' | 'alone' | 'backfill';
  /** Of a backfill: what must give 0. */
  readonly verify?: string;
}

/** A migration: forward and back. */
export interface RecipeFile {
  /** Behind the number: `orders_id_expand`. */
  readonly title: string;
  readonly description: string;
  /** Held back until the new code is out. */
  readonly isAfterDeploy?: boolean;
  /** What somebody has to know who reads the file. */
  readonly why?: readonly string[];
  readonly up: readonly Step[];
  readonly down: readonly Step[];
  /** What the rollback says where it has nothing to do. */
  readonly emptyDown?: string;
  /** Findings of lint that are meant: `RULE: why`. */
  readonly allows?: readonly string[];
  /** What the rollback does not bring back. */
  readonly lossyDown?: string;
  /** By direction, what is lost and why, as `data-loss` names it. */
  readonly loses?: { readonly up?: Losses; readonly down?: Losses };
}

/** `NAME: why`, each its own line. */
export type Losses = string | readonly string[];

export interface RecipeTask {
  readonly look: Look;
  /** What stands behind the name of the recipe. */
  readonly words: readonly string[];
  /** What `--fill` says. */
  readonly fill?: string;
}

export interface Recipe {
  readonly card: RecipeCard;
  /** @throws LockstepError for a case that is outside of its limits; nothing is written then */
  readonly plan: (task: RecipeTask) => Promise<readonly RecipeFile[]>;
}
