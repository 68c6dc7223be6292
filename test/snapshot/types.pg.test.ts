// Whatever a type, a collation or a dictionary can have: changed alone, it is seen, and nothing else is.
import { type Change, change, since, testChanges } from './changes.ts';

/** An aggregate as it was and as it is then. */

const COMPOSITE = 'CREATE TYPE s.c AS (x int, y text);';

const DOMAIN = 'CREATE DOMAIN s.d AS int CONSTRAINT k CHECK (VALUE > 0);';
const RANGE = 'CREATE TYPE s.r AS RANGE (subtype = float8);';
const range = (what: string, options: string): Change =>
  change(what, [RANGE, `DROP TYPE s.r; CREATE TYPE s.r AS RANGE (subtype = float8, ${options})`], 'type s.r');
const BASE_TYPE =
  'CREATE TYPE s.b; CREATE FUNCTION s.b_in(cstring) RETURNS s.b LANGUAGE internal IMMUTABLE STRICT AS $$int4in$$; CREATE FUNCTION s.b_out(s.b) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS $$int4out$$;';
const COLLATION = 'collation s.loose';
const collation = (what: string, options: string): Change =>
  change(
    what,
    ["CREATE COLLATION s.loose (provider = icu, locale = 'und');", `DROP COLLATION s.loose; CREATE COLLATION s.loose (${options})`],
    COLLATION,
  );
const SEARCH = 'CREATE TEXT SEARCH CONFIGURATION s.cfg (COPY = pg_catalog.simple);';
const DICTIONARY = 'CREATE TEXT SEARCH DICTIONARY s.dict (TEMPLATE = pg_catalog.simple);';

