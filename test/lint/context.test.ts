import { describe, expect, test } from 'vitest';
import { fixFile } from '../../src/lint/fix-file.ts';
import { lintFile } from '../../src/lint/lint-file.ts';
import { Schema } from '../../src/lint/schema/schema.ts';
import { lintText } from './lint-text.ts';

const GIVEN = `
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(50), age integer NOT NULL, at timestamp(3), amount numeric(10, 2), tags text[]);
CREATE TABLE plans (id bigint PRIMARY KEY);
CREATE SCHEMA shop;
CREATE TABLE shop.orders (id bigint PRIMARY KEY, user_id bigint);
CREATE FUNCTION stable_number() RETURNS integer STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION shaky() RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE DOMAIN plain AS text;
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);
CREATE INDEX users_age ON users (age);`;

const tell = async (sql: string, major = 18) =>
  (await lintText(sql, { given: GIVEN, major })).map(({ rule, severity }) => `${rule} ${severity}`);

describe('silent', () => {
  test.each([
    'ALTER TABLE users ADD COLUMN name text;',
    "ALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT '';",
    'ALTER TABLE users ADD COLUMN made timestamptz NOT NULL DEFAULT now();',
    "ALTER TABLE users ADD COLUMN settings jsonb NOT NULL DEFAULT jsonb_build_object('a', 1);",
    "ALTER TABLE users ADD COLUMN day date DEFAULT current_date + interval '1 day';",
    'ALTER TABLE users ADD COLUMN n integer DEFAULT stable_number();',
    'ALTER TABLE users ADD COLUMN plan_id bigint REFERENCES plans;',
    'ALTER TABLE users ADD COLUMN p plain;',
    'ALTER TABLE users ADD COLUMN low text GENERATED ALWAYS AS (lower(email)) VIRTUAL;',
    'ALTER TABLE users ADD COLUMN IF NOT EXISTS email text NOT NULL;',
    'ALTER TABLE users ALTER COLUMN email TYPE varchar(60);',
    'ALTER TABLE users ALTER COLUMN email TYPE text;',
    'ALTER TABLE users ALTER COLUMN email TYPE text USING email::text;',
    'ALTER TABLE users ALTER COLUMN amount TYPE numeric(12, 2);',
    'ALTER TABLE users ALTER COLUMN amount TYPE numeric;',
    'ALTER TABLE users ALTER COLUMN at TYPE timestamp(6);',
    'ALTER TABLE users ALTER COLUMN age SET DEFAULT 1;',
    'ALTER TABLE users ALTER COLUMN age DROP NOT NULL;',
    'ALTER TABLE users ALTER COLUMN age SET NOT NULL;',
    'ALTER TABLE users ALTER COLUMN age SET STATISTICS 500;',
    'ALTER TABLE users SET (fillfactor = 80);',
    'ALTER INDEX users_age RENAME TO users_by_age;',
    "COMMENT ON TABLE users IS 'people';",
    'CREATE STATISTICS s ON id, age FROM users;',
    'ANALYZE users;',
    'VACUUM users;',
    'CREATE INDEX CONCURRENTLY users_email ON users (email);',
    'CREATE INDEX events_at ON ONLY events (at);',
    'DROP INDEX CONCURRENTLY users_age;',
    'REINDEX TABLE CONCURRENTLY users;',
    'ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID;',
    'ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES plans (id) NOT VALID;',
    'ALTER DOMAIN positive ADD CONSTRAINT c CHECK (VALUE < 9) NOT VALID;',
    "ALTER TYPE mood ADD VALUE 'calm';",
    "UPDATE users SET email = 'x' WHERE email IS NULL;",
    'DELETE FROM users WHERE id < 10;',
    'GRANT SELECT ON users TO PUBLIC;',
    'CREATE VIEW people AS SELECT id FROM users;',
    'CREATE OR REPLACE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM users; END $$;',
    'CREATE TABLE notes (id bigint PRIMARY KEY, user_id bigint REFERENCES users, plan_id bigint REFERENCES plans); CREATE INDEX ON notes (user_id);',
    'CREATE TABLE copy_of AS SELECT * FROM users; CREATE INDEX ON copy_of (id); ALTER TABLE copy_of ADD PRIMARY KEY (id);',
    'SELECT id INTO kept FROM users; CREATE INDEX ON kept (id);',
    'CREATE TEMP TABLE users (id int); CREATE INDEX ON users (id); ALTER TABLE users ADD COLUMN n serial;',
    'CREATE MATERIALIZED VIEW sums AS SELECT age, count(*) FROM users GROUP BY 1; CREATE INDEX ON sums (age); REFRESH MATERIALIZED VIEW sums;',
    'CREATE TABLE "Users" (id int); CREATE INDEX ON "Users" (id); ALTER TABLE public."Users" ALTER COLUMN id TYPE bigint;',
    'SET search_path = shop; CREATE TABLE users (id int); CREATE INDEX ON users (id);',
    'CREATE TABLE days (at date) PARTITION BY RANGE (at); CREATE TABLE days_1 PARTITION OF days DEFAULT; CREATE INDEX ON days (at);',
    'ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people;',
    'ALTER TABLE users ADD CONSTRAINT filled CHECK (email IS NOT NULL AND age > 0) NOT VALID;\n-- part: transaction\nALTER TABLE users VALIDATE CONSTRAINT filled;\n-- part: transaction\nALTER TABLE users ALTER COLUMN email SET NOT NULL;',
    "DO $$ BEGIN EXECUTE 'ANALYZE users'; END $$;",
    'EXPLAIN (ANALYZE off) UPDATE users SET age = 1;',
    'CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET age = 1; RETURN NEW; END $$; CREATE TRIGGER t BEFORE INSERT ON plans FOR EACH ROW EXECUTE FUNCTION fill();',
    'CREATE FUNCTION fill() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET age = 1; END $$; CREATE VIEW v AS SELECT fill();',
    'ALTER TABLE users DISABLE TRIGGER ALL; ALTER TABLE users ENABLE TRIGGER ALL;',
    'LOCK TABLE users IN ROW SHARE MODE;',
    'TRUNCATE plans; -- lint-allow truncate: it is a cache',
  ])('%s', async (sql) => {
    expect(await tell(sql)).toEqual([]);
  });
});

