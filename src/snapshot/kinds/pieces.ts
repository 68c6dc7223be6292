// Pieces of SQL that several kinds need. All run with `pg_catalog, pg_temp` as the search path, so that a table called pg_class hides nothing.

/** A query for each kind of object: its name and definition, and the table of what belongs to one. */
export type Kinds = Readonly<Record<string, string>>;

/** SQL for servers from a major on, and what stands for it on the ones before. */
export type Since = (major: number, sql: string, before?: string) => string;

// FirstNormalObjectId: what initdb makes has a lower one.
const FIRST_OF_USERS = 16_384;

/** Of a schema `n`. */
export const own = (n: string): string =>
  `${n}.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND ${n}.nspname !~ '^pg_(toast_)?temp_'`;

export const notOfExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '${catalog}'::regclass AND e.objid = ${oid} AND e.deptype = 'e')`;

/** Neither does it come with a type of its own accord, as the constructors of ranges do. */
const notOfOthers = (catalog: string, oid: string): string => notOfExtension(catalog, oid).replace("= 'e'", "IN ('e', 'i')");

/** Of what is in no schema. */
export const made = (catalog: string, oid: string): string => `${oid} >= ${FIRST_OF_USERS} AND ${notOfOthers(catalog, oid)}`;

export const RELATION = `n.nspname || '.' || c.relname`;
export const OF_TABLE = `${RELATION} AS "table"`;
export const FROM_RELATION = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`;
export const OWN_RELATION = `c.oid >= ${FIRST_OF_USERS} AND ${own('n')} AND ${notOfExtension('pg_class', 'c.oid')} AND c.relpersistence <> 't'`;

/** `FROM catalog x JOIN pg_namespace n`, of what is the user's. */
export const ofSchema = (catalog: string, x: string, schema: string): string =>
  `FROM ${catalog} ${x} JOIN pg_namespace n ON n.oid = ${x}.${schema} WHERE ${x}.oid >= ${FIRST_OF_USERS} AND ${own('n')} AND ${notOfOthers(catalog, `${x}.oid`)}`;

export const when = (condition: string, text: string): string => `CASE WHEN ${condition} THEN ' ${text}' ELSE '' END`;
/** Nothing where it is NULL. */
export const with_ = (label: string, sql: string): string => `coalesce(' ${label} ' || (${sql}), '')`;
/** Of a regproc column. */
export const routine = (label: string, column: string): string => with_(label, `nullif(${column}::oid, 0)::regprocedure::text`);

export const sorted = (array: string): string => `(SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(${array}) o)`;

const SECRET = `'pass|pwd|secret|token|key|credential|auth'`;
/** A value that anybody may read, unless its name says that nobody should. */
export const shown = (name: string, value: string): string =>
  `CASE WHEN ${name} ~* ${SECRET} THEN '(hidden)' ELSE quote_literal(regexp_replace(${value}, '(//)[^/@]*(?=@)|(password=)\\S+', '\\1\\2(hidden)', 'g')) END`;

export const fdwOptions = (array: string): string =>
  with_(
    'options',
    `SELECT string_agg(o.option_name || ' ' || ${shown('o.option_name', 'o.option_value')}, ', ' ORDER BY o.option_name) FROM pg_options_to_table(${array}) o`,
  );

/** Which object an address means, in the server's words: `function public.f(integer)`. */
export const identified = (classid: string, objid: string, subid = '0'): string =>
  `(SELECT i.type || ' ' || replace(i.identity, 'pg_catalog.', '') FROM pg_identify_object(${classid}, ${objid}, ${subid}) i)`;

// Names are written out in full only where the path does not lead to them; the others decide how values are printed. Compiling costs more than it brings.
const SETTINGS = `(VALUES ('search_path', 'pg_catalog, pg_temp'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('extra_float_digits', '1'), ('bytea_output', 'hex'), ('quote_all_identifiers', 'off'), ('jit', 'off')) s (name, value)`;
const BEFORE = `pg_catalog.set_config('lockstep.' || s.name, pg_catalog.current_setting(s.name), true)`;
export const SET = `SELECT ${BEFORE}, pg_catalog.set_config(s.name, s.value, true) FROM ${SETTINGS}`;
export const RESET = `SELECT pg_catalog.set_config(s.name, pg_catalog.current_setting('lockstep.' || s.name), true) FROM ${SETTINGS}`;
