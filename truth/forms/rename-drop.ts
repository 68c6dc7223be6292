import { formsOf } from './form.ts';

const GIVEN = `CREATE TABLE plans (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, name text, age integer, plan_id bigint REFERENCES plans);
CREATE VIEW names AS SELECT name FROM users;
CREATE TABLE notes (id bigint);
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE moods (id bigint, mood mood);
CREATE SEQUENCE numbers;
CREATE SCHEMA shop;
CREATE TABLE shop.orders (id bigint);`;

export const RENAME_DROP = formsOf('rename-drop', GIVEN, {
  'rename-table': 'ALTER TABLE users RENAME TO people;',
  'rename-table-with-view': 'ALTER TABLE users RENAME TO people;\nCREATE VIEW users AS SELECT * FROM people;',
  'rename-column': 'ALTER TABLE users RENAME COLUMN age TO years;',
  'rename-view': 'ALTER VIEW names RENAME TO labels;',
  'rename-sequence': 'ALTER SEQUENCE numbers RENAME TO counts;',
  'rename-schema': 'ALTER SCHEMA shop RENAME TO store;',
  'set-schema': 'ALTER TABLE notes SET SCHEMA shop;',
  'drop-table': 'DROP TABLE notes;',
  'drop-table-with-foreign-key': 'DROP VIEW names;\nDROP TABLE users;',
  'drop-table-used-by-view': 'DROP TABLE users;',
  'drop-table-cascade': 'DROP TABLE users CASCADE;',
  'drop-table-referred-to': 'DROP TABLE plans;',
  'drop-column': 'ALTER TABLE users DROP COLUMN age;',
  'drop-column-used-by-view': 'ALTER TABLE users DROP COLUMN name;',
  'drop-column-cascade': 'ALTER TABLE users DROP COLUMN name CASCADE;',
  'drop-column-with-foreign-key': 'ALTER TABLE users DROP COLUMN plan_id;',
  'drop-primary-key': 'ALTER TABLE users DROP CONSTRAINT users_pkey;',
  'drop-type': 'DROP TYPE mood;',
  'drop-type-cascade': 'DROP TYPE mood CASCADE;',
  'drop-view': 'DROP VIEW names;',
  'drop-sequence': 'DROP SEQUENCE numbers;',
  'drop-schema-cascade': 'DROP SCHEMA shop CASCADE;',
  'replace-view': 'CREATE OR REPLACE VIEW names AS SELECT name, age FROM users;',
  'replace-view-drops-column': 'CREATE OR REPLACE VIEW names AS SELECT age FROM users;',
  truncate: 'TRUNCATE notes;',
  'truncate-cascade': 'TRUNCATE plans CASCADE;',
  'truncate-referred-to': 'TRUNCATE plans;',
});
