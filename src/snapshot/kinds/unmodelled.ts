import { identified, type Kinds, own } from './pieces.ts';

/** The catalogs of 14 to 18: each is shown by a kind, or is none of a schema (test/snapshot/completeness says why). */
export const KNOWN: readonly string[] = (
  'pg_aggregate pg_am pg_amop pg_amproc pg_attrdef pg_attribute pg_auth_members pg_authid pg_cast pg_class pg_collation pg_constraint pg_conversion pg_database pg_db_role_setting pg_default_acl ' +
  'pg_depend pg_description pg_enum pg_event_trigger pg_extension pg_foreign_data_wrapper pg_foreign_server pg_foreign_table pg_index pg_inherits pg_init_privs pg_language pg_largeobject ' +
  'pg_largeobject_metadata pg_namespace pg_opclass pg_operator pg_opfamily pg_parameter_acl pg_partitioned_table pg_policy pg_proc pg_publication pg_publication_namespace pg_publication_rel ' +
  'pg_range pg_replication_origin pg_rewrite pg_seclabel pg_sequence pg_shdepend pg_shdescription pg_shseclabel pg_statistic pg_statistic_ext pg_statistic_ext_data pg_subscription ' +
  'pg_subscription_rel pg_tablespace pg_transform pg_trigger pg_ts_config pg_ts_config_map pg_ts_dict pg_ts_parser pg_ts_template pg_type pg_user_mapping'
).split(' ');

/** How compareSnapshots tells them. */
export const UNMODELLED = 'unmodelled';

// Nearly everything depends on something, if only on its schema or owner.
const DEPENDENT = `SELECT d.classid, d.objid FROM pg_depend d WHERE d.deptype <> 'e' UNION SELECT s.classid, s.objid FROM pg_shdepend s WHERE s.dbid = (SELECT b.oid FROM pg_database b WHERE b.datname = current_database())`;

/** What a server that is newer than this program has and no kind shows. */
export const unmodelledKinds = (known = KNOWN): Kinds => ({
  [UNMODELLED]: `SELECT ${identified('u.classid', 'u.objid')} AS name, '' AS definition FROM (
      SELECT d.classid, d.objid FROM (${DEPENDENT}) d WHERE d.objid >= 16384 AND d.classid::regclass::text <> ALL ('{${known.join(',')}}')
      UNION SELECT 'pg_class'::regclass, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind NOT IN ('r', 'p', 'f', 'v', 'm', 'S', 'c', 'i', 'I', 't') AND ${own('n')}
      UNION SELECT 'pg_type'::regclass, t.oid FROM pg_type t WHERE t.typtype NOT IN ('b', 'c', 'd', 'e', 'm', 'p', 'r') AND t.oid >= 16384
      UNION SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k WHERE k.contype NOT IN ('c', 'f', 'n', 'p', 't', 'u', 'x') AND k.oid >= 16384
      UNION SELECT 'pg_proc'::regclass, p.oid FROM pg_proc p WHERE p.prokind NOT IN ('a', 'f', 'p', 'w') AND p.oid >= 16384) u
    WHERE NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = u.classid AND e.objid = u.objid AND e.deptype = 'e')
    -- What depends on nothing is in a catalog that is not empty.
    UNION ALL SELECT 'catalog ' || c.relname, '' FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND c.relname <> ALL ('{${known.join(',')}}') AND pg_relation_size(c.oid) > 0`,
});