const CHANGES: readonly Change[] = [
  change('a value of an enum', ["CREATE TYPE s.e AS ENUM ('a', 'b')", "ALTER TYPE s.e ADD VALUE 'c' BEFORE 'b'"], 'type s.e'),
  change('the order of attributes', [COMPOSITE, 'DROP TYPE s.c; CREATE TYPE s.c AS (y text, x int)'], 'type s.c'),
  change('an attribute', [COMPOSITE, 'ALTER TYPE s.c ALTER ATTRIBUTE x TYPE bigint'], 'type s.c', 'column s.c.x'),
  change('the default of a domain', [DOMAIN, 'ALTER DOMAIN s.d SET DEFAULT 1'], 'type s.d'),
  change('NOT NULL of a domain', [DOMAIN, 'ALTER DOMAIN s.d SET NOT NULL'], 'type s.d'),
  change('the type of a domain', ['CREATE DOMAIN s.d AS int', 'DROP DOMAIN s.d; CREATE DOMAIN s.d AS bigint'], 'type s.d'),
  change('the collation of a domain', ['CREATE DOMAIN s.d AS text', 'DROP DOMAIN s.d; CREATE DOMAIN s.d AS text COLLATE "C"'], 'type s.d'),
  change(
    'the check of a domain',
    [DOMAIN, 'ALTER DOMAIN s.d DROP CONSTRAINT k; ALTER DOMAIN s.d ADD CONSTRAINT k CHECK (VALUE > 1)'],
    'constraint s.d.k',
  ),
  change(
    'validity of the check of a domain',
    ['CREATE DOMAIN s.d AS int; ALTER DOMAIN s.d ADD CONSTRAINT k CHECK (VALUE > 0) NOT VALID', 'ALTER DOMAIN s.d VALIDATE CONSTRAINT k'],
    'constraint s.d.k',
  ),
  range('a difference', 'subtype_diff = float8mi'),
  range('the name of a multirange', 'multirange_type_name = s.many'),
  change('the subtype of a range', [RANGE, 'DROP TYPE s.r; CREATE TYPE s.r AS RANGE (subtype = int)'], 'type s.r'),
  change(
    'the collation of a range',
    ['CREATE TYPE s.r AS RANGE (subtype = text)', 'DROP TYPE s.r; CREATE TYPE s.r AS RANGE (subtype = text, collation = "C")'],
    'type s.r',
  ),
  change(
    'the operator class of a range',
    [
      'CREATE TYPE s.r AS RANGE (subtype = text)',
      'DROP TYPE s.r; CREATE TYPE s.r AS RANGE (subtype = text, subtype_opclass = text_pattern_ops)',
    ],
    'type s.r',
  ),
  change(
    'the canonical form of a range',
    [
      'CREATE TYPE s.r AS RANGE (subtype = int);',
      "CREATE FUNCTION pg_temp.c(s.r) RETURNS s.r LANGUAGE internal IMMUTABLE STRICT AS 'int4range_canonical'; UPDATE pg_range SET rngcanonical = 'pg_temp.c'::regproc WHERE rngtypid = 's.r'::regtype",
    ],
    'type s.r',
  ),
  change(
    'a type that is not defined yet',
    ['CREATE TYPE s.b', BASE_TYPE.replace('CREATE TYPE s.b;', '')],
    'function s.b_in(cstring)',
    'function s.b_out(s.b)',
    'owner function s.b_in(cstring)',
    'owner function s.b_out(s.b)',
  ),
  change(
    'a base type',
    [
      `${BASE_TYPE} CREATE TYPE s.b (INPUT = s.b_in, OUTPUT = s.b_out, LIKE = int4)`,
      "ALTER TYPE s.b SET (STORAGE = plain, SEND = NONE); UPDATE pg_type SET typcategory = 'U', typdefault = '7' WHERE oid = 's.b'::regtype",
    ],
    'type s.b',
  ),
  collation('a locale', "provider = icu, locale = 'de'"),
  collation('a provider', "provider = libc, locale = 'C'"),
  collation('determinism', "provider = icu, locale = 'und', deterministic = false"),
  change(
    'a mapping',
    [SEARCH, 'ALTER TEXT SEARCH CONFIGURATION s.cfg ALTER MAPPING FOR word WITH english_stem, simple'],
    'text search configuration s.cfg',
  ),
  change(
    'the order of dictionaries',
    [
      `${SEARCH} ALTER TEXT SEARCH CONFIGURATION s.cfg ALTER MAPPING FOR word WITH english_stem, simple`,
      'ALTER TEXT SEARCH CONFIGURATION s.cfg ALTER MAPPING FOR word WITH simple, english_stem',
    ],
    'text search configuration s.cfg',
  ),
  change('options of a dictionary', [DICTIONARY, 'ALTER TEXT SEARCH DICTIONARY s.dict (accept = false)'], 'text search dictionary s.dict'),
  change(
    'the template of a dictionary',
    [
      DICTIONARY,
      'DROP TEXT SEARCH DICTIONARY s.dict; CREATE TEXT SEARCH DICTIONARY s.dict (TEMPLATE = pg_catalog.snowball, language = english)',
    ],
    'text search dictionary s.dict',
  ),
  change(
    'a template',
    [
      'CREATE TEXT SEARCH TEMPLATE s.tmpl (LEXIZE = dsimple_lexize)',
      'DROP TEXT SEARCH TEMPLATE s.tmpl; CREATE TEXT SEARCH TEMPLATE s.tmpl (INIT = dsimple_init, LEXIZE = dsimple_lexize)',
    ],
    'text search template s.tmpl',
  ),
  change(
    'a parser',
    [
      'CREATE TEXT SEARCH PARSER s.prs (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
      'DROP TEXT SEARCH PARSER s.prs; CREATE TEXT SEARCH PARSER s.prs (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline)',
    ],
    'text search parser s.prs',
  ),
  change(
    'the parser of a configuration',
    [
      'CREATE TEXT SEARCH PARSER s.prs (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype); CREATE TEXT SEARCH CONFIGURATION s.cfg (PARSER = pg_catalog.default)',
      'DROP TEXT SEARCH CONFIGURATION s.cfg; CREATE TEXT SEARCH CONFIGURATION s.cfg (PARSER = s.prs)',
    ],
    'text search configuration s.cfg',
  ),
  ...since(16, collation('rules', "provider = icu, locale = 'und', rules = '& a < b'")),
  ...since(17, collation('the builtin provider', "provider = builtin, locale = 'C.UTF-8'")),
];

testChanges('types', CHANGES);
