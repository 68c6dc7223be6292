import { identified, type Kinds, notOfExtension, OF_TABLE, own, RELATION, type Since, shown } from './pieces.ts';

const DATABASE = `(SELECT d.oid FROM pg_database d WHERE d.datname = current_database())`;

// Of each catalog whose objects have owners: the column, and which of them have one of their own.
const OWNERS: Readonly<Record<string, string>> = {
  pg_class: `SELECT oid, relowner FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND relpersistence <> 't' AND NOT (relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = pg_class.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')))`,
  pg_proc: `SELECT p.oid, p.proowner FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${own('n')} AND p.proname !~ '_look_(?:at_begin|before_commit)$'`,
  pg_type: `SELECT t.oid, t.typowner FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE ${own('n')} AND (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c' OR t.typtype = 'b' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))`,
  pg_namespace: `SELECT oid, nspowner FROM pg_namespace n WHERE ${own('n')}`,
  pg_operator: 'SELECT oid, oprowner FROM pg_operator',
  pg_opclass: 'SELECT oid, opcowner FROM pg_opclass',
  pg_opfamily: 'SELECT oid, opfowner FROM pg_opfamily',
  pg_collation: 'SELECT oid, collowner FROM pg_collation',
  pg_conversion: 'SELECT oid, conowner FROM pg_conversion',
  pg_language: 'SELECT oid, lanowner FROM pg_language',
  pg_ts_config: 'SELECT oid, cfgowner FROM pg_ts_config',
  pg_ts_dict: 'SELECT oid, dictowner FROM pg_ts_dict',
  pg_statistic_ext: 'SELECT oid, stxowner FROM pg_statistic_ext',
  pg_foreign_data_wrapper: 'SELECT oid, fdwowner FROM pg_foreign_data_wrapper',
  pg_foreign_server: 'SELECT oid, srvowner FROM pg_foreign_server',
  pg_publication: 'SELECT oid, pubowner FROM pg_publication',
  pg_subscription: `SELECT oid, subowner FROM pg_subscription WHERE subdbid = ${DATABASE}`,
  pg_event_trigger: 'SELECT oid, evtowner FROM pg_event_trigger',
};

export const OWNED = Object.entries(OWNERS)
  .map(
    ([catalog, rows]) =>
      `SELECT '${catalog}'::regclass AS classid, x.oid AS objid, x.owner FROM (${rows}) x (oid, owner) WHERE x.oid >= 16384`,
  )
  .join('\n    UNION ALL ');

/** Which relation something belongs to, as `c` in the schema `n`; none where it belongs to none. */
export const relationOf = (classid: string, objid: string): string =>
  `LEFT JOIN pg_constraint k ON ${classid} = 'pg_constraint'::regclass AND k.oid = ${objid} LEFT JOIN pg_trigger g ON ${classid} = 'pg_trigger'::regclass AND g.oid = ${objid}
    LEFT JOIN pg_policy p ON ${classid} = 'pg_policy'::regclass AND p.oid = ${objid} LEFT JOIN pg_rewrite w ON ${classid} = 'pg_rewrite'::regclass AND w.oid = ${objid}
    LEFT JOIN pg_index x ON ${classid} = 'pg_class'::regclass AND x.indexrelid = ${objid}
    LEFT JOIN pg_class c ON c.oid = coalesce(k.conrelid, g.tgrelid, p.polrelid, w.ev_class, x.indrelid, CASE WHEN ${classid} = 'pg_class'::regclass THEN ${objid} END) LEFT JOIN pg_namespace n ON n.oid = c.relnamespace`;

export const OF_USERS = `(d.objoid >= 16384 OR d.classoid = 'pg_extension'::regclass OR d.objoid = (SELECT s.oid FROM pg_namespace s WHERE s.nspname = 'public')) AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid AND e.deptype = 'e')
      AND (c.oid IS NULL OR c.relpersistence <> 't' AND ${notOfExtension('pg_class', 'c.oid')})`;

const ATTACHED_NAME = `CASE WHEN d.classoid = 'pg_class'::regclass AND x.indexrelid IS NULL THEN ${RELATION} || coalesce('.' || (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0), '') ELSE ${identified('d.classoid', 'd.objoid', 'd.objsubid')} END`;

/** What is said about objects of all kinds: whose they are, what they are for. */
export const attachedKinds = (_: Since): Kinds => ({
  owner: `SELECT CASE WHEN o.classid = 'pg_class'::regclass THEN ${RELATION} END AS "table", CASE WHEN o.classid = 'pg_class'::regclass THEN ${RELATION} ELSE ${identified('o.classid', 'o.objid')} END AS name, pg_get_userbyid(o.owner)::text AS definition
    FROM (${OWNED}) o LEFT JOIN pg_class c ON o.classid = 'pg_class'::regclass AND c.oid = o.objid LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = o.classid AND e.objid = o.objid AND (e.deptype = 'e' OR e.deptype = 'i' AND o.classid = 'pg_proc'::regclass))
    -- Until 14 it is the superuser's, and then the database owner's.
    UNION ALL SELECT NULL, 'schema public', pg_get_userbyid(n.nspowner) FROM pg_namespace n WHERE n.nspname = 'public' AND n.oid < 16384 AND n.nspowner >= 16384`,

  comment: `SELECT ${OF_TABLE}, ${ATTACHED_NAME} AS name, d.description AS definition FROM pg_description d ${relationOf('d.classoid', 'd.objoid')} WHERE ${OF_USERS}
    UNION ALL SELECT NULL, 'database', d.description FROM pg_shdescription d WHERE d.classoid = 'pg_database'::regclass AND d.objoid = ${DATABASE}`,

  'security label': `SELECT ${OF_TABLE}, ${ATTACHED_NAME} || ' by ' || d.provider AS name, d.label AS definition FROM pg_seclabel d ${relationOf('d.classoid', 'd.objoid')} WHERE ${OF_USERS}
    UNION ALL SELECT NULL, 'database by ' || d.provider, d.label FROM pg_shseclabel d WHERE d.classoid = 'pg_database'::regclass AND d.objoid = ${DATABASE}`,

  setting: `SELECT split_part(v.setting, '=', 1) || CASE WHEN s.setrole = 0 THEN '' ELSE ' for ' || pg_get_userbyid(s.setrole) END AS name, ${shown("split_part(v.setting, '=', 1)", "substr(v.setting, strpos(v.setting, '=') + 1)")} AS definition
    FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) v (setting) WHERE s.setdatabase = ${DATABASE}`,
});
