import type { Backfill } from '../../model/backfill.ts';
import type { Effect } from '../../model/script.ts';
import type { SqlRefusal } from './refusals.ts';

/** What the rest of a script has to know about one statement. */
export type Trait =
  /** May run in a transaction. The effect counts when a directive makes it run alone. */
  | { readonly kind: 'plain'; readonly effect: Effect }
  /** Cannot run in a transaction block. */
  | { readonly kind: 'alone'; readonly effect: Effect }
  /** May run in a transaction as long as the label is not used in it. */
  | { readonly kind: 'enum-value'; readonly effect: Extract<Effect, { kind: 'add-enum-value' }> }
  | { readonly kind: 'begin'; readonly begin: string }
  | { readonly kind: 'commit'; readonly chain: boolean }
  /** ROLLBACK, PREPARE TRANSACTION, COMMIT PREPARED …: nothing that we could put in its place. */
  | { readonly kind: 'rollback' }
  /** Runs in batches, as its directive says. */
  | { readonly kind: 'backfill'; readonly backfill: Backfill }
  | { readonly kind: 'savepoint' }
  /** Ends its transaction itself: it can only run where none is around it. */
  | { readonly kind: 'commits' }
  | ({ readonly kind: 'refused' } & SqlRefusal);

export const UNKNOWN: Effect = { kind: 'unknown' };
export const REPEATABLE: Effect = { kind: 'repeatable' };
export const PLAIN: Trait = { kind: 'plain', effect: UNKNOWN };
