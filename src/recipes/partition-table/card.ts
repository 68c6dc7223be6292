import type { RecipeCard } from '../recipe/recipe.ts';

export const card: RecipeCard = {
  name: 'partition-table',
  words: 'TABLE by=COLUMN every=day|week|month|year [from=DATE] [ahead=NUMBER]',
  what: 'a table by ranges of a date, without moving a row: the table as it is becomes the first partition, of everything before a day to come; of a table that has partitions (TABLE every=…) the next ones',
  steps: [
    'prepare: where the primary key lacks the column, a unique index that has it, CONCURRENTLY; a CHECK that all rows are of before that day, NOT VALID and VALIDATE',
    'swap: the table steps aside, a partitioned one takes its name with all that was said of it, and the table is attached; the CHECK spares the scan. With it a DEFAULT partition, so that no row is ever refused',
    'ahead: the partitions to come, made apart and attached; the same command with every= alone writes the next ones, a migration as any other',
  ],
  undo: 'the table is detached and takes its name back; rows of newer partitions move into it while the lock is held, so early is cheap; a primary key that was widened is built again beforehand',
  limits: [
    'the first partition holds all old rows: a copy would split them, but write each row twice and wait for all of it; this moves none, and old rows leave by DROP of the first partition some day',
    'the primary key gets the column, so that its other columns are unique only together with it: ON CONFLICT and GROUP BY have to name both; other unique keys must have the column already',
    'foreign keys that refer to the table, materialized views, functions and policies of other tables that need it, security labels, exclusion constraints, rules, publications, FORCE ROW LEVEL SECURITY, unlogged tables, a replica identity of its own; a key that may be NULL, or that a BEFORE trigger speaks of',
    'an UPDATE of the column that moves a row to another partition is a DELETE and an INSERT to triggers, and an error to who updates the row at the same time',
    'the swap has to run before that day, 30 days ahead or more; the first step ends where rows have come near it',
    'storage parameters and extended statistics stay with the first partition; DETACH CONCURRENTLY is not to be had beside a DEFAULT partition',
  ],
};
