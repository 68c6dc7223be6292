import { pair } from '../support/project.ts';

/** Two migrations more than the project has: one in a transaction, one that cannot be. */
export const MORE = {
  ...pair('002_add_new_table', 'BEGIN;\nCREATE TABLE new_table (id int);\nCOMMIT;', 'BEGIN;\nDROP TABLE IF EXISTS new_table;\nCOMMIT;'),
  ...pair('003_index', 'CREATE INDEX CONCURRENTLY new_table_id ON new_table (id);', 'DROP INDEX CONCURRENTLY new_table_id;'),
};
