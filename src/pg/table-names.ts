/** The names of our tables; they never move. */
export const HISTORY = 'schema_migrations';
export const LOCK = 'schema_migrations_lock';
export const JOURNAL = 'schema_migrations_journal';
