// What is said about objects of all kinds, and what leads out of the database: changed alone, it is seen, and nothing else is.
import { type Change, change, since, testChanges } from './changes.ts';

const DATABASE = `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET `;
const POLICY = 'CREATE POLICY p ON s.t USING (id > 0);';
const TRIGGER = 'CREATE TRIGGER tr BEFORE UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION s.g();';
const RULE = 'CREATE RULE r AS ON DELETE TO s.t DO ALSO SELECT 1;';
const EVENT_FUNCTION = "CREATE FUNCTION s.ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';";
const EVENT = `${EVENT_FUNCTION} CREATE EVENT TRIGGER ev ON ddl_command_end EXECUTE FUNCTION s.ev();`;
const WRAPPER = 'CREATE FOREIGN DATA WRAPPER w;';
const SERVER = `${WRAPPER} CREATE SERVER srv FOREIGN DATA WRAPPER w;`;
const MAPPING = `${SERVER} CREATE USER MAPPING FOR app SERVER srv OPTIONS (user 'me', password 'x');`;
const PUBLICATION = 'CREATE PUBLICATION pub FOR TABLE s.t;';
const SUBSCRIPTION =
  "CREATE SUBSCRIPTION sub CONNECTION 'host=localhost password=x' PUBLICATION one WITH (connect = false, slot_name = NONE);";
const subscription = (what: string, sql: string): Change =>
  change(what, [SUBSCRIPTION, `ALTER SUBSCRIPTION sub ${sql}`], 'subscription sub');

