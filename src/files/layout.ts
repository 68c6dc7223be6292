/** Where things are in a project; relative to its root, with forward slashes. */
export const UP_FOLDER = 'db/migrations';
export const DOWN_FOLDER = 'db/migrations/rollbacks';
export const MODULE_FOLDER = 'migrations';
export const SEED_FOLDER = 'seeds';
