import { formsOf } from './form.ts';

const GIVEN = `CREATE TABLE users (id bigint PRIMARY KEY, email text, age integer);
CREATE UNLOGGED TABLE fast (id bigint PRIMARY KEY);
CREATE MATERIALIZED VIEW people AS SELECT id FROM users;
CREATE UNIQUE INDEX people_id ON people (id);
CREATE MATERIALIZED VIEW ages AS SELECT age FROM users;`;

export const STORAGE = formsOf('storage', GIVEN, {
  vacuum: 'VACUUM users;',
  'vacuum-analyze': 'VACUUM (ANALYZE) users;',
  'vacuum-full': 'VACUUM FULL users;',
  analyze: 'ANALYZE users;',
  cluster: 'CLUSTER users USING users_pkey;',
  'cluster-on': 'ALTER TABLE users CLUSTER ON users_pkey;',
  'set-without-cluster': 'ALTER TABLE users SET WITHOUT CLUSTER;',
  'set-logged': 'ALTER TABLE fast SET LOGGED;',
  'set-logged-there': 'ALTER TABLE users SET LOGGED;',
  'set-unlogged': 'ALTER TABLE users SET UNLOGGED;',
  'set-tablespace': 'ALTER TABLE users SET TABLESPACE truth_space;',
  'set-tablespace-there': 'ALTER TABLE users SET TABLESPACE pg_default;',
  'set-index-tablespace': 'ALTER INDEX users_pkey SET TABLESPACE truth_space;',
  'set-access-method': ['ALTER TABLE users SET ACCESS METHOD truth_heap;', { since: 15 }],
  'set-access-method-there': ['ALTER TABLE users SET ACCESS METHOD heap;', { since: 15 }],
  'refresh-matview': 'REFRESH MATERIALIZED VIEW people;',
  'refresh-matview-concurrently': 'REFRESH MATERIALIZED VIEW CONCURRENTLY people;',
  'refresh-matview-concurrently-without-key': 'REFRESH MATERIALIZED VIEW CONCURRENTLY ages;',
  'refresh-matview-with-no-data': 'REFRESH MATERIALIZED VIEW people WITH NO DATA;',
  'create-index-on-matview': 'CREATE INDEX ages_age ON ages (age);',
  'create-matview': 'CREATE MATERIALIZED VIEW sums AS SELECT age, count(*) FROM users GROUP BY age;',
  'create-table-as': 'CREATE TABLE kept AS SELECT * FROM users;',
  'drop-matview': 'DROP MATERIALIZED VIEW people;',
  'lock-access-exclusive': 'LOCK TABLE users IN ACCESS EXCLUSIVE MODE;',
  'lock-exclusive': 'LOCK TABLE users IN EXCLUSIVE MODE;',
  'lock-share': 'LOCK TABLE users IN SHARE MODE;',
  'lock-row-share': 'LOCK TABLE users IN ROW SHARE MODE;',
});