// Of every kind that can have one: what there is, how it is called in SQL and in a snapshot.
const OBJECTS: readonly (readonly [setup: string, sql: string, name: string])[] = [
  ['', 'TABLE s.t', 's.t'],
  ['', 'SCHEMA s', 'schema s'],
  ['', 'FUNCTION s.f(int)', 'function s.f(integer)'],
  ["CREATE PROCEDURE s.p() LANGUAGE sql AS 'SELECT 1'", 'PROCEDURE s.p()', 'procedure s.p()'],
  ['CREATE AGGREGATE s.sum2(int) (SFUNC = int4pl, STYPE = int)', 'AGGREGATE s.sum2(int)', 'aggregate s.sum2(integer)'],
  ['CREATE VIEW s.v AS SELECT 1', 'VIEW s.v', 's.v'],
  ['CREATE MATERIALIZED VIEW s.m AS SELECT 1', 'MATERIALIZED VIEW s.m', 's.m'],
  ['CREATE SEQUENCE s.n', 'SEQUENCE s.n', 's.n'],
  [`${SERVER} CREATE FOREIGN TABLE s.ft (a int) SERVER srv`, 'FOREIGN TABLE s.ft', 's.ft'],
  ["CREATE TYPE s.e AS ENUM ('a')", 'TYPE s.e', 'type s.e'],
  ['CREATE TYPE s.c AS (x int)', 'TYPE s.c', 'type s.c'],
  ['CREATE TYPE s.r AS RANGE (subtype = int)', 'TYPE s.r', 'type s.r'],
  ['CREATE DOMAIN s.d AS int', 'DOMAIN s.d', 'type s.d'],
  [
    "CREATE FUNCTION s.pl(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE OPERATOR s.=== (FUNCTION = s.pl, LEFTARG = int, RIGHTARG = int)",
    'OPERATOR s.=== (int, int)',
    'operator s.===(integer,integer)',
  ],
  ['CREATE OPERATOR FAMILY s.fam USING btree', 'OPERATOR FAMILY s.fam USING btree', 'operator family s.fam USING btree'],
  [
    'CREATE OPERATOR FAMILY s.fam USING btree; CREATE OPERATOR CLASS s.k FOR TYPE int USING btree FAMILY s.fam AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int)',
    'OPERATOR CLASS s.k USING btree',
    'operator class s.k USING btree',
  ],
  ['CREATE COLLATION s.coll FROM "C"', 'COLLATION s.coll', 'collation s.coll'],
  ["CREATE CONVERSION s.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8", 'CONVERSION s.conv', 'conversion s.conv'],
  ['CREATE LANGUAGE mine HANDLER plpgsql_call_handler', 'LANGUAGE mine', 'language mine'],
  ['CREATE STATISTICS s.x ON a, b FROM s.t', 'STATISTICS s.x', 'statistics object s.x'],
  [
    'CREATE TEXT SEARCH CONFIGURATION s.cfg (COPY = pg_catalog.simple)',
    'TEXT SEARCH CONFIGURATION s.cfg',
    'text search configuration s.cfg',
  ],
  ['CREATE TEXT SEARCH DICTIONARY s.dict (TEMPLATE = pg_catalog.simple)', 'TEXT SEARCH DICTIONARY s.dict', 'text search dictionary s.dict'],
  [WRAPPER, 'FOREIGN DATA WRAPPER w', 'foreign-data wrapper w'],
  [SERVER, 'SERVER srv', 'server srv'],
  [PUBLICATION, 'PUBLICATION pub', 'publication pub'],
  [SUBSCRIPTION, 'SUBSCRIPTION sub', 'subscription sub'],
  [EVENT, 'EVENT TRIGGER ev', 'event trigger ev'],
];
const COMMENTED_ONLY: typeof OBJECTS = [
  ['', 'COLUMN s.t.a', 's.t.a'],
  ['CREATE TYPE s.c AS (x int)', 'COLUMN s.c.x', 's.c.x'],
  ['CREATE INDEX i ON s.t (a)', 'INDEX s.i', 'index s.i'],
  ['', 'CONSTRAINT t_pkey ON s.t', 'table constraint t_pkey on s.t'],
  ['CREATE DOMAIN s.d AS int CONSTRAINT k CHECK (VALUE > 0)', 'CONSTRAINT k ON DOMAIN s.d', 'domain constraint k on s.d'],
  [TRIGGER, 'TRIGGER tr ON s.t', 'trigger tr on s.t'],
  [POLICY, 'POLICY p ON s.t', 'policy p on s.t'],
  [RULE, 'RULE r ON s.t', 'rule r on s.t'],
  ['', 'EXTENSION plpgsql', 'extension plpgsql'],
  ['CREATE CAST (s.t AS text) WITH INOUT', 'CAST (s.t AS text)', 'cast (s.t AS text)'],
  ['CREATE ACCESS METHOD other TYPE TABLE HANDLER heap_tableam_handler', 'ACCESS METHOD other', 'access method other'],
  ['CREATE TEXT SEARCH TEMPLATE s.tmpl (LEXIZE = dsimple_lexize)', 'TEXT SEARCH TEMPLATE s.tmpl', 'text search template s.tmpl'],
  [
    'CREATE TEXT SEARCH PARSER s.prs (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
    'TEXT SEARCH PARSER s.prs',
    'text search parser s.prs',
  ],
];
const GRANTS: readonly (readonly [sql: string, name: string, setup?: string])[] = [
  ['SELECT ON s.t', 's.t'],
  ['SELECT (a) ON s.t', 's.t.a'],
  ['USAGE ON SEQUENCE s.n', 's.n', 'CREATE SEQUENCE s.n'],
  ['USAGE ON SCHEMA s', 'schema s'],
  ['CREATE ON SCHEMA public', 'schema public'],
  ['EXECUTE ON FUNCTION s.f', 'function s.f(integer)'],
  ['USAGE ON TYPE s.e', 'type s.e', "CREATE TYPE s.e AS ENUM ('a')"],
  ['USAGE ON LANGUAGE mine', 'language mine', 'CREATE TRUSTED LANGUAGE mine HANDLER plpgsql_call_handler'],
  ['USAGE ON FOREIGN DATA WRAPPER w', 'foreign-data wrapper w', WRAPPER],
  ['USAGE ON FOREIGN SERVER srv', 'server srv', SERVER],
  ['EXECUTE ON FUNCTION pg_catalog.pg_sleep', 'function pg_sleep(double precision)'],
];

