/** Which kind shows a column of a catalog, in its own name or by a function of the server that prints it; or why none does. */
export interface Coverage {
  /** By kind, or by `kind by function`: the columns. */
  readonly shown?: Readonly<Record<string, string>>;
  /** By reason: the columns. */
  readonly ignored?: Readonly<Record<string, string>>;
}

const OID = 'an oid is another in each database; what it leads to is shown by name';
const COUNTS = 'the server keeps it for itself, or counts what is shown one by one';
const IMPLIED = 'it follows from what is shown';
const FILES = 'where and how the rows are stored';

const DEF = 'function by pg_get_functiondef';
const CONSTRAINT = 'constraint by pg_get_constraintdef';
const INDEX = 'index by pg_get_indexdef';
const TRIGGER = 'trigger by pg_get_triggerdef';
const RULE = 'rule by pg_get_ruledef';

export const COVERED: Readonly<Record<string, Coverage>> = {
  pg_aggregate: {
    shown: {
      aggregate:
        'aggfnoid aggkind aggnumdirectargs aggtransfn aggfinalfn aggcombinefn aggserialfn aggdeserialfn aggmtransfn aggminvtransfn aggmfinalfn aggfinalextra aggmfinalextra aggfinalmodify aggmfinalmodify aggsortop aggtranstype aggtransspace aggmtranstype aggmtransspace agginitval aggminitval',
    },
  },
  pg_am: { shown: { 'access method': 'amname amhandler amtype' }, ignored: { [OID]: 'oid' } },
  pg_amop: {
    shown: { 'operator family': 'amopfamily amoplefttype amoprighttype amopstrategy amoppurpose amopopr amopmethod amopsortfamily' },
    ignored: { [OID]: 'oid' },
  },
  pg_amproc: { shown: { 'operator family': 'amprocfamily amproclefttype amprocrighttype amprocnum amproc' }, ignored: { [OID]: 'oid' } },
  pg_attrdef: { shown: { column: 'adrelid adnum adbin' }, ignored: { [OID]: 'oid' } },
  pg_attribute: {
    shown: {
      column:
        'attrelid attname atttypid attstattarget atttypmod attstorage attcompression attnotnull atthasdef attidentity attgenerated attisdropped attislocal attinhcount attcollation attoptions attfdwoptions',
      grant: 'attacl',
    },
    ignored: {
      'the order of columns is a note, not a difference; of a composite type it is shown': 'attnum',
      'the server does not enforce it: int[] and int[][] are one type': 'attndims',
      [IMPLIED]: 'attlen attbyval attalign',
      [FILES]: 'attcacheoff atthasmissing attmissingval',
    },
  },
  pg_cast: { shown: { cast: 'castsource casttarget castfunc castcontext castmethod' }, ignored: { [OID]: 'oid' } },
  pg_class: {
    shown: {
      table:
        'relname relnamespace reloftype relam relpersistence relkind relrowsecurity relforcerowsecurity relreplident reloptions reltoastrelid',
      'table by pg_get_expr': 'relpartbound',
      view: 'relispopulated',
      column: 'relispartition',
      tablespace: 'reltablespace',
      owner: 'relowner',
      grant: 'relacl',
    },
    ignored: {
      [OID]: 'oid reltype',
      [FILES]: 'relfilenode relrewrite relfrozenxid relminmxid',
      [COUNTS]:
        'relpages reltuples relallvisible relallfrozen relhasindex relisshared relnatts relchecks relhasrules relhastriggers relhassubclass',
    },
  },
  pg_collation: {
    shown: {
      collation: 'collname collnamespace collprovider collisdeterministic collcollate collctype colliculocale collicurules colllocale',
      owner: 'collowner',
    },
    ignored: {
      [OID]: 'oid',
      'that of the database it is made in': 'collencoding',
      'of the library of this machine': 'collversion',
    },
  },
  pg_constraint: {
    shown: {
      constraint: 'conname contype convalidated conrelid contypid conparentid conislocal coninhcount connoinherit',
      [CONSTRAINT]:
        'condeferrable condeferred confrelid confupdtype confdeltype confmatchtype conkey confkey conexclop conbin confdelsetcols conenforced conperiod',
    },
    ignored: { [OID]: 'oid connamespace', [IMPLIED]: 'conindid conpfeqop conppeqop conffeqop' },
  },
  pg_conversion: {
    shown: { conversion: 'conname connamespace conforencoding contoencoding conproc condefault', owner: 'conowner' },
    ignored: { [OID]: 'oid' },
  },
  pg_database: {
    shown: { grant: 'datacl', setting: 'datname' },
    ignored: {
      [OID]: 'oid',
      'chosen when the database is made, not by what is in it':
        'datdba encoding datcollate datctype datistemplate datallowconn datconnlimit dattablespace datlocprovider daticulocale daticurules datlocale',
      [COUNTS]: 'datlastsysoid datfrozenxid datminmxid datcollversion dathasloginevt',
    },
  },
  pg_db_role_setting: { shown: { setting: 'setdatabase setrole setconfig' } },
  pg_default_acl: { shown: { 'default privilege': 'defaclrole defaclnamespace defaclobjtype defaclacl' }, ignored: { [OID]: 'oid' } },
  pg_depend: {
    shown: { 'extension dependency': 'classid objid refclassid refobjid deptype', sequence: 'refobjsubid' },
    ignored: { [IMPLIED]: 'objsubid' },
  },
  pg_description: { shown: { comment: 'objoid classoid objsubid description' } },
  pg_enum: { shown: { type: 'enumtypid enumsortorder enumlabel' }, ignored: { [OID]: 'oid' } },
  pg_event_trigger: {
    shown: { 'event trigger': 'evtname evtevent evtfoid evtenabled evttags', owner: 'evtowner' },
    ignored: { [OID]: 'oid' },
  },
  pg_extension: {
    shown: { extension: 'extname extnamespace' },
    ignored: {
      [OID]: 'oid',
      'two servers rarely have the same, and what it brings is not listed': 'extversion',
      'of the files of the server': 'extrelocatable extconfig extcondition',
      'nothing can change it: who made it owns it, and dumps leave it out': 'extowner',
    },
  },
  pg_foreign_data_wrapper: {
    shown: { 'foreign data wrapper': 'fdwname fdwhandler fdwvalidator fdwoptions', owner: 'fdwowner', grant: 'fdwacl' },
    ignored: { [OID]: 'oid' },
  },
  pg_foreign_server: {
    shown: { 'foreign server': 'srvname srvfdw srvtype srvversion srvoptions', owner: 'srvowner', grant: 'srvacl' },
    ignored: { [OID]: 'oid' },
  },
  pg_foreign_table: { shown: { table: 'ftrelid ftserver ftoptions' } },
  pg_index: {
    shown: {
      index: 'indexrelid indrelid indisclustered indisvalid indisready indislive',
      table: 'indisreplident',
      [INDEX]: 'indkey indcollation indclass indoption indexprs indpred indnatts indnkeyatts indisunique indnullsnotdistinct',
      [CONSTRAINT]: 'indisprimary indisexclusion indimmediate',
    },
    ignored: { [COUNTS]: 'indcheckxmin' },
  },
  pg_inherits: { shown: { table: 'inhrelid inhparent inhseqno inhdetachpending' } },
  pg_init_privs: {
    shown: { grant: 'objoid classoid objsubid initprivs' },
    ignored: { 'initdb or an extension: both are what to compare with': 'privtype' },
  },
  pg_language: {
    shown: { language: 'lanname lanispl lanpltrusted lanplcallfoid laninline lanvalidator', owner: 'lanowner', grant: 'lanacl' },
    ignored: { [OID]: 'oid' },
  },
  pg_namespace: { shown: { schema: 'nspname', owner: 'nspowner', grant: 'nspacl' }, ignored: { [OID]: 'oid' } },
  pg_opclass: {
    shown: { 'operator class': 'opcmethod opcname opcnamespace opcfamily opcintype opcdefault opckeytype', owner: 'opcowner' },
    ignored: { [OID]: 'oid' },
  },
  pg_operator: {
    shown: {
      operator: 'oprname oprnamespace oprkind oprcanmerge oprcanhash oprleft oprright oprresult oprcom oprnegate oprcode oprrest oprjoin',
      owner: 'oprowner',
    },
    ignored: { [OID]: 'oid' },
  },
  pg_opfamily: { shown: { 'operator family': 'opfmethod opfname opfnamespace', owner: 'opfowner' }, ignored: { [OID]: 'oid' } },
  pg_partitioned_table: {
    shown: {
      'table by pg_get_partkeydef': 'partrelid partstrat partnatts partattrs partclass partcollation partexprs',
      'table by pg_get_expr': 'partdefid',
    },
  },
  pg_policy: { shown: { policy: 'polname polrelid polcmd polpermissive polroles polqual polwithcheck' }, ignored: { [OID]: 'oid' } },
  pg_proc: {
    shown: {
      function: 'proname pronamespace prokind',
      [DEF]:
        'prolang procost prorows provariadic prosupport prosecdef proleakproof proisstrict proretset provolatile proparallel pronargs pronargdefaults prorettype proargtypes proallargtypes proargmodes proargnames proargdefaults protrftypes prosrc probin prosqlbody proconfig',
      owner: 'proowner',
      grant: 'proacl',
    },
    ignored: { [OID]: 'oid' },
  },
  pg_publication: {
    shown: { publication: 'pubname puballtables pubinsert pubupdate pubdelete pubtruncate pubviaroot pubgencols', owner: 'pubowner' },
    ignored: { [OID]: 'oid' },
  },
  pg_publication_namespace: { shown: { publication: 'pnpubid pnnspid' }, ignored: { [OID]: 'oid' } },
  pg_publication_rel: { shown: { publication: 'prpubid prrelid prqual prattrs' }, ignored: { [OID]: 'oid' } },
  pg_range: { shown: { type: 'rngtypid rngsubtype rngmultitypid rngcollation rngsubopc rngcanonical rngsubdiff' } },
  pg_rewrite: {
    shown: { rule: 'rulename ev_class ev_enabled', [RULE]: 'ev_type is_instead ev_qual ev_action' },
    ignored: { [OID]: 'oid' },
  },
  pg_seclabel: { shown: { 'security label': 'objoid classoid objsubid provider label' } },
  pg_sequence: { shown: { sequence: 'seqrelid seqtypid seqstart seqincrement seqmax seqmin seqcache seqcycle' } },
  pg_shdepend: {
    shown: { unmodelled: 'dbid classid objid' },
    ignored: { 'who owns and may what is shown with each object': 'objsubid refclassid refobjid deptype' },
  },
  pg_shdescription: { shown: { comment: 'objoid classoid description' } },
  pg_shseclabel: { shown: { 'security label': 'objoid classoid provider label' } },
  pg_statistic_ext: {
    shown: {
      statistics: 'stxrelid stxname stxnamespace stxstattarget',
      'statistics by pg_get_statisticsobjdef': 'stxkeys stxkind stxexprs',
      owner: 'stxowner',
    },
    ignored: { [OID]: 'oid' },
  },
  pg_subscription: {
    shown: {
      subscription:
        'subdbid subname subenabled subbinary substream subslotname subsynccommit subpublications subtwophasestate subdisableonerr subpasswordrequired subrunasowner suborigin subfailover',
      owner: 'subowner',
    },
    ignored: {
      [OID]: 'oid',
      'it holds a password, and only superusers may read it': 'subconninfo',
      'where replication goes on is no part of a schema': 'subskiplsn',
    },
  },
  pg_tablespace: {
    shown: { tablespace: 'spcname' },
    ignored: { [OID]: 'oid', 'a place of the server': 'spcowner spcacl spcoptions' },
  },
  pg_transform: { shown: { transform: 'trftype trflang trffromsql trftosql' }, ignored: { [OID]: 'oid' } },
  pg_trigger: {
    shown: {
      trigger: 'tgrelid tgparentid tgname tgenabled tgisinternal tgconstraint',
      [TRIGGER]: 'tgfoid tgtype tgconstrrelid tgdeferrable tginitdeferred tgnargs tgattr tgargs tgqual tgoldtable tgnewtable',
    },
    ignored: { [OID]: 'oid', [IMPLIED]: 'tgconstrindid' },
  },
  pg_ts_config: { shown: { 'text search configuration': 'cfgname cfgnamespace cfgparser', owner: 'cfgowner' }, ignored: { [OID]: 'oid' } },
  pg_ts_config_map: { shown: { 'text search configuration': 'mapcfg maptokentype mapseqno mapdict' } },
  pg_ts_dict: {
    shown: { 'text search dictionary': 'dictname dictnamespace dicttemplate dictinitoption', owner: 'dictowner' },
    ignored: { [OID]: 'oid' },
  },
  pg_ts_parser: {
    shown: { 'text search parser': 'prsname prsnamespace prsstart prstoken prsend prsheadline prslextype' },
    ignored: { [OID]: 'oid' },
  },
  pg_ts_template: { shown: { 'text search template': 'tmplname tmplnamespace tmplinit tmpllexize' }, ignored: { [OID]: 'oid' } },
  pg_type: {
    shown: {
      type: 'typname typnamespace typlen typbyval typtype typcategory typispreferred typdelim typrelid typsubscript typelem typarray typinput typoutput typreceive typsend typmodin typmodout typanalyze typalign typstorage typnotnull typbasetype typtypmod typcollation typdefault',
      owner: 'typowner',
      grant: 'typacl',
    },
    ignored: {
      [OID]: 'oid',
      [IMPLIED]: 'typisdefined typdefaultbin',
      'the server does not enforce it: int[] and int[][] are one type': 'typndims',
    },
  },
  pg_user_mapping: {
    shown: { 'user mapping by pg_user_mappings': 'umuser umserver umoptions' },
    ignored: { [OID]: 'oid' },
  },
};

/** Catalogs that say nothing of a schema. */
export const IGNORED: Readonly<Record<string, string>> = {
  pg_auth_members: 'roles are the server’s',
  pg_authid: 'roles are the server’s',
  pg_largeobject: 'large objects are data',
  pg_largeobject_metadata: 'large objects are data, and so is whose they are',
  pg_parameter_acl: 'who may set what is the server’s',
  pg_replication_origin: 'how far replication has come',
  pg_statistic: 'what ANALYZE has found',
  pg_statistic_ext_data: 'what ANALYZE has found',
  pg_subscription_rel: 'how far replication has come',
};
