import { formsOf } from './form.ts';

const GIVEN = `CREATE TABLE users (id bigint PRIMARY KEY, email text, age integer);
CREATE VIEW names AS SELECT email FROM users;
CREATE SEQUENCE numbers;
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';`;

/** What lint has nothing to say about. */
export const SILENT = formsOf('silent', GIVEN, {
  'set-statistics': 'ALTER TABLE users ALTER COLUMN age SET STATISTICS 500;',
  'set-attribute-options': 'ALTER TABLE users ALTER COLUMN age SET (n_distinct = 5);',
  'reset-attribute-options': 'ALTER TABLE users ALTER COLUMN age RESET (n_distinct);',
  'set-fillfactor': 'ALTER TABLE users SET (fillfactor = 80);',
  'reset-fillfactor': 'ALTER TABLE users RESET (fillfactor);',
  'set-autovacuum': 'ALTER TABLE users SET (autovacuum_enabled = false);',
  'set-storage': 'ALTER TABLE users ALTER COLUMN email SET STORAGE EXTERNAL;',
  'set-compression': 'ALTER TABLE users ALTER COLUMN email SET COMPRESSION pglz;',
  'comment-on-table': "COMMENT ON TABLE users IS 'people';",
  'comment-on-column': "COMMENT ON COLUMN users.email IS 'where to write';",
  'comment-on-constraint': "COMMENT ON CONSTRAINT users_pkey ON users IS 'the key';",
  'comment-on-index': "COMMENT ON INDEX users_pkey IS 'the key';",
  'create-statistics': 'CREATE STATISTICS s ON id, age FROM users;',
  'create-table': 'CREATE TABLE notes (id bigint PRIMARY KEY);',
  'create-view': 'CREATE VIEW people AS SELECT id FROM users;',
  'create-function': "CREATE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2';",
  'create-or-replace-function': "CREATE OR REPLACE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 2';",
  'create-sequence': 'CREATE SEQUENCE counts;',
  'alter-sequence': 'ALTER SEQUENCE numbers INCREMENT BY 2;',
  'sequence-owned-by': 'ALTER SEQUENCE numbers OWNED BY users.id;',
  'create-type': "CREATE TYPE mood AS ENUM ('sad');",
  'create-schema': 'CREATE SCHEMA shop;',
  'create-extension': 'CREATE EXTENSION citext;',
  'view-set-option': 'ALTER VIEW names SET (security_barrier = true);',
  'view-column-default': "ALTER VIEW names ALTER COLUMN email SET DEFAULT '';",
  'set-lock-timeout': "SET lock_timeout = '1s';",
});
