import type { Since } from '../kinds/pieces.ts';
import { notOfExtension, ofSchema, own } from '../kinds/pieces.ts';
import { flag, opt, proc, qualifiedIn, some, type Writers } from './pieces.ts';
import { nameOfNotNull } from './relations.ts';

const OWN_TYPE = `${own('n')} AND ${notOfExtension('pg_type', 't.oid')}`;
const FROM_TYPE = `FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid`;
const NAME = qualifiedIn('t.typnamespace', 't.typname');

const ENUM = `'CREATE TYPE ' || ${NAME} || ' AS ENUM (' || coalesce((SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), '') || ');'`;

// A canonical function takes the type, and would have to be there before it.
const RANGE = `(SELECT 'CREATE TYPE ' || ${NAME} || ' AS RANGE (SUBTYPE = ' || format_type(r.rngsubtype, NULL) || ${opt('SUBTYPE_OPCLASS', `SELECT ${qualifiedIn('o.opcnamespace', 'o.opcname')} FROM pg_opclass o WHERE o.oid = r.rngsubopc`)}
    || CASE WHEN r.rngcollation <> 0 THEN ', COLLATION = ' || r.rngcollation::regcollation::text ELSE '' END || ${opt('SUBTYPE_DIFF', proc('r.rngsubdiff'))} || ', MULTIRANGE_TYPE_NAME = ' || r.rngmultitypid::regtype::text || ');'
    FROM pg_range r WHERE r.rngtypid = t.oid AND r.rngcanonical::oid = 0)`;

const COMPOSITE = `'CREATE TYPE ' || ${NAME} || ' AS (' || coalesce((SELECT string_agg(E'\\n  ' || quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> b.typcollation THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END, ',' ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type b ON b.oid = a.atttypid WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) || E'\\n', '') || ');'`;

/** On 18 its name, where it is not the usual one. */
const DOMAIN_NOT_NULL = (since: Since): string =>
  since(
    17,
    `CASE WHEN t.typnotnull THEN coalesce((SELECT ${nameOfNotNull('k.conname')} FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'n'), '') || ' NOT NULL' ELSE '' END`,
    flag('t.typnotnull', ' NOT NULL'),
  );

const locale = (since: Since): string => `coalesce(${since(17, 'l.colllocale, ', since(15, 'l.colliculocale, ', ''))}l.collcollate, '')`;

const PARSER = (oid: string): string => `(SELECT ${qualifiedIn('p.prsnamespace', 'p.prsname')} FROM pg_ts_parser p WHERE p.oid = ${oid})`;

/** Types, and what else values depend on. */
export const typeWriters = (since: Since): Writers => ({
  type: `SELECT 'pg_type'::regclass AS class, t.oid AS id, ${NAME} AS name, CASE t.typtype WHEN 'e' THEN ${ENUM} WHEN 'r' THEN ${RANGE} WHEN 'c' THEN ${COMPOSITE} WHEN 'p' THEN 'CREATE TYPE ' || ${NAME} || ';' END AS sql
    ${FROM_TYPE} WHERE (t.typtype IN ('e', 'r', 'p') OR c.relkind = 'c' OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)) AND ${OWN_TYPE}`,

  domain: `SELECT 'pg_type'::regclass AS class, t.oid AS id, ${NAME} AS name, 'CREATE DOMAIN ' || ${NAME} || ' AS ' || format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typcollation <> (SELECT b.typcollation FROM pg_type b WHERE b.oid = t.typbasetype) THEN ' COLLATE ' || t.typcollation::regcollation::text ELSE '' END
      || ${some(' DEFAULT ', 't.typdefault')} || ${DOMAIN_NOT_NULL(since)} || ';' AS sql ${FROM_TYPE} WHERE t.typtype = 'd' AND ${OWN_TYPE}`,

  collation: `SELECT 'pg_collation'::regclass AS class, l.oid AS id, ${qualifiedIn('l.collnamespace', 'l.collname')} AS name, 'CREATE COLLATION ' || ${qualifiedIn('l.collnamespace', 'l.collname')} || ' (PROVIDER = ' || CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END
      || CASE WHEN l.collprovider = 'c' THEN ', LC_COLLATE = ' || quote_literal(l.collcollate) || ', LC_CTYPE = ' || quote_literal(l.collctype) ELSE ', LOCALE = ' || quote_literal(${locale(since)}) END
      || ${flag('NOT l.collisdeterministic', ', DETERMINISTIC = false')}${since(16, ` || ${opt('RULES', 'quote_literal(l.collicurules)')}`)} || ');' AS sql ${ofSchema('pg_collation', 'l', 'collnamespace')}`,

  'text search configuration': `SELECT 'pg_ts_config'::regclass AS class, f.oid AS id, ${qualifiedIn('f.cfgnamespace', 'f.cfgname')} AS name, 'CREATE TEXT SEARCH CONFIGURATION ' || ${qualifiedIn('f.cfgnamespace', 'f.cfgname')} || ' (PARSER = ' || ${PARSER('f.cfgparser')} || ');'
      || coalesce((SELECT string_agg(E'\\nALTER TEXT SEARCH CONFIGURATION ' || ${qualifiedIn('f.cfgnamespace', 'f.cfgname')} || ' ADD MAPPING FOR ' || m.line || ';', '' ORDER BY m.line) FROM (
        SELECT (SELECT k.alias FROM ts_token_type(f.cfgparser) k WHERE k.tokid = m.maptokentype) || ' WITH ' || string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS line FROM pg_ts_config_map m WHERE m.mapcfg = f.oid GROUP BY m.maptokentype) m), '') AS sql
    ${ofSchema('pg_ts_config', 'f', 'cfgnamespace')}`,

  'text search dictionary': `SELECT 'pg_ts_dict'::regclass AS class, d.oid AS id, ${qualifiedIn('d.dictnamespace', 'd.dictname')} AS name, 'CREATE TEXT SEARCH DICTIONARY ' || ${qualifiedIn('d.dictnamespace', 'd.dictname')} || ' (TEMPLATE = ' || (SELECT ${qualifiedIn('t.tmplnamespace', 't.tmplname')} FROM pg_ts_template t WHERE t.oid = d.dicttemplate) || ${some(', ', 'd.dictinitoption')} || ');' AS sql ${ofSchema('pg_ts_dict', 'd', 'dictnamespace')}`,

  'text search parser': `SELECT 'pg_ts_parser'::regclass AS class, p.oid AS id, ${qualifiedIn('p.prsnamespace', 'p.prsname')} AS name, 'CREATE TEXT SEARCH PARSER ' || ${qualifiedIn('p.prsnamespace', 'p.prsname')} || ' (START = ' || ${proc('p.prsstart')} || ', GETTOKEN = ' || ${proc('p.prstoken')} || ', END = ' || ${proc('p.prsend')} || ${opt('HEADLINE', proc('p.prsheadline'))} || ', LEXTYPES = ' || ${proc('p.prslextype')} || ');' AS sql ${ofSchema('pg_ts_parser', 'p', 'prsnamespace')}`,

  'text search template': `SELECT 'pg_ts_template'::regclass AS class, t.oid AS id, ${qualifiedIn('t.tmplnamespace', 't.tmplname')} AS name, 'CREATE TEXT SEARCH TEMPLATE ' || ${qualifiedIn('t.tmplnamespace', 't.tmplname')} || ' (LEXIZE = ' || ${proc('t.tmpllexize')} || ${opt('INIT', proc('t.tmplinit'))} || ');' AS sql ${ofSchema('pg_ts_template', 't', 'tmplnamespace')}`,
});
