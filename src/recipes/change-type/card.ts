import type { RecipeCard } from '../recipe/recipe.ts';

export const card: RecipeCard = {
  name: 'change-type',
  words: 'TABLE.COLUMN TYPE',
  what: 'another type without a rewrite: a new column, a trigger, a backfill, and an exchange of names with keys, defaults, identity and foreign keys',
  steps: [
    'expand: the new column with its comment and grants, and a trigger that writes it',
    'backfill: the rows that were there before',
    'prepare: unique and other indexes, CHECKs and foreign keys on the new column, each validated',
    'swap, when code that knows the new type is out: names, keys, default or identity and sequence; the trigger now writes the old column',
    'contract, a release later: the old column goes',
  ],
  undo: 'each step back; the swap back fills the old column first, and fails over a value that the old type cannot hold',
  limits: [
    'types to which every value leads without loss, whatever the session says: integers to wider ones, numeric to wider, numbers and uuid to text',
    'views, rules, generated columns, or functions that read the column; published tables; exclusion constraints; partitions, inheritance, a replica identity of its own, FORCE ROW LEVEL SECURITY',
    'the column moves to the end of the table: INSERT without a list of columns, and prepared statements that return the column, notice that',
  ],
};