const CHANGES: readonly Change[] = [
  ...OBJECTS.map(([setup, sql, name]) =>
    change(
      `the owner of ${name}`,
      [
        sql.startsWith('EVENT') || sql.startsWith('FOREIGN DATA') || sql.startsWith('SUB') ? `ALTER ROLE app SUPERUSER; ${setup}` : setup,
        `ALTER ${sql} OWNER TO app`,
      ],
      `owner ${name}`,
    ),
  ),
  ...[...OBJECTS, ...COMMENTED_ONLY].map(([setup, sql, name]) =>
    change(`the comment on ${name}`, [setup, `COMMENT ON ${sql} IS 'x'`], `comment ${name}`),
  ),
  ...GRANTS.map(([sql, name, setup = '']) => change(`a grant on ${name}`, [setup, `GRANT ${sql} TO app`], `grant ${name}`)),
  change('a grant option', ['GRANT SELECT ON s.t TO app', 'GRANT SELECT ON s.t TO app WITH GRANT OPTION'], 'grant s.t'),
  change('what PUBLIC may no longer', ['', 'REVOKE EXECUTE ON FUNCTION s.f FROM PUBLIC'], 'grant function s.f(integer)'),
  change('what an owner may no longer', ['', 'REVOKE DELETE ON s.t FROM CURRENT_USER'], 'grant s.t'),
  change(
    'a grant on what an extension has',
    ['CREATE EXTENSION citext SCHEMA s', 'REVOKE EXECUTE ON FUNCTION s.citext_eq FROM PUBLIC'],
    'grant function s.citext_eq(s.citext,s.citext)',
  ),
  change(
    'a grant on the database',
    ['', "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO app', current_database()); END $$"],
    'grant database',
  ),
  change(
    'a comment on the database',
    ['', "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''x''', current_database()); END $$"],
    'comment database',
  ),
  change(
    'default privileges',
    ['', 'ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO PUBLIC'],
    'default privilege app on tables',
  ),
  change(
    'default privileges in a schema',
    ['', 'ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA s GRANT USAGE ON SEQUENCES TO PUBLIC'],
    'default privilege app in s on sequences',
  ),
  change(
    'default privileges that are taken away',
    ['', 'ALTER DEFAULT PRIVILEGES FOR ROLE app REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC'],
    'default privilege app on functions',
  ),
  change('a setting of the database', ['', `${DATABASE}work_mem = ''7MB''', current_database()); END $$`], 'setting work_mem'),
  change(
    'a setting of a role in the database',
    ['', `DO $$ BEGIN EXECUTE format('ALTER ROLE app IN DATABASE %I SET work_mem = ''7MB''', current_database()); END $$`],
    'setting work_mem for app',
  ),
  change(
    'a security label',
    ['', "INSERT INTO pg_seclabel VALUES ('s.t'::regclass, 'pg_class'::regclass, 1, 'guard', 'secret')"],
    'security label s.t.id by guard',
  ),
  change(
    'a security label of the database',
    [
      '',
      "INSERT INTO pg_shseclabel SELECT oid, 'pg_database'::regclass, 'guard', 'secret' FROM pg_database WHERE datname = current_database()",
    ],
    'security label database by guard',
  ),
  change(
    'when a trigger fires',
    [TRIGGER, 'DROP TRIGGER tr ON s.t; CREATE TRIGGER tr BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.g()'],
    'trigger s.t.tr',
  ),
  change('the state of a trigger', [TRIGGER, 'ALTER TABLE s.t ENABLE ALWAYS TRIGGER tr'], 'trigger s.t.tr'),
  change(
    'the state of the trigger of a partition',
    [
      'CREATE TABLE s.p (d int) PARTITION BY LIST (d); CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES IN (1); CREATE TRIGGER tr BEFORE UPDATE ON s.p FOR EACH ROW EXECUTE FUNCTION s.g()',
      'ALTER TABLE s.p1 DISABLE TRIGGER tr',
    ],
    'trigger s.p1.tr',
  ),
  change(
    'whether a foreign key is enforced',
    ['ALTER TABLE s.t ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES s.t', 'ALTER TABLE s.t DISABLE TRIGGER ALL'],
    'trigger s.t.k',
  ),
  change('a rule', [RULE, 'CREATE OR REPLACE RULE r AS ON DELETE TO s.t DO ALSO SELECT 2'], 'rule s.t.r'),
  change('the state of a rule', [RULE, 'ALTER TABLE s.t DISABLE RULE r'], 'rule s.t.r'),
  change('who a policy is for', [POLICY, 'ALTER POLICY p ON s.t TO app'], 'policy s.t.p'),
  change('what a policy lets see', [POLICY, 'ALTER POLICY p ON s.t USING (id > 1)'], 'policy s.t.p'),
  change('what a policy lets write', [POLICY, 'ALTER POLICY p ON s.t WITH CHECK (id > 1)'], 'policy s.t.p'),
  change(
    'whether a policy restricts',
    [POLICY, 'DROP POLICY p ON s.t; CREATE POLICY p ON s.t AS RESTRICTIVE USING (id > 0)'],
    'policy s.t.p',
  ),
  change('the command of a policy', [POLICY, 'DROP POLICY p ON s.t; CREATE POLICY p ON s.t FOR SELECT USING (id > 0)'], 'policy s.t.p'),
  change(
    'the event of an event trigger',
    [EVENT, 'DROP EVENT TRIGGER ev; CREATE EVENT TRIGGER ev ON ddl_command_start EXECUTE FUNCTION s.ev()'],
    'event trigger ev',
  ),
  change(
    'the tags of an event trigger',
    [EVENT, "DROP EVENT TRIGGER ev; CREATE EVENT TRIGGER ev ON ddl_command_end WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION s.ev()"],
    'event trigger ev',
  ),
  change('the state of an event trigger', [EVENT, 'ALTER EVENT TRIGGER ev DISABLE'], 'event trigger ev'),
  change('what is published', [PUBLICATION, "ALTER PUBLICATION pub SET (publish = 'insert')"], 'publication pub'),
  change('the root that is published', [PUBLICATION, 'ALTER PUBLICATION pub SET (publish_via_partition_root = true)'], 'publication pub'),
  change(
    'a table of a publication',
    [PUBLICATION, 'CREATE TABLE s.u (x int); ALTER PUBLICATION pub ADD TABLE s.u'],
    'publication pub table s.u',
    'table s.u',
    'column s.u.x',
    'owner s.u',
  ),
  change(
    'all tables of a publication',
    ['CREATE PUBLICATION pub', 'DROP PUBLICATION pub; CREATE PUBLICATION pub FOR ALL TABLES'],
    'publication pub',
  ),
  subscription('publications', 'SET PUBLICATION two WITH (refresh = false)'),
  subscription('a commit', "SET (synchronous_commit = 'local')"),
  subscription('a binary subscription', 'SET (binary = true)'),
  subscription('streaming', 'SET (streaming = true)'),
  subscription('a slot', "SET (slot_name = 'x')"),
  change('options of a wrapper', [WRAPPER, "ALTER FOREIGN DATA WRAPPER w OPTIONS (ADD debug 'true')"], 'foreign data wrapper w'),
  change(
    'the handler of a wrapper',
    [
      'CREATE EXTENSION postgres_fdw; CREATE FOREIGN DATA WRAPPER w',
      'ALTER FOREIGN DATA WRAPPER w HANDLER postgres_fdw_handler VALIDATOR postgres_fdw_validator',
    ],
    'foreign data wrapper w',
  ),
  change('options of a server', [SERVER, "ALTER SERVER srv OPTIONS (ADD host 'x')"], 'foreign server srv'),
  change('the version of a server', [SERVER, "ALTER SERVER srv VERSION '2'"], 'foreign server srv'),
  change('the type of a server', [SERVER, "DROP SERVER srv; CREATE SERVER srv TYPE 'x' FOREIGN DATA WRAPPER w"], 'foreign server srv'),
  change('a user mapping', [SERVER, MAPPING.replace(SERVER, '')], 'user mapping app on srv'),
  change('the user of a mapping', [MAPPING, "ALTER USER MAPPING FOR app SERVER srv OPTIONS (SET user 'you')"], 'user mapping app on srv'),
  change('an extension', ['', 'CREATE EXTENSION citext SCHEMA s'], 'extension citext', 'comment extension citext'),
  change(
    'the schema of an extension',
    ['CREATE EXTENSION citext SCHEMA s', 'ALTER EXTENSION citext SET SCHEMA public'],
    'extension citext',
  ),
  ...since(
    15,
    change('published columns', [PUBLICATION, 'ALTER PUBLICATION pub SET TABLE s.t (id)'], 'publication pub table s.t'),
    change('published rows', [PUBLICATION, 'ALTER PUBLICATION pub SET TABLE s.t WHERE (id > 0)'], 'publication pub table s.t'),
    change(
      'a published schema',
      ['CREATE PUBLICATION pub FOR TABLES IN SCHEMA s', 'ALTER PUBLICATION pub SET TABLES IN SCHEMA public'],
      'publication pub schema s',
      'publication pub schema public',
    ),
    subscription('an error that disables', 'SET (disable_on_error = true)'),
    change('two phases', [SUBSCRIPTION, "UPDATE pg_subscription SET subtwophasestate = 'e' WHERE subname = 'sub'"], 'subscription sub'),
  ),
  ...since(
    16,
    subscription('an origin', 'SET (origin = none)'),
    subscription('the user of a subscription', 'SET (run_as_owner = true)'),
    subscription('a password', 'SET (password_required = false)'),
    change(
      'parallel streaming',
      [`${SUBSCRIPTION} ALTER SUBSCRIPTION sub SET (streaming = off)`, 'ALTER SUBSCRIPTION sub SET (streaming = parallel)'],
      'subscription sub',
    ),
  ),
  ...since(
    17,
    change('a failover', [SUBSCRIPTION, "UPDATE pg_subscription SET subfailover = true WHERE subname = 'sub'"], 'subscription sub'),
  ),
  ...since(
    18,
    change(
      'published generated columns',
      [PUBLICATION, 'ALTER PUBLICATION pub SET (publish_generated_columns = stored)'],
      'publication pub',
    ),
    change(
      'default privileges of large objects',
      ['', 'ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON LARGE OBJECTS TO PUBLIC'],
      'default privilege app on large objects',
    ),
  ),
];

testChanges('what is attached', CHANGES);
