import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Pairs of schemas that somebody else collected. */
export const TRANSITIONS = path.join(
  process.env['SHARED_DATA'] ?? path.resolve(import.meta.dirname, '../../../shared/data'),
  'transitions',
);

/** The first major on which the SQL runs. */
export const SINCE: Readonly<Record<string, number>> = {
  // Lists of columns and of schemas in publications.
  'dependencies-cycles--drop-publication-listed-column': 15,
  'publication-operations--alter-schema-list': 15,
  'publication-operations--create-for-tables-in-schema': 15,
  'publication-operations--create-with-new-deps-cross-schema': 15,
  'publication-operations--create-with-table-filters': 15,
  'subscription-operations--alter-configuration': 15,
  'view-operations--options': 15,
  // WITHOUT OVERLAPS, and default privileges of large objects.
  'constraint-ops--add-temporal-fk': 18,
  'constraint-ops--convert-pk-to-temporal': 18,
  'constraint-ops--temporal-pk-fk': 18,
  'default-privileges-edge-case--large-objects': 18,
};

/** Roles that the SQL takes for granted. */
const BEFORE: Readonly<Record<string, string>> = { 'default-privileges-ordering--new-schema-and-default-privs': 'CREATE ROLE test;' };

/** None where they are not there. */
export const transitionNames = (): readonly string[] =>
  existsSync(TRANSITIONS) ? readdirSync(TRANSITIONS, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? [one.name] : [])) : [];

export const sqlOf = (name: string, side: 'a' | 'b'): string =>
  (BEFORE[name] ?? '') + readFileSync(path.join(TRANSITIONS, name, `${side}.sql`), 'utf8');
