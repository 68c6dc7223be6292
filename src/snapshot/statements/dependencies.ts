/** What comes with another object, and is no statement of its own: rows `class`, `id`, and the class and id of that object. */
const ALL_PARTS = `SELECT 'pg_type'::regclass AS class, t.oid AS id, 'pg_class'::regclass AS of_class, c.oid AS of_id FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE c.relkind <> 'c'
  UNION ALL SELECT 'pg_class'::regclass, c.oid, 'pg_type'::regclass, t.oid FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE c.relkind = 'c'
  UNION ALL SELECT 'pg_type'::regclass, t.typarray, 'pg_type'::regclass, t.oid FROM pg_type t WHERE t.typarray <> 0
  UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, 'pg_class'::regclass, d.adrelid FROM pg_attrdef d
  UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, 'pg_class'::regclass, r.ev_class FROM pg_rewrite r WHERE r.rulename = '_RETURN'
  UNION ALL SELECT 'pg_class'::regclass, k.conindid, 'pg_constraint'::regclass, k.oid FROM pg_constraint k WHERE k.contype IN ('p', 'u', 'x') AND k.conindid <> 0
  UNION ALL SELECT 'pg_constraint'::regclass, k.oid, CASE WHEN k.conrelid <> 0 THEN 'pg_class'::regclass ELSE 'pg_type'::regclass END, CASE WHEN k.conrelid <> 0 THEN k.conrelid ELSE k.contypid END FROM pg_constraint k WHERE k.contype = 'n' AND k.convalidated
  UNION ALL SELECT 'pg_class'::regclass, d.objid, 'pg_class'::regclass, d.refobjid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
  UNION ALL SELECT 'pg_type'::regclass, r.rngmultitypid, 'pg_type'::regclass, r.rngtypid FROM pg_range r
  UNION ALL SELECT d.classid::regclass, d.objid, d.refclassid::regclass, d.refobjid FROM pg_depend d WHERE d.deptype = 'i' AND (d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_type'::regclass OR d.classid IN ('pg_amop'::regclass, 'pg_amproc'::regclass) AND d.refclassid = 'pg_opclass'::regclass)
  UNION ALL SELECT 'pg_amop'::regclass, o.oid, 'pg_amop'::regclass, o.amopfamily FROM pg_amop o WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_amop'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_opclass'::regclass AND d.deptype = 'i')
  UNION ALL SELECT 'pg_amproc'::regclass, o.oid, 'pg_amop'::regclass, o.amprocfamily FROM pg_amproc o WHERE o.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_amproc'::regclass AND d.objid = o.oid AND d.refclassid = 'pg_opclass'::regclass AND d.deptype = 'i')
  UNION ALL SELECT d.classid::regclass, d.objid, d.refclassid::regclass, d.refobjid FROM pg_depend d WHERE d.deptype = 'e'`;

/** As rows `part` and `whole`. */
export const PARTS = `SELECT p.class::text || ' ' || p.id AS part, p.of_class::text || ' ' || p.of_id AS whole FROM (${ALL_PARTS}) p WHERE p.id >= 16384`;

/**
 * Statements of their own: a partition takes its place once both tables are there, from the top down; a sequence is given away behind its column;
 * a materialized view is filled when those that it reads are. */
const STEPS = `SELECT 'pg_inherits'::regclass AS class, h.inhrelid AS id, 'pg_class'::regclass AS ref_class, r.oid AS ref_id FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid AND c.relispartition CROSS JOIN LATERAL (VALUES (h.inhrelid), (h.inhparent)) r (oid)
  UNION ALL SELECT 'pg_inherits'::regclass, h.inhrelid, 'pg_inherits'::regclass, h.inhparent FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent AND p.relispartition
  UNION ALL SELECT 'pg_sequence'::regclass, d.objid, 'pg_class'::regclass, r.oid FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' CROSS JOIN LATERAL (VALUES (d.objid), (d.refobjid)) r (oid)
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
  UNION ALL SELECT 'pg_statistic'::regclass, r.ev_class, v.class, v.oid FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class AND c.relkind = 'm' JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    CROSS JOIN LATERAL (VALUES ('pg_class'::regclass, r.ev_class), ('pg_statistic'::regclass, d.refobjid)) v (class, oid) WHERE v.class = 'pg_class'::regclass OR v.oid <> r.ev_class`;

// What a sequence owns it depends on, and the other way round too, by its default; what a partition has comes from its parent later.
const ALL_EDGES = `SELECT d.classid::regclass AS class, d.objid AS id, d.refclassid::regclass AS ref_class, d.refobjid AS ref_id FROM pg_depend d
    WHERE d.objid >= 16384 AND d.refobjid >= 16384 AND d.deptype NOT IN ('P', 'S', 'e', 'x')
      AND NOT (d.deptype = 'a' AND d.classid = 'pg_class'::regclass AND d.refobjsubid > 0 AND EXISTS (SELECT FROM pg_class s WHERE s.oid = d.objid AND s.relkind = 'S'))
  UNION ALL ${STEPS}`;

/** What needs what, as rows `key` and `needs`: parts of objects too. */
export const EDGES = `SELECT DISTINCT e.class::text || ' ' || e.id AS key, e.ref_class::text || ' ' || e.ref_id AS needs FROM (${ALL_EDGES}) e`;
