import type { Since } from '../kinds/pieces.ts';
import { made, notOfExtension, ofSchema, own } from '../kinds/pieces.ts';
import { flag, opt, proc, qualifiedIn, some, type Writers } from './pieces.ts';

// Made anew by the next run where they are missing, and used by nothing else.
const NOT_OF_A_LOOK = `p.proname !~ '_look_(?:at_begin|before_commit)$'`;
const MODIFY = (column: string): string => `CASE ${column} WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable' ELSE 'read_write' END`;
const type = (column: string): string => `format_type(nullif(${column}, 0), NULL)`;
const operator = (column: string): string =>
  `(SELECT 'OPERATOR(' || r.oprnamespace::regnamespace::text || '.' || r.oprname || ')' FROM pg_operator r WHERE r.oid = ${column})`;
const method = (oid: string): string => `(SELECT quote_ident(m.amname) FROM pg_am m WHERE m.oid = ${oid})`;
const family = (oid: string): string => `(SELECT ${qualifiedIn('f.opfnamespace', 'f.opfname')} FROM pg_opfamily f WHERE f.oid = ${oid})`;

const WITH_ORDER = `CASE a.aggkind WHEN 'n' THEN CASE WHEN p.pronargs = 0 THEN '*' ELSE pg_get_function_identity_arguments(p.oid) END ELSE pg_get_function_arguments(p.oid) END`;

/** Members of a family: of a class, or of none. */
const members = (isOf: (classid: string, objid: string) => string): string => `(SELECT string_agg(w.line, E',\\n  ' ORDER BY w.line) FROM (
      SELECT 'OPERATOR ' || o.amopstrategy || ' ' || (SELECT r.oprnamespace::regnamespace::text || '.' || r.oprname FROM pg_operator r WHERE r.oid = o.amopopr) || ' (' || format_type(o.amoplefttype, NULL) || ', ' || format_type(o.amoprighttype, NULL) || ')'
        || CASE o.amoppurpose WHEN 'o' THEN ' FOR ORDER BY ' || ${family('o.amopsortfamily')} ELSE '' END AS line FROM pg_amop o WHERE ${isOf('pg_amop', 'o.oid')}
      UNION ALL SELECT 'FUNCTION ' || r.amprocnum || ' (' || format_type(r.amproclefttype, NULL) || ', ' || format_type(r.amprocrighttype, NULL) || ') ' || r.amproc::oid::regprocedure::text FROM pg_amproc r WHERE ${isOf('pg_amproc', 'r.oid')}) w)`;

const IN_CLASS = (classid: string, objid: string): string =>
  `EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${classid}'::regclass AND d.objid = ${objid} AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = c.oid AND d.deptype = 'i')`;
const LOOSE = (classid: string, objid: string): string =>
  `${objid.split('.')[0]}.${classid === 'pg_amop' ? 'amopfamily' : 'amprocfamily'} = f.oid AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${classid}'::regclass AND d.objid = ${objid} AND d.refclassid = 'pg_opclass'::regclass AND d.deptype = 'i')`;

