import type { Since } from '../kinds/pieces.ts';
import { identified, made, own } from '../kinds/pieces.ts';
import { flag, options, proc, some, type Writers } from './pieces.ts';

const PUBLISHED_COLUMNS = some(
  ' (',
  `SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)`,
  ')',
);

const PUBLISH = `concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END)`;

/** What leads out of the database: schemas, extensions, replication and foreign servers. */
export const outsideWriters = (since: Since): Writers => ({
  schema: `SELECT 'pg_namespace'::regclass AS class, n.oid AS id, quote_ident(n.nspname) AS name, CASE WHEN n.nspname = 'public' THEN '' ELSE 'CREATE SCHEMA ' || quote_ident(n.nspname) || ';' END AS sql FROM pg_namespace n
    WHERE ${own('n')} AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_namespace'::regclass AND e.objid = n.oid AND e.deptype = 'e')
    UNION ALL SELECT 'pg_namespace'::regclass, 0, 'public', 'DROP SCHEMA public;' WHERE NOT EXISTS (SELECT FROM pg_namespace p WHERE p.nspname = 'public')`,

  // plpgsql is in every database.
  extension: `SELECT 'pg_extension'::regclass AS class, e.oid AS id, quote_ident(e.extname) AS name, CASE WHEN e.extname = 'plpgsql' THEN '' ELSE 'CREATE EXTENSION ' || quote_ident(e.extname) || CASE WHEN coalesce((SELECT v.schema IS NULL FROM pg_available_extension_versions v WHERE v.name = e.extname AND v.version = e.extversion), true) THEN ' WITH SCHEMA ' || quote_ident(n.nspname) ELSE '' END || ';' END AS sql
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace`,

  'extension dependency': `SELECT 'pg_depend'::regclass AS class, d.objid AS id, ${identified('d.classid', 'd.objid')} AS name,
      'ALTER ' || upper((SELECT i.type FROM pg_identify_object(d.classid, d.objid, 0) i)) || ' ' || (SELECT i.identity FROM pg_identify_object(d.classid, d.objid, 0) i) || ' DEPENDS ON EXTENSION ' || quote_ident(e.extname) || ';' AS sql
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'`,

  'foreign data wrapper': `SELECT 'pg_foreign_data_wrapper'::regclass AS class, w.oid AS id, quote_ident(w.fdwname) AS name, 'CREATE FOREIGN DATA WRAPPER ' || quote_ident(w.fdwname) || ${some(' HANDLER ', proc('w.fdwhandler'))} || ${some(' VALIDATOR ', proc('w.fdwvalidator'))} || ${options('w.fdwoptions')} || ';' AS sql FROM pg_foreign_data_wrapper w WHERE ${made('pg_foreign_data_wrapper', 'w.oid')}`,

  'foreign server': `SELECT 'pg_foreign_server'::regclass AS class, s.oid AS id, quote_ident(s.srvname) AS name, 'CREATE SERVER ' || quote_ident(s.srvname) || ${some(' TYPE ', 'quote_literal(s.srvtype)')} || ${some(' VERSION ', 'quote_literal(s.srvversion)')} || ' FOREIGN DATA WRAPPER ' || (SELECT quote_ident(w.fdwname) FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw) || ${options('s.srvoptions')} || ';' AS sql
    FROM pg_foreign_server s WHERE ${made('pg_foreign_server', 's.oid')}`,

  // Nobody knows which option of a wrapper is a secret; a name to log in with is none.
  'user mapping': `SELECT 'pg_user_mapping'::regclass AS class, m.umid AS id, m.srvname || ' for ' || m.usename AS name, 'CREATE USER MAPPING FOR ' || CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END || ' SERVER ' || quote_ident(m.srvname)
      || ${some(' OPTIONS (', `SELECT string_agg(quote_ident(o.option_name) || ' ' || CASE WHEN o.option_name IN ('user', 'username') THEN quote_literal(o.option_value) ELSE '''(hidden)''' END, ', ' ORDER BY o.option_name) FROM pg_options_to_table(m.umoptions) o`, ')')} || ';' AS sql FROM pg_user_mappings m`,

  publication: `SELECT 'pg_publication'::regclass AS class, p.oid AS id, quote_ident(p.pubname) AS name, 'CREATE PUBLICATION ' || quote_ident(p.pubname) || ${flag('p.puballtables', ' FOR ALL TABLES')} || ' WITH (publish = ' || quote_literal(${PUBLISH}) || ${flag('p.pubviaroot', ', publish_via_partition_root = true')}
      ${since(18, `|| ${flag("p.pubgencols = 's'", ', publish_generated_columns = stored')}`)} || ');' AS sql FROM pg_publication p WHERE ${made('pg_publication', 'p.oid')}`,

  published: `SELECT 'pg_publication_rel'::regclass AS class, r.oid AS id, quote_ident(p.pubname) || ' ' || r.prrelid::regclass::text AS name, 'ALTER PUBLICATION ' || quote_ident(p.pubname) || ' ADD TABLE ONLY ' || r.prrelid::regclass::text${since(15, ` || ${PUBLISHED_COLUMNS} || ${some(' WHERE (', 'pg_get_expr(r.prqual, r.prrelid)', ')')}`)} || ';' AS sql
    FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
    ${since(15, `UNION ALL SELECT 'pg_publication_namespace'::regclass, s.oid, quote_ident(p.pubname) || ' ' || s.pnnspid::regnamespace::text, 'ALTER PUBLICATION ' || quote_ident(p.pubname) || ' ADD TABLES IN SCHEMA ' || s.pnnspid::regnamespace::text || ';' FROM pg_publication_namespace s JOIN pg_publication p ON p.oid = s.pnpubid`)}`,

  // Where it connects to is a secret: only its own database may be written down, and it is never connected.
  subscription: `SELECT 'pg_subscription'::regclass AS class, s.oid AS id, quote_ident(s.subname) AS name, 'CREATE SUBSCRIPTION ' || quote_ident(s.subname) || ' CONNECTION ''host=hidden'' PUBLICATION ' || (SELECT string_agg(quote_ident(p), ', ' ORDER BY p) FROM unnest(s.subpublications) p)
      || ' WITH (connect = false, slot_name = ' || coalesce(quote_literal(s.subslotname), 'NONE') || ', synchronous_commit = ' || quote_literal(s.subsynccommit) || ', binary = ' || s.subbinary || ', streaming = ' || CASE s.substream::text WHEN 't' THEN 'on' WHEN 'true' THEN 'on' WHEN 'p' THEN 'parallel' ELSE 'off' END
      ${since(15, `|| ', two_phase = ' || (s.subtwophasestate <> 'd') || ', disable_on_error = ' || s.subdisableonerr`)} ${since(16, `|| ', origin = ' || s.suborigin || ', run_as_owner = ' || s.subrunasowner || ', password_required = ' || s.subpasswordrequired`)} ${since(17, `|| ', failover = ' || s.subfailover`)} || ');'
      || CASE WHEN s.subenabled THEN E'\\nALTER SUBSCRIPTION ' || quote_ident(s.subname) || ' ENABLE;' ELSE '' END AS sql
    FROM pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())`,
});