describe('found', () => {
  test.each([
    ['SET search_path = shop; CREATE TABLE users (id int); CREATE INDEX ON public.users (age);', 'create-index-non-concurrent error'],
    ['CREATE TABLE shop.users (id int); CREATE INDEX ON users (age);', 'create-index-non-concurrent error'],
    ['CREATE TABLE "Users" (id int); CREATE INDEX ON Users (age);', 'create-index-non-concurrent error'],
    ['SAVEPOINT a; CREATE TABLE new (id int); ROLLBACK TO a; CREATE INDEX ON new (id);', 'create-index-non-concurrent error'],
    ['CREATE TEMP TABLE users (id int); CREATE INDEX ON public.users (age);', 'create-index-non-concurrent error'],
    ['ALTER TABLE users ADD COLUMN n integer DEFAULT shaky();', 'add-column-volatile-default error'],
    ['ALTER TABLE users ADD COLUMN n integer DEFAULT elsewhere();', 'add-column-volatile-default warning'],
    ['ALTER TABLE users ADD COLUMN r float DEFAULT random() * 2;', 'add-column-volatile-default error'],
    ['ALTER TABLE users ADD COLUMN p positive;', 'add-column-constrained-domain error'],
    ['ALTER TABLE users ADD COLUMN a int, ADD COLUMN b bigserial;', 'add-column-serial error'],
    ['ALTER TABLE users ALTER COLUMN email TYPE varchar(40);', 'alter-column-type error'],
    ['ALTER TABLE users ALTER COLUMN age TYPE bigint;', 'alter-column-type error'],
    ['ALTER TABLE users ALTER COLUMN amount TYPE numeric(12, 3);', 'alter-column-type error'],
    ['ALTER TABLE users ALTER COLUMN at TYPE timestamptz;', 'alter-column-type error'],
    ['ALTER TABLE users ALTER COLUMN email TYPE text USING lower(email);', 'alter-column-type error'],
    ['ALTER TABLE elsewhere ALTER COLUMN email TYPE text;', 'alter-column-type warning'],
    ['DO $$ BEGIN IF true THEN ALTER TABLE users ALTER COLUMN email SET NOT NULL; END IF; END $$;', 'set-not-null error'],
    ["DO $$ BEGIN EXECUTE format('CREATE INDEX %I ON %I (age)', 'i', 'users'); END $$;", 'create-index-non-concurrent error'],
    ["DO $$ DECLARE t text := 'users'; BEGIN EXECUTE 'DROP TABLE ' || t; END $$;", 'drop-table warning'],
    [
      "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY '{users,plans}'::text[] LOOP EXECUTE format('CREATE INDEX %I ON %I (id)', t || '_i', t); END LOOP; END $$;",
      'create-index-non-concurrent error',
    ],
    [
      "DO $$ DECLARE t text := 'x'; BEGIN SELECT relname INTO t FROM pg_class; EXECUTE 'CREATE INDEX ON ' || t || ' (id)'; END $$;",
      'unchecked-body info',
    ],
    ['EXPLAIN ANALYZE UPDATE users SET age = 1;', 'whole-table-change warning'],
    ["DO $$ BEGIN ALTER TABLE users ADD COLUMN name text; UPDATE users SET name = '' WHERE id < 5; END $$;", 'change-under-lock warning'],
    ["DO $$ BEGIN EXECUTE constructor('x'); END $$;", 'unchecked-body info'],
    ['CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN UPDATE users SET age = 1; END $$; CALL fill();', 'whole-table-change warning'],
    [
      "CREATE FUNCTION fill() RETURNS void LANGUAGE sql AS 'CREATE INDEX i ON users (age)'; SELECT fill();",
      'create-index-non-concurrent error',
    ],
    [
      'CREATE FUNCTION inner_one() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE users ALTER COLUMN email SET NOT NULL; END $$; CREATE FUNCTION outer_one() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM inner_one(); PERFORM outer_one(); END $$; SELECT outer_one();',
      'set-not-null error',
    ],
    [
      "CREATE FUNCTION fill(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DROP TABLE ' || t; END $$; UPDATE users SET age = 1 WHERE fill('x') IS NULL;",
      'drop-table warning',
    ],
    ['WITH gone AS (DELETE FROM users RETURNING *) INSERT INTO plans SELECT id FROM gone;', 'whole-table-change warning'],
    ['DELETE FROM users WHERE true;', 'whole-table-change warning'],
    ['ALTER TABLE users ADD COLUMN a int;\nUPDATE plans SET id = 1 WHERE id = 2;', 'change-under-lock warning'],
    [
      'ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0 OR email IS NOT NULL) NOT VALID;\n-- part: transaction\nALTER TABLE users VALIDATE CONSTRAINT c;\n-- part: transaction\nALTER TABLE users ALTER COLUMN email SET NOT NULL;',
      'set-not-null error',
    ],
    ['BEGIN;\nCREATE INDEX CONCURRENTLY i ON users (age);\nCOMMIT;', 'non-transactional-in-transaction error'],
    ['ALTER TABEL users ADD x int;', 'syntax-error error'],
    ["CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');", 'create-partition-of warning'],
    ['-- lint-allow set-not-null\nALTER TABLE users ALTER COLUMN email SET NOT NULL;', 'allow-without-reason warning'],
    ['-- lint-allow set-not-null: why\nALTER TABLE users ADD COLUMN x int;', 'unused-allow warning'],
    ['-- lint-allow no-such: why\nALTER TABLE users ADD COLUMN x int;', 'unknown-rule warning'],
    ['-- lint-allow set-not-null: small until 2020-01-31\nALTER TABLE users ALTER COLUMN email SET NOT NULL;', 'expired-allow warning'],
    ['-- squawk-ignore adding-not-nullable-field\nALTER TABLE users ALTER COLUMN email SET NOT NULL;', 'allow-without-reason warning'],
  ])('%s', async (sql, expected) => {
    expect(await tell(sql)).toContain(expected);
  });

  test.each([
    ['ALTER TABLE users ADD COLUMN low text GENERATED ALWAYS AS (lower(email)) VIRTUAL;', 17],
    ['ALTER TABLE users ADD CONSTRAINT n NOT NULL email NOT VALID;', 17],
    ['ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT ENFORCED;', 17],
    ['CREATE UNIQUE INDEX CONCURRENTLY i ON users (email) NULLS NOT DISTINCT;', 14],
    ['MERGE INTO users u USING plans p ON u.id = p.id WHEN MATCHED THEN DELETE;', 14],
  ])('what is new in a later major: %s', async (sql, major) => {
    expect(await tell(sql, major)).toContain('needs-newer-server error');
    expect(await tell(sql, 18)).not.toContain('needs-newer-server error');
  });
});

