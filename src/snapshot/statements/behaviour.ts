import type { Since } from '../kinds/pieces.ts';
import { FROM_RELATION, made, OWN_RELATION } from '../kinds/pieces.ts';
import { RELATION, some, type Writers } from './pieces.ts';

const STATE = (column: string): string =>
  `CASE ${column} WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE' END`;
const switched = (column: string, what: string, name: string): string =>
  `'ALTER TABLE ONLY ' || ${RELATION} || ' ' || ${STATE(column)} || ' ${what} ' || quote_ident(${name}) || ';'`;
const unlessUsual = (column: string, sql: string): string => `CASE ${column} WHEN 'O' THEN '' ELSE E'\\n' || ${sql} END`;

// Until 14 those of a partition are internal as well.
const OF_USER = `(NOT t.tgisinternal OR t.tgparentid <> 0 AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't'))`;

/** What happens on its own: triggers, rules, policies. */
export const behaviourWriters = (_: Since): Writers => ({
  trigger: `SELECT 'pg_trigger'::regclass AS class, t.oid AS id, ${RELATION} || '.' || quote_ident(t.tgname) AS name, pg_get_triggerdef(t.oid) || ';' || ${unlessUsual('t.tgenabled', switched('t.tgenabled', 'TRIGGER', 't.tgname'))} AS sql
    FROM pg_trigger t JOIN ${FROM_RELATION} ON c.oid = t.tgrelid WHERE ${OF_USER} AND t.tgparentid = 0 AND ${OWN_RELATION}`,

  // Of a partition, whose triggers come with its parent's; and of what enforces a foreign key, whose names nobody knows beforehand.
  use: `SELECT 'pg_trigger'::regclass AS class, t.oid AS id, ${RELATION} || '.' || quote_ident(t.tgname) AS name, ${switched('t.tgenabled', 'TRIGGER', 't.tgname')} AS sql
    FROM pg_trigger t JOIN ${FROM_RELATION} ON c.oid = t.tgrelid JOIN pg_trigger p ON p.oid = t.tgparentid WHERE ${OF_USER} AND p.tgenabled <> t.tgenabled AND ${OWN_RELATION}
    UNION ALL SELECT 'pg_constraint'::regclass, k.oid, ${RELATION} || '.' || quote_ident(k.conname) || ' enforcement', NULL
    FROM pg_constraint k JOIN ${FROM_RELATION} ON c.oid = k.conrelid WHERE k.contype <> 't' AND EXISTS (SELECT FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O') AND ${OWN_RELATION}`,

  rule: `SELECT 'pg_rewrite'::regclass AS class, r.oid AS id, ${RELATION} || '.' || quote_ident(r.rulename) AS name, pg_get_ruledef(r.oid) || ${unlessUsual('r.ev_enabled', switched('r.ev_enabled', 'RULE', 'r.rulename'))} AS sql
    FROM pg_rewrite r JOIN ${FROM_RELATION} ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN' AND ${OWN_RELATION}`,

  policy: `SELECT 'pg_policy'::regclass AS class, p.oid AS id, ${RELATION} || '.' || quote_ident(p.polname) AS name, 'CREATE POLICY ' || quote_ident(p.polname) || ' ON ' || ${RELATION} || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
      || ' FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
      || ' TO ' || (SELECT string_agg(w.role, ', ' ORDER BY w.role) FROM (SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END AS role FROM unnest(p.polroles) AS r) w)
      || ${some(' USING (', 'pg_get_expr(p.polqual, p.polrelid)', ')')} || ${some(' WITH CHECK (', 'pg_get_expr(p.polwithcheck, p.polrelid)', ')')} || ';' AS sql
    FROM pg_policy p JOIN ${FROM_RELATION} ON c.oid = p.polrelid WHERE ${OWN_RELATION}`,

  'event trigger': `SELECT 'pg_event_trigger'::regclass AS class, t.oid AS id, quote_ident(t.evtname) AS name, 'CREATE EVENT TRIGGER ' || quote_ident(t.evtname) || ' ON ' || t.evtevent
      || ${some(' WHEN TAG IN (', `SELECT string_agg(quote_literal(g), ', ' ORDER BY g) FROM unnest(t.evttags) g`, ')')} || ' EXECUTE FUNCTION ' || t.evtfoid::regprocedure::text || ';'
      || CASE t.evtenabled WHEN 'O' THEN '' ELSE E'\\nALTER EVENT TRIGGER ' || quote_ident(t.evtname) || ' ' || ${STATE('t.evtenabled')} || ';' END AS sql
    FROM pg_event_trigger t WHERE ${made('pg_event_trigger', 't.oid')}`,
});
