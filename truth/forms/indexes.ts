import { formsOf } from './form.ts';

const GIVEN = `CREATE TABLE users (id bigint PRIMARY KEY, email text, age integer UNIQUE);
CREATE INDEX users_email ON users (email);`;
const PARTS = `CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');`;

export const INDEXES = formsOf('indexes', GIVEN, {
  create: 'CREATE INDEX users_age ON users (age);',
  'create-unique': 'CREATE UNIQUE INDEX users_mail ON users (email);',
  'create-if-not-exists-there': 'CREATE INDEX IF NOT EXISTS users_email ON users (email);',
  'create-concurrently': 'CREATE INDEX CONCURRENTLY users_age ON users (age);',
  'create-unique-concurrently': 'CREATE UNIQUE INDEX CONCURRENTLY users_mail ON users (email);',
  'create-concurrently-if-not-exists-there': 'CREATE INDEX CONCURRENTLY IF NOT EXISTS users_email ON users (email);',
  'create-on-expression': 'CREATE INDEX users_low ON users (lower(email));',
  'create-partial': "CREATE INDEX users_some ON users (id) WHERE email = 'x';",
  'create-on-new-table': 'CREATE TABLE news (id bigint);\nCREATE INDEX news_id ON news (id);',
  'create-on-partitioned': { given: PARTS, sql: 'CREATE INDEX events_id ON events (id);' },
  'create-on-only-partitioned': { given: PARTS, sql: 'CREATE INDEX events_id ON ONLY events (id);' },
  'create-concurrently-on-partitioned': { given: PARTS, sql: 'CREATE INDEX CONCURRENTLY events_id ON events (id);' },
  'attach-to-partitioned': {
    given: `${PARTS}\nCREATE INDEX events_id ON ONLY events (id);\nCREATE INDEX events_2026_id ON events_2026 (id);`,
    sql: 'ALTER INDEX events_id ATTACH PARTITION events_2026_id;',
  },
  drop: 'DROP INDEX users_email;',
  'drop-concurrently': 'DROP INDEX CONCURRENTLY users_email;',
  'drop-concurrently-if-exists-absent': 'DROP INDEX CONCURRENTLY IF EXISTS nothing;',
  'drop-of-partitioned': { given: `${PARTS}\nCREATE INDEX events_id ON events (id);`, sql: 'DROP INDEX events_id;' },
  'drop-concurrently-of-partitioned': {
    given: `${PARTS}\nCREATE INDEX events_id ON events (id);`,
    sql: 'DROP INDEX CONCURRENTLY events_id;',
  },
  'drop-of-constraint': 'DROP INDEX users_age_key;',
  'drop-concurrently-cascade': 'DROP INDEX CONCURRENTLY users_email CASCADE;',
  rename: 'ALTER INDEX users_email RENAME TO users_by_email;',
  'set-fillfactor': 'ALTER INDEX users_email SET (fillfactor = 70);',
  'set-statistics': {
    given: 'CREATE INDEX users_low ON users (lower(email));',
    sql: 'ALTER INDEX users_low ALTER COLUMN 1 SET STATISTICS 500;',
  },
  'reindex-table': 'REINDEX TABLE users;',
  'reindex-index': 'REINDEX INDEX users_email;',
  'reindex-table-concurrently': 'REINDEX TABLE CONCURRENTLY users;',
  'reindex-index-concurrently': 'REINDEX INDEX CONCURRENTLY users_email;',
  'reindex-concurrently-option': 'REINDEX (CONCURRENTLY) TABLE users;',
  'reindex-schema': 'REINDEX SCHEMA public;',
});