test('a rollback is judged as one', async () => {
  const wish = { given: GIVEN, direction: 'down' as const };
  const rules = async (sql: string) => (await lintText(sql, wish)).map(({ rule, severity }) => `${rule} ${severity}`);
  expect(await rules('DROP TABLE plans; ALTER TABLE users DROP COLUMN email;')).toEqual([]);
  expect(await rules('ALTER TABLE users ALTER COLUMN email SET NOT NULL;')).toEqual(['set-not-null warning']);
});

const DEPENDING = `CREATE TABLE plans (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, plan_id bigint REFERENCES plans, name varchar(10), note text);
CREATE VIEW names AS SELECT name FROM users;
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE moods (mood mood);
CREATE INDEX users_low ON users (lower(note));
CREATE INDEX users_some ON users (id) WHERE note <> '';`;
const rulesFor = async (sql: string) => (await lintText(sql, { given: DEPENDING, major: 18 })).map(({ rule }) => rule);

describe('what something depends on', () => {
  test.each([
    'DROP TABLE users;',
    'DROP TABLE plans;',
    'DROP TYPE mood;',
    'TRUNCATE plans;',
    'ALTER TABLE users RENAME TO people; DROP TABLE people;',
    'ALTER SCHEMA public RENAME TO old; DROP TABLE old.users;',
  ])('is found: %s', async (sql) => {
    expect(await rulesFor(sql)).toContain('drop-still-used');
  });

  test.each([
    'DROP VIEW names; DROP TABLE users; DROP TABLE plans;',
    'DROP TABLE users CASCADE; DROP TABLE plans;',
    'DROP TABLE plans CASCADE; CREATE TABLE plans (id bigint); DROP TABLE plans;',
    'DROP VIEW names; DROP TABLE plans, users;',
    'TRUNCATE users, plans;',
    'TRUNCATE plans CASCADE;',
    'ALTER TABLE users DROP CONSTRAINT users_plan_id_fkey; TRUNCATE plans;',
    'ALTER TABLE users RENAME TO people; CREATE VIEW users AS SELECT * FROM people; DROP VIEW users;',
    'DROP TABLE moods; DROP TYPE mood;',
  ])('is gone before: %s', async (sql) => {
    expect(await rulesFor(sql)).not.toContain('drop-still-used');
  });

  test('an index that computes from a column is built anew with its type', async () => {
    const [finding] = await lintText('ALTER TABLE users ALTER COLUMN note TYPE varchar;', { given: DEPENDING, major: 18 });
    expect(finding?.what).toBe('The type of users.note changes, and users_low, users_some are built anew while nobody can use the table');
  });
});

