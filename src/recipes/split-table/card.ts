import type { RecipeCard } from '../recipe/recipe.ts';

export const card: RecipeCard = {
  name: 'split-table',
  words: 'TABLE into=NEW columns=COLUMN[,COLUMN…]',
  what: 'columns in a table of their own, a row for each row, under the same primary key; old code writes them where they were, new code where they are, and both see it',
  steps: [
    'expand: the table, with a foreign key that deletes along, defaults, CHECKs, indexes, comments and grants of the columns; triggers both ways',
    'backfill: a row for each row that was there before',
    'contract, when no code uses the old columns: they go, with the triggers',
  ],
  undo: 'each step back, and no value is lost: the columns come back filled from the new table; the new table goes with the first step, when the old one has it all',
  limits: [
    'columns that are NOT NULL without a default, identities, generated, of the primary key, or that foreign keys, views, policies, rules, statistics, functions or triggers read; indexes and constraints on moved columns together with others',
    'row security on the table, publications, partitions, inheritance, a primary key that is checked later',
    'until the contract each row has its row: new code inserts it in the transaction of the row, else with ON CONFLICT; one that is deleted by itself comes back empty; TRUNCATE needs CASCADE',
    'old and new code that change the same row at the same moment may meet a deadlock, and one of them is told so',
    'columns that come back stand at the end of their table',
  ],
};
