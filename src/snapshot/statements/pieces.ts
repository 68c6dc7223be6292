// Pieces of SQL that write SQL. All run with `pg_catalog, pg_temp` as the search path, as the pictures do.
import { shown } from '../kinds/pieces.ts';

/** In which order kinds are written where nothing depends on anything. */
export const RANKS = [
  'schema',
  'extension',
  'language',
  'access method',
  'collation',
  'type',
  'domain',
  'function',
  'aggregate',
  'operator family',
  'operator',
  'operator class',
  'cast',
  'transform',
  'conversion',
  'text search parser',
  'text search template',
  'text search dictionary',
  'text search configuration',
  'foreign data wrapper',
  'foreign server',
  'user mapping',
  'domain check',
  'sequence',
  'table',
  'key',
  'index',
  'statistics',
  'view',
  'check',
  'attach',
  'rule',
  'trigger',
  'policy',
  'foreign key of a partition',
  'foreign key',
  'use',
  'owned by',
  'event trigger',
  'publication',
  'published',
  'subscription',
  'extension dependency',
  'owner',
  'comment',
  'security label',
  'grant',
  'default privilege',
  'setting',
  'refresh',
  'refresh by functions',
] as const;

export type Rank = (typeof RANKS)[number];

/**
 * A query for each rank: which object it is (`class`, `id`), what a person calls it, and the SQL that makes it, `NULL` where none does.
 */
export type Writers = Partial<Readonly<Record<Rank, string>>>;

const q = (name: string): string => `quote_ident(${name}::text)`;
/** Of `x` in the schema with the given oid. */
export const qualifiedIn = (schema: string, name: string): string => `${schema}::regnamespace::text || '.' || ${q(name)}`;
export const RELATION = `(quote_ident(n.nspname) || '.' || quote_ident(c.relname))`;

/** `, word value`, of nothing where it is NULL. */
export const opt = (label: string, sql: string): string => `coalesce(', ${label} = ' || (${sql}), '')`;
export const flag = (condition: string, text: string): string => `CASE WHEN ${condition} THEN '${text}' ELSE '' END`;
export const some = (before: string, sql: string, after = ''): string =>
  `coalesce('${before}' || (${sql})${after && ` || '${after}'`}, '')`;
/** Without its arguments, as an option of CREATE takes it. */
export const proc = (column: string): string =>
  `(SELECT ${qualifiedIn('f.pronamespace', 'f.proname')} FROM pg_proc f WHERE f.oid = ${column}::oid)`;

/** `name 'value'`, with a placeholder for what nobody should read. */
const optionList = (array: string): string =>
  `(SELECT string_agg(quote_ident(o.option_name) || ' ' || ${shown('o.option_name', 'o.option_value')}, ', ' ORDER BY o.option_name) FROM pg_options_to_table(${array}) o)`;
export const options = (array: string): string => some(' OPTIONS (', optionList(array), ')');

/** `name=value` as WITH takes it. */
export const reloptions = (array: string, prefix = ''): string =>
  `(SELECT string_agg('${prefix}' || quote_ident(split_part(o, '=', 1)) || '=' || quote_literal(substr(o, strpos(o, '=') + 1)), ', ' ORDER BY o) FROM unnest(${array}) o)`;
