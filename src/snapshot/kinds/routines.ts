import { type Kinds, made, notOfExtension, ofSchema, own, routine, type Since, when, with_ } from './pieces.ts';

// Made anew by the next run where they are missing, and used by nothing else.
const NOT_OF_A_LOOK = `p.proname !~ '_look_(?:at_begin|before_commit)$'`;

const SIGNATURE = `n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')'`;
const FINAL_MODIFY = (column: string): string => `CASE ${column} WHEN 'r' THEN 'read only' WHEN 's' THEN 'shareable' ELSE 'read write' END`;

/** Functions and what is made of them. */
export const routineKinds = (_: Since): Kinds => ({
  function: `SELECT ${SIGNATURE} AS name, pg_get_functiondef(p.oid) AS definition ${ofSchema('pg_proc', 'p', 'pronamespace')} AND p.prokind <> 'a' AND ${NOT_OF_A_LOOK}`,

  aggregate: `SELECT ${SIGNATURE} AS name, CASE a.aggkind WHEN 'o' THEN 'ordered-set' WHEN 'h' THEN 'hypothetical-set' ELSE 'normal' END || ' aggregate of ' || a.aggnumdirectargs || ' direct arguments returns ' || pg_get_function_result(p.oid)
      || ' sfunc ' || a.aggtransfn::oid::regprocedure::text || ' stype ' || format_type(a.aggtranstype, NULL) || CASE WHEN a.aggtransspace > 0 THEN ' sspace ' || a.aggtransspace ELSE '' END
      || ${routine('finalfunc', 'a.aggfinalfn')} || ${when('a.aggfinalextra', 'finalfunc_extra')} || ' finalfunc_modify ' || ${FINAL_MODIFY('a.aggfinalmodify')}
      || ${routine('combinefunc', 'a.aggcombinefn')} || ${routine('serialfunc', 'a.aggserialfn')} || ${routine('deserialfunc', 'a.aggdeserialfn')} || ${with_('initcond', 'quote_literal(a.agginitval)')}
      || ${routine('msfunc', 'a.aggmtransfn')} || ${routine('minvfunc', 'a.aggminvtransfn')} || ${with_('mstype', 'format_type(nullif(a.aggmtranstype, 0), NULL)')} || CASE WHEN a.aggmtransspace > 0 THEN ' msspace ' || a.aggmtransspace ELSE '' END
      || ${routine('mfinalfunc', 'a.aggmfinalfn')} || ${when('a.aggmfinalextra', 'mfinalfunc_extra')} || ' mfinalfunc_modify ' || ${FINAL_MODIFY('a.aggmfinalmodify')} || ${with_('minitcond', 'quote_literal(a.aggminitval)')}
      || ${with_('sortop', 'nullif(a.aggsortop, 0)::regoperator::text')} || CASE p.proparallel WHEN 's' THEN ' parallel safe' WHEN 'r' THEN ' parallel restricted' ELSE '' END AS definition
    FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${own('n')} AND ${notOfExtension('pg_proc', 'p.oid')}`,

  operator: `SELECT n.nspname || '.' || o.oprname || '(' || coalesce(format_type(nullif(o.oprleft, 0), NULL), 'NONE') || ', ' || coalesce(format_type(nullif(o.oprright, 0), NULL), 'NONE') || ')' AS name,
      CASE WHEN o.oprcode = 0 THEN 'not defined yet' ELSE 'calls ' || o.oprcode::oid::regprocedure::text || ' returns ' || format_type(o.oprresult, NULL) END || ${with_('commutator', 'nullif(o.oprcom, 0)::regoperator::text')} || ${with_('negator', 'nullif(o.oprnegate, 0)::regoperator::text')}
      || ${routine('restrict', 'o.oprrest')} || ${routine('join', 'o.oprjoin')} || ${when('o.oprcanhash', 'hashes')} || ${when('o.oprcanmerge', 'merges')} AS definition ${ofSchema('pg_operator', 'o', 'oprnamespace')} AND o.oprkind IN ('b', 'l', 'r')`,

  'operator class': `SELECT n.nspname || '.' || o.opcname || ' using ' || (SELECT m.amname FROM pg_am m WHERE m.oid = o.opcmethod) AS name, 'for ' || format_type(o.opcintype, NULL) || ${when('o.opcdefault', 'default')}
      || ' family ' || (SELECT f.opfnamespace::regnamespace::text || '.' || f.opfname FROM pg_opfamily f WHERE f.oid = o.opcfamily) || ${with_('storage', 'format_type(nullif(o.opckeytype, 0), NULL)')} AS definition ${ofSchema('pg_opclass', 'o', 'opcnamespace')}`,

  'operator family': `SELECT n.nspname || '.' || o.opfname || ' using ' || (SELECT m.amname FROM pg_am m WHERE m.oid = o.opfmethod) AS name,
      coalesce((SELECT string_agg('operator ' || a.amopstrategy || ' ' || a.amopopr::regoperator::text || ' (' || format_type(a.amoplefttype, NULL) || ', ' || format_type(a.amoprighttype, NULL) || ')'
        || CASE a.amoppurpose WHEN 'o' THEN ' for order by ' || (SELECT s.opfnamespace::regnamespace::text || '.' || s.opfname FROM pg_opfamily s WHERE s.oid = a.amopsortfamily) ELSE '' END, E'\\n' ORDER BY a.amopstrategy, a.amopopr::regoperator::text) FROM pg_amop a WHERE a.amopfamily = o.oid AND a.amopmethod = o.opfmethod), 'no operators')
      || coalesce(E'\\n' || (SELECT string_agg('function ' || a.amprocnum || ' ' || a.amproc::oid::regprocedure::text || ' (' || format_type(a.amproclefttype, NULL) || ', ' || format_type(a.amprocrighttype, NULL) || ')', E'\\n' ORDER BY a.amprocnum, a.amproc::oid::regprocedure::text) FROM pg_amproc a WHERE a.amprocfamily = o.oid), '') AS definition
    ${ofSchema('pg_opfamily', 'o', 'opfnamespace')}`,

  cast: `SELECT format_type(k.castsource, NULL) || ' as ' || format_type(k.casttarget, NULL) AS name, CASE k.castmethod WHEN 'f' THEN 'with ' || k.castfunc::regprocedure::text WHEN 'i' THEN 'with inout' ELSE 'without function' END
      || CASE k.castcontext WHEN 'i' THEN ' as implicit' WHEN 'a' THEN ' as assignment' ELSE '' END AS definition FROM pg_cast k WHERE ${made('pg_cast', 'k.oid')}`,

  transform: `SELECT format_type(t.trftype, NULL) || ' for ' || (SELECT l.lanname FROM pg_language l WHERE l.oid = t.trflang) AS name, 'transform' || ${routine('from', 't.trffromsql')} || ${routine('to', 't.trftosql')} AS definition
    FROM pg_transform t WHERE ${made('pg_transform', 't.oid')}`,

  language: `SELECT l.lanname AS name, CASE WHEN l.lanispl THEN 'procedural' ELSE 'built in' END || ${when('l.lanpltrusted', 'trusted')} || ${routine('handler', 'l.lanplcallfoid')} || ${routine('inline', 'l.laninline')} || ${routine('validator', 'l.lanvalidator')} AS definition
    FROM pg_language l WHERE ${made('pg_language', 'l.oid')}`,

  conversion: `SELECT n.nspname || '.' || v.conname AS name, pg_encoding_to_char(v.conforencoding) || ' to ' || pg_encoding_to_char(v.contoencoding) || ' calls ' || v.conproc::oid::regprocedure::text || ${when('v.condefault', 'default')} AS definition
    ${ofSchema('pg_conversion', 'v', 'connamespace')}`,

  'access method': `SELECT m.amname AS name, CASE m.amtype WHEN 'i' THEN 'index' ELSE 'table' END || ' handler ' || m.amhandler::oid::regprocedure::text AS definition FROM pg_am m WHERE ${made('pg_am', 'm.oid')}`,
});