test('a file is rewritten until nothing is left to rewrite, however much that is', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `t_${i}`);
  const schema = new Schema();
  const task = (text: string) => ({
    file: { path: 'x.sql', text, checksum: '' },
    migration: 'x',
    direction: 'up' as const,
    schema: schema.clone(),
  });
  await lintFile({ ...task(names.map((name) => `CREATE TABLE ${name} (id int);`).join('\n')), schema });
  schema.isPending = true;
  const { text, open } = await fixFile(task(names.map((name) => `ALTER TABLE ${name} ADD COLUMN n int;`).join('\n')), {
    baseline: new Set(),
    today: '2026-11-30',
  });
  expect([open, text.match(/-- part: transaction/g)?.length]).toEqual([[], 29]);
});

test('functions that call one another are followed once each', async () => {
  const functionOf = (i: number): string =>
    `CREATE FUNCTION f${i}() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${`PERFORM f${(i + 1) % 40}(); `.repeat(3)} ALTER TABLE users ALTER COLUMN email SET NOT NULL; END $$;`;
  const found = await tell(`${Array.from({ length: 40 }, (_, i) => functionOf(i)).join('\n')}\nSELECT f0();`);
  expect(found.filter((one) => one === 'set-not-null error')).toHaveLength(1);
});

test('a foreign key to its own table holds its key, unless it goes with the column', async () => {
  const given = 'CREATE TABLE nodes (id bigint PRIMARY KEY, up bigint REFERENCES nodes, code text UNIQUE REFERENCES nodes (code));';
  const rules = async (sql: string) => (await lintText(sql, { given })).map(({ rule }) => rule);
  expect(await rules('ALTER TABLE nodes DROP CONSTRAINT nodes_pkey;')).toContain('drop-key-in-use');
  expect(await rules('ALTER TABLE nodes DROP COLUMN id;')).toContain('drop-key-in-use');
  expect(await rules('ALTER TABLE nodes DROP COLUMN code;')).not.toContain('drop-key-in-use');
});