/** Functions and what is made of them. */
export const routineWriters = (_: Since): Writers => ({
  function: `SELECT 'pg_proc'::regclass AS class, p.oid AS id, p.oid::regprocedure::text AS name, rtrim(pg_get_functiondef(p.oid), E'\\n') || ';' AS sql ${ofSchema('pg_proc', 'p', 'pronamespace')} AND p.prokind <> 'a' AND ${NOT_OF_A_LOOK}`,

  aggregate: `SELECT 'pg_proc'::regclass AS class, p.oid AS id, p.oid::regprocedure::text AS name, 'CREATE AGGREGATE ' || ${qualifiedIn('p.pronamespace', 'p.proname')} || '(' || ${WITH_ORDER} || ') (SFUNC = ' || ${proc('a.aggtransfn')} || ', STYPE = ' || format_type(a.aggtranstype, NULL)
      || ${opt('SSPACE', 'nullif(a.aggtransspace, 0)')} || ${opt('FINALFUNC', proc('a.aggfinalfn'))} || ${flag('a.aggfinalextra', ', FINALFUNC_EXTRA')} || ', FINALFUNC_MODIFY = ' || ${MODIFY('a.aggfinalmodify')}
      || ${opt('COMBINEFUNC', proc('a.aggcombinefn'))} || ${opt('SERIALFUNC', proc('a.aggserialfn'))} || ${opt('DESERIALFUNC', proc('a.aggdeserialfn'))} || ${opt('INITCOND', 'quote_literal(a.agginitval)')}
      || ${opt('MSFUNC', proc('a.aggmtransfn'))} || ${opt('MINVFUNC', proc('a.aggminvtransfn'))} || ${opt('MSTYPE', type('a.aggmtranstype'))} || ${opt('MSSPACE', 'nullif(a.aggmtransspace, 0)')} || ${opt('MFINALFUNC', proc('a.aggmfinalfn'))}
      || ${flag('a.aggmfinalextra', ', MFINALFUNC_EXTRA')} || CASE WHEN a.aggmtransfn::oid <> 0 THEN ', MFINALFUNC_MODIFY = ' || ${MODIFY('a.aggmfinalmodify')} ELSE '' END || ${opt('MINITCOND', 'quote_literal(a.aggminitval)')} || ${opt('SORTOP', operator('a.aggsortop'))}
      || CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE' WHEN 'r' THEN ', PARALLEL = RESTRICTED' ELSE '' END || ${flag("a.aggkind = 'h'", ', HYPOTHETICAL')} || ');' AS sql
    FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${own('n')} AND ${notOfExtension('pg_proc', 'p.oid')}`,

  operator: `SELECT 'pg_operator'::regclass AS class, o.oid AS id, o.oid::regoperator::text AS name, CASE WHEN o.oprcode <> 0 THEN 'CREATE OPERATOR ' || n.nspname || '.' || o.oprname || ' (FUNCTION = ' || ${proc('o.oprcode')} || ${opt('LEFTARG', type('o.oprleft'))} || ${opt('RIGHTARG', type('o.oprright'))}
      || ${opt('COMMUTATOR', operator('o.oprcom'))} || ${opt('NEGATOR', operator('o.oprnegate'))} || ${opt('RESTRICT', proc('o.oprrest'))} || ${opt('JOIN', proc('o.oprjoin'))} || ${flag('o.oprcanhash', ', HASHES')} || ${flag('o.oprcanmerge', ', MERGES')} || ');' END AS sql
    ${ofSchema('pg_operator', 'o', 'oprnamespace')}`,

  'operator family': `SELECT 'pg_opfamily'::regclass AS class, f.oid AS id, ${qualifiedIn('f.opfnamespace', 'f.opfname')} || ' USING ' || ${method('f.opfmethod')} AS name, 'CREATE OPERATOR FAMILY ' || ${qualifiedIn('f.opfnamespace', 'f.opfname')} || ' USING ' || ${method('f.opfmethod')} || ';' AS sql ${ofSchema('pg_opfamily', 'f', 'opfnamespace')}`,

  'operator class': `SELECT 'pg_opclass'::regclass AS class, c.oid AS id, ${qualifiedIn('c.opcnamespace', 'c.opcname')} || ' USING ' || ${method('c.opcmethod')} AS name,
      'CREATE OPERATOR CLASS ' || ${qualifiedIn('c.opcnamespace', 'c.opcname')} || ${flag('c.opcdefault', ' DEFAULT')} || ' FOR TYPE ' || format_type(c.opcintype, NULL) || ' USING ' || ${method('c.opcmethod')} || ' FAMILY ' || ${family('c.opcfamily')} || E' AS\\n  '
      || concat_ws(E',\\n  ', 'STORAGE ' || format_type(coalesce(nullif(c.opckeytype, 0), c.opcintype), NULL), ${members(IN_CLASS)}) || ';' AS sql ${ofSchema('pg_opclass', 'c', 'opcnamespace')}
    -- What belongs to no class.
    UNION ALL SELECT 'pg_amop'::regclass, f.oid, ${qualifiedIn('f.opfnamespace', 'f.opfname')} || ' members', 'ALTER OPERATOR FAMILY ' || ${qualifiedIn('f.opfnamespace', 'f.opfname')} || ' USING ' || ${method('f.opfmethod')} || E' ADD\\n  ' || ${members(LOOSE)} || ';'
    ${ofSchema('pg_opfamily', 'f', 'opfnamespace')} AND ${members(LOOSE)} IS NOT NULL`,

  cast: `SELECT 'pg_cast'::regclass AS class, k.oid AS id, format_type(k.castsource, NULL) || ' AS ' || format_type(k.casttarget, NULL) AS name, 'CREATE CAST (' || format_type(k.castsource, NULL) || ' AS ' || format_type(k.casttarget, NULL) || ') '
      || CASE k.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || k.castfunc::regprocedure::text WHEN 'i' THEN 'WITH INOUT' ELSE 'WITHOUT FUNCTION' END || CASE k.castcontext WHEN 'i' THEN ' AS IMPLICIT' WHEN 'a' THEN ' AS ASSIGNMENT' ELSE '' END || ';' AS sql
    FROM pg_cast k WHERE ${made('pg_cast', 'k.oid')}`,

  transform: `SELECT 'pg_transform'::regclass AS class, t.oid AS id, format_type(t.trftype, NULL) || ' ' || l.lanname AS name, 'CREATE TRANSFORM FOR ' || format_type(t.trftype, NULL) || ' LANGUAGE ' || quote_ident(l.lanname) || ' ('
      || concat_ws(', ', 'FROM SQL WITH FUNCTION ' || nullif(t.trffromsql::oid, 0)::regprocedure::text, 'TO SQL WITH FUNCTION ' || nullif(t.trftosql::oid, 0)::regprocedure::text) || ');' AS sql
    FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE ${made('pg_transform', 't.oid')}`,

  language: `SELECT 'pg_language'::regclass AS class, l.oid AS id, quote_ident(l.lanname) AS name, 'CREATE ' || ${flag('l.lanpltrusted', 'TRUSTED ')} || 'LANGUAGE ' || quote_ident(l.lanname) || ${some(' HANDLER ', proc('l.lanplcallfoid'))} || ${some(' INLINE ', proc('l.laninline'))} || ${some(' VALIDATOR ', proc('l.lanvalidator'))} || ';' AS sql
    FROM pg_language l WHERE ${made('pg_language', 'l.oid')}`,

  conversion: `SELECT 'pg_conversion'::regclass AS class, v.oid AS id, ${qualifiedIn('v.connamespace', 'v.conname')} AS name, 'CREATE ' || ${flag('v.condefault', 'DEFAULT ')} || 'CONVERSION ' || ${qualifiedIn('v.connamespace', 'v.conname')} || ' FOR ' || quote_literal(pg_encoding_to_char(v.conforencoding)) || ' TO ' || quote_literal(pg_encoding_to_char(v.contoencoding)) || ' FROM ' || ${proc('v.conproc')} || ';' AS sql
    ${ofSchema('pg_conversion', 'v', 'connamespace')}`,

  'access method': `SELECT 'pg_am'::regclass AS class, m.oid AS id, quote_ident(m.amname) AS name, 'CREATE ACCESS METHOD ' || quote_ident(m.amname) || ' TYPE ' || CASE m.amtype WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END || ' HANDLER ' || ${proc('m.amhandler')} || ';' AS sql FROM pg_am m WHERE ${made('pg_am', 'm.oid')}`,
});
