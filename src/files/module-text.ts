import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The template that stock `knex migrate:make` uses too. */
export const STUB_FILE = path.join(import.meta.dirname, 'migration.stub');

/** The two lines that wrap an SQL pair as a Knex migration. */
export const MODULE_TEXT = readFileSync(STUB_FILE, 'utf8');

const squeeze = (text: string): string =>
  text
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/["`]/g, "'")
    .replace(/[\s;]+/g, '');

const PLAIN = squeeze(MODULE_TEXT);

/** Whether a module only wraps its SQL, so that it need not be imported to run. Formatting and comments do not count. */
export function isPlainModule(text: string): boolean {
  return squeeze(text) === PLAIN;
}
