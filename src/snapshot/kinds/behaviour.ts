import { FROM_RELATION, type Kinds, made, OF_TABLE, OWN_RELATION, RELATION, type Since } from './pieces.ts';

const ENABLED = (column: string): string => `CASE ${column} WHEN 'O' THEN '' ELSE ' (enabled ' || ${column}::text || ')' END`;

// Until 14 those of a partition are internal as well.
const OF_USER = `(NOT t.tgisinternal OR t.tgparentid <> 0 AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't'))`;

/** What happens on its own: triggers, rules, policies. */
export const behaviourKinds = (_: Since): Kinds => ({
  // Those of a partition are its parent's. What enforces a foreign key can be switched off as well, and says nothing of it elsewhere.
  trigger: `SELECT ${OF_TABLE}, ${RELATION} || '.' || t.tgname AS name, pg_get_triggerdef(t.oid) || ${ENABLED('t.tgenabled')} AS definition
    FROM pg_trigger t JOIN ${FROM_RELATION} ON c.oid = t.tgrelid WHERE ${OF_USER}
      AND NOT EXISTS (SELECT FROM pg_trigger p WHERE p.oid = t.tgparentid AND p.tgenabled = t.tgenabled) AND ${OWN_RELATION}
    UNION ALL SELECT DISTINCT ${RELATION}, ${RELATION} || '.' || k.conname, 'enforcement of the constraint' || ${ENABLED('t.tgenabled')}
    FROM pg_trigger t JOIN pg_constraint k ON k.oid = t.tgconstraint JOIN ${FROM_RELATION} ON c.oid = t.tgrelid WHERE k.contype <> 't' AND t.tgenabled <> 'O' AND ${OWN_RELATION}`,

  rule: `SELECT ${OF_TABLE}, ${RELATION} || '.' || r.rulename AS name, pg_get_ruledef(r.oid) || ${ENABLED('r.ev_enabled')} AS definition
    FROM pg_rewrite r JOIN ${FROM_RELATION} ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN' AND ${OWN_RELATION}`,

  policy: `SELECT ${OF_TABLE}, ${RELATION} || '.' || p.polname AS name, CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END || ' for ' || p.polcmd::text
      || ' to ' || (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END, ', ' ORDER BY CASE r WHEN 0 THEN '' ELSE pg_get_userbyid(r)::text END) FROM unnest(p.polroles) AS r)
      || coalesce(' using ' || pg_get_expr(p.polqual, p.polrelid), '') || coalesce(' check ' || pg_get_expr(p.polwithcheck, p.polrelid), '') AS definition
    FROM pg_policy p JOIN ${FROM_RELATION} ON c.oid = p.polrelid WHERE ${OWN_RELATION}`,

  'event trigger': `SELECT t.evtname AS name, 'on ' || t.evtevent || coalesce(' when tag in (' || (SELECT string_agg(g, ', ' ORDER BY g) FROM unnest(t.evttags) g) || ')', '') || ' execute ' || t.evtfoid::regprocedure::text || ${ENABLED('t.evtenabled')} AS definition
    FROM pg_event_trigger t WHERE ${made('pg_event_trigger', 't.oid')}`,
});
