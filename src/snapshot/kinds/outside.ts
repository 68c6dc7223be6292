import { fdwOptions, identified, type Kinds, made, own, RELATION, routine, type Since, when, with_ } from './pieces.ts';

const COLUMNS = `' (' || (SELECT string_agg(a.attname, ', ' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')'`;

/** What leads out of the database: replication and foreign servers. */
export const outsideKinds = (since: Since): Kinds => ({
  publication: `SELECT p.pubname AS name, CASE WHEN p.puballtables THEN 'all tables' ELSE 'what is listed' END || ' publishes' || ${when('p.pubinsert', 'insert')} || ${when('p.pubupdate', 'update')} || ${when('p.pubdelete', 'delete')} || ${when('p.pubtruncate', 'truncate')} || ${when('p.pubviaroot', 'via the root')}
      ${since(18, `|| ${when("p.pubgencols = 's'", 'with stored generated columns')}`)} AS definition FROM pg_publication p WHERE ${made('pg_publication', 'p.oid')}
    UNION ALL SELECT p.pubname || ' table ' || ${RELATION}, 'published'${since(15, ` || coalesce(${COLUMNS}, '') || ${with_('where', 'pg_get_expr(r.prqual, r.prrelid)')}`)}
    FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    ${since(15, `UNION ALL SELECT p.pubname || ' schema ' || n.nspname, 'published' FROM pg_publication_namespace s JOIN pg_publication p ON p.oid = s.pnpubid JOIN pg_namespace n ON n.oid = s.pnnspid`)}`,

  // Where it connects to is a secret, and nobody but a superuser may read it.
  subscription: `SELECT s.subname AS name, 'of ' || (SELECT string_agg(p, ', ' ORDER BY p) FROM unnest(s.subpublications) p) || ${with_('slot', 's.subslotname')} || ${when('NOT s.subenabled', 'disabled')} || ' synchronous_commit ' || s.subsynccommit || ${when('s.subbinary', 'binary')}
      || ' streaming ' || CASE s.substream::text WHEN 't' THEN 'on' WHEN 'true' THEN 'on' WHEN 'p' THEN 'parallel' ELSE 'off' END${since(15, ` || ${when("s.subtwophasestate <> 'd'", 'two phase')} || ${when('s.subdisableonerr', 'disable on error')}`)}
      ${since(16, ` || CASE WHEN s.suborigin <> 'any' THEN ' origin ' || s.suborigin ELSE '' END || ${when('s.subrunasowner', 'run as owner')} || ${when('NOT s.subpasswordrequired', 'no password required')}`)}${since(17, ` || ${when('s.subfailover', 'failover')}`)} AS definition
    FROM pg_subscription s WHERE s.subdbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())`,

  'foreign data wrapper': `SELECT w.fdwname AS name, 'wrapper' || ${routine('handler', 'w.fdwhandler')} || ${routine('validator', 'w.fdwvalidator')} || ${fdwOptions('w.fdwoptions')} AS definition FROM pg_foreign_data_wrapper w WHERE ${made('pg_foreign_data_wrapper', 'w.oid')}`,

  'foreign server': `SELECT s.srvname AS name, 'wrapper ' || (SELECT w.fdwname FROM pg_foreign_data_wrapper w WHERE w.oid = s.srvfdw) || ${with_('type', 's.srvtype')} || ${with_('version', 's.srvversion')} || ${fdwOptions('s.srvoptions')} AS definition
    FROM pg_foreign_server s WHERE ${made('pg_foreign_server', 's.oid')}`,

  // Nobody knows which option of a wrapper is a secret; a name to log in with is none.
  'user mapping': `SELECT CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE m.usename::text END || ' on ' || m.srvname AS name, 'mapped' || ${with_(
    'options',
    `SELECT string_agg(o.option_name || ' ' || CASE WHEN o.option_name IN ('user', 'username') THEN quote_literal(o.option_value) ELSE '(hidden)' END, ', ' ORDER BY o.option_name) FROM pg_options_to_table(m.umoptions) o`,
  )} AS definition FROM pg_user_mappings m`,

  schema: `SELECT n.nspname AS name, '' AS definition FROM pg_namespace n WHERE ${own('n')}`,

  // Its version is what the server has; two servers rarely have the same, and what belongs to it is not listed.
  extension: `SELECT e.extname AS name, 'in ' || n.nspname AS definition FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace`,

  'extension dependency': `SELECT ${identified('d.classid', 'd.objid')} AS name, 'goes with the extension ' || e.extname AS definition
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'`,
});
