import { type Kinds, notOfExtension, ofSchema, own, routine, type Since, when, with_ } from './pieces.ts';

const ENUM = `'enum ' || coalesce((SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid), 'without labels')`;

const DOMAIN = `'domain ' || format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typcollation <> (SELECT b.typcollation FROM pg_type b WHERE b.oid = t.typbasetype) THEN ' collate ' || t.typcollation::regcollation::text ELSE '' END
        || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END || coalesce(' default ' || t.typdefault, '')`;

const RANGE = `(SELECT 'range of ' || format_type(r.rngsubtype, NULL) || ${with_('operator class', `SELECT o.opcnamespace::regnamespace::text || '.' || o.opcname FROM pg_opclass o WHERE o.oid = r.rngsubopc`)}
        || CASE WHEN r.rngcollation <> 0 THEN ' collate ' || r.rngcollation::regcollation::text ELSE '' END || ${routine('canonical', 'r.rngcanonical')} || ${routine('diff', 'r.rngsubdiff')} || ' multirange ' || format_type(r.rngmultitypid, NULL)
        FROM pg_range r WHERE r.rngtypid = t.oid)`;

// The attributes of a composite type are in the order in which ROW(…) takes them, which is part of what it is.
const COMPOSITE = `'composite (' || coalesce((SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '') || ')'`;

const BASE = `'base type of ' || t.typlen || ' bytes' || ${when('t.typbyval', 'by value')} || ' alignment ' || t.typalign::text || ' storage ' || t.typstorage::text || ' category ' || t.typcategory::text || ${when('t.typispreferred', 'preferred')} || ' delimiter ' || t.typdelim::text
        || ${routine('input', 't.typinput')} || ${routine('output', 't.typoutput')} || ${routine('receive', 't.typreceive')} || ${routine('send', 't.typsend')} || ${routine('typmod_in', 't.typmodin')} || ${routine('typmod_out', 't.typmodout')} || ${routine('analyze', 't.typanalyze')}
        || ${routine('subscript', 't.typsubscript')} || ${with_('element', 'format_type(nullif(t.typelem, 0), NULL)')} || ${with_('default', 'quote_literal(t.typdefault)')} || ${when('t.typcollation <> 0', 'collatable')}`;

/** Types, and what else values depend on. */
export const typeKinds = (since: Since): Kinds => ({
  type: `SELECT n.nspname || '.' || t.typname AS name, CASE t.typtype WHEN 'e' THEN ${ENUM} WHEN 'd' THEN ${DOMAIN} WHEN 'r' THEN ${RANGE} WHEN 'c' THEN ${COMPOSITE} WHEN 'p' THEN 'not defined yet' ELSE ${BASE} END AS definition
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    -- Arrays and multiranges come with their types, and row types with their tables.
    WHERE (t.typtype IN ('e', 'd', 'r', 'p') OR c.relkind = 'c' OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)) AND ${own('n')} AND ${notOfExtension('pg_type', 't.oid')}`,

  // What ICU calls a locale was in other columns before 15 and before 17. The version is the library's.
  collation: `SELECT n.nspname || '.' || l.collname AS name, CASE l.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'd' THEN 'default' ELSE 'libc' END
      || ' locale ' || quote_literal(coalesce(${since(17, 'l.colllocale, ', since(15, 'l.colliculocale, ', ''))}l.collcollate, '')) || CASE WHEN l.collctype <> l.collcollate THEN ' ctype ' || quote_literal(l.collctype) ELSE '' END
      || ${when('NOT l.collisdeterministic', 'not deterministic')}${since(16, ` || ${with_('rules', 'quote_literal(l.collicurules)')}`)} AS definition
    ${ofSchema('pg_collation', 'l', 'collnamespace')}`,

  'text search configuration': `SELECT n.nspname || '.' || f.cfgname AS name, 'parser ' || (SELECT p.prsnamespace::regnamespace::text || '.' || p.prsname FROM pg_ts_parser p WHERE p.oid = f.cfgparser)
      || coalesce(E'\\n' || (SELECT string_agg(m.line, E'\\n' ORDER BY m.line) FROM (SELECT (SELECT k.alias FROM ts_token_type(f.cfgparser) k WHERE k.tokid = m.maptokentype) || ' with ' || string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS line FROM pg_ts_config_map m WHERE m.mapcfg = f.oid GROUP BY m.maptokentype) m), '') AS definition
    ${ofSchema('pg_ts_config', 'f', 'cfgnamespace')}`,

  'text search dictionary': `SELECT n.nspname || '.' || d.dictname AS name, 'template ' || (SELECT t.tmplnamespace::regnamespace::text || '.' || t.tmplname FROM pg_ts_template t WHERE t.oid = d.dicttemplate) || ${with_('with', 'd.dictinitoption')} AS definition ${ofSchema('pg_ts_dict', 'd', 'dictnamespace')}`,

  'text search parser': `SELECT n.nspname || '.' || p.prsname AS name, 'parser' || ${routine('start', 'p.prsstart')} || ${routine('gettoken', 'p.prstoken')} || ${routine('end', 'p.prsend')} || ${routine('headline', 'p.prsheadline')} || ${routine('lextypes', 'p.prslextype')} AS definition ${ofSchema('pg_ts_parser', 'p', 'prsnamespace')}`,

  'text search template': `SELECT n.nspname || '.' || t.tmplname AS name, 'template' || ${routine('init', 't.tmplinit')} || ${routine('lexize', 't.tmpllexize')} AS definition ${ofSchema('pg_ts_template', 't', 'tmplnamespace')}`,
});
