import path from 'node:path';
import { expect, test } from 'vitest';
import { NO_LINKS } from '../../src/model/links.ts';
import type { Load, LoadedStatement, Rehearsal } from '../../src/model/rehearsal.ts';
import { hasPassed } from '../../src/model/rehearsal.ts';
import { rehearsalPage } from '../../src/report/html/rehearsal.ts';
import { rehearsalJson } from '../../src/report/json.ts';
import { rehearsalMarkdown } from '../../src/report/rehearsal-markdown.ts';
import { rehearsalText } from '../../src/report/rehearsal-text.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, pair, refusalOf, type Tree, variablesOf } from '../support/project.ts';
import { expectDocumented } from '../support/report-schema.ts';

const urlOf = ({ user, password, host, port, database }: TestDatabase): string =>
  `postgresql://${user}:${password}@${host}:${port}/${database}`;

const BASE = pair(
  '001_base',
  `CREATE TABLE users (id serial PRIMARY KEY, age int NOT NULL, name text NOT NULL, mail text UNIQUE);
CREATE TABLE orders (id serial PRIMARY KEY, user_id int NOT NULL, amount int);`,
  'DROP TABLE orders; DROP TABLE users;',
);
const MANY = 150_000;

const screenOf = (rehearsal: Rehearsal): string =>
  rehearsalText(rehearsal)
    .replace(/PostgreSQL \S+, \S+,/, 'PostgreSQL N, HERE,')
    .replaceAll(/\d[\d,]*(\.\d+)? (ms|s|MB)\b/g, 'N')
    .replaceAll(/(\S) {2,}/g, '$1   ')
    .replace('SELECT on', 'UPDATE on');

onOldestAndNewest('migrate:rehearse -- --load', ({ freshDatabase }) => {
  const rehearse = async (tree: Tree, { loadRows = 1_000, maxStallMs = 500, workload = '' } = {}) => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...BASE, ...tree }, { test: { maxStallMs } });
    const workloadFile = path.join(project.root, 'load.sql');
    if (workload !== '') await project.write({ 'load.sql': workload });
    const wish = { variables: { SCRATCH_URL: urlOf(database) }, loadRows, ...(workload !== '' && { workloadFile }) };
    const found = await project.rehearse(wish);
    expect(expectDocumented(rehearsalJson(found))).toEqual(['rehearsal']);
    expect(found.proofs.flatMap(({ findings }) => findings).filter(({ code }) => code !== 'stall')).toEqual([]);
    const loads = new Map(found.proofs.flatMap(({ name, load }) => (load ? [[name, load] as const] : [])));
    const loadOf = (name: string): Load => loads.get(name) ?? expect.fail(`${name} was not measured: ${rehearsalText(found)}`);
    const first = (name: string): LoadedStatement => loadOf(name).statements[0] ?? expect.fail(`${name} has no statement`);
    return { found, loadOf, first };
  };

  // How long others wait differs from run to run, and so does what they wait without any migration.
  test('measures what others wait for blocking forms, and not for those that let them carry on', {
    retry: 2,
    timeout: 240_000,
  }, async () => {
    const { first } = await rehearse(
      {
        ...pair('002_uuid', 'ALTER TABLE users ADD COLUMN key uuid DEFAULT gen_random_uuid();', 'ALTER TABLE users DROP COLUMN key;'),
        ...pair('003_bigint', 'ALTER TABLE users ALTER COLUMN age TYPE bigint;', 'ALTER TABLE users ALTER COLUMN age TYPE int;'),
        ...pair('004_index', 'CREATE INDEX users_name ON users (name);', 'DROP INDEX users_name;'),
        ...pair('005_fk', FK, 'ALTER TABLE orders DROP CONSTRAINT orders_user;'),
        ...pair('006_index', 'CREATE INDEX CONCURRENTLY users_name2 ON users (name);', 'DROP INDEX CONCURRENTLY users_name2;'),
        ...pair('007_drop', 'ALTER TABLE orders DROP CONSTRAINT orders_user;', FK),
        ...pair('008_fk', FK.replace(';', ' NOT VALID;'), 'ALTER TABLE orders DROP CONSTRAINT orders_user;'),
        ...pair(
          '009_valid',
          'ALTER TABLE orders VALIDATE CONSTRAINT orders_user;',
          `ALTER TABLE orders DROP CONSTRAINT orders_user; ${FK.replace(';', ' NOT VALID;')}`,
        ),
        ...pair('010_flag', 'ALTER TABLE users ADD COLUMN active boolean NOT NULL DEFAULT false;', 'ALTER TABLE users DROP COLUMN active;'),
      },
      { loadRows: MANY, maxStallMs: 600_000 },
    );
    const users = ['public.users', 'public.users_mail_key', 'public.users_pkey'];
    const seen = ['002_uuid', '003_bigint', '004_index', '005_fk', '006_index', '008_fk', '009_valid', '010_flag'].map((name) => {
      const { locks, rewritten } = first(name);
      return [name, locks.map(({ table, mode }) => `${mode} ${table}`), rewritten];
    });
    expect(seen).toEqual([
      ['002_uuid', ['AccessExclusive public.users'], users],
      ['003_bigint', ['AccessExclusive public.users'], users],
      ['004_index', ['Share public.users'], []],
      ['005_fk', ['ShareRowExclusive public.orders', 'ShareRowExclusive public.users'], []],
      ['006_index', ['ShareUpdateExclusive public.users'], []],
      ['008_fk', ['ShareRowExclusive public.orders', 'ShareRowExclusive public.users'], []],
      ['009_valid', ['ShareUpdateExclusive public.orders', 'RowShare public.users'], []],
      ['010_flag', ['AccessExclusive public.users'], []],
    ]);
    for (const name of ['002_uuid', '003_bigint', '004_index', '005_fk'])
      expect(first(name).writeStallMs, name).toBeGreaterThan(first(name).ms / 3);
    expect(first('002_uuid').readStallMs).toBeGreaterThan(first('002_uuid').ms / 3);
    expect(first('004_index').readStallMs).toBeLessThan(first('004_index').writeStallMs);
    expect(first('006_index').writeStallMs).toBeLessThan(first('004_index').writeStallMs);
    expect(first('008_fk').writeStallMs).toBeLessThan(first('005_fk').writeStallMs);
    expect(first('009_valid').writeStallMs).toBeLessThan(first('005_fk').writeStallMs);
    expect(first('010_flag').writeStallMs).toBeLessThan(first('002_uuid').writeStallMs);
    expect(first('002_uuid').walBytes).toBeGreaterThan(first('010_flag').walBytes);
    expect(first('002_uuid').blocked).toBeGreaterThan(0);
  });

  test('tells a lock that is held for a second as a wait of a second, and none as none', { retry: 2 }, async () => {
    const { found, loadOf } = await rehearse({
      ...pair('002_lock', '-- irreversible: a control\nLOCK TABLE users;\nSELECT pg_sleep(1);', '-- empty: nothing to undo'),
      ...pair(
        '003_none',
        '-- irreversible: a control\nLOCK TABLE users IN ACCESS SHARE MODE;\nSELECT pg_sleep(1);',
        '-- empty: nothing to undo',
      ),
    });
    const { statements, noiseMs, ms, writeStallMs, readStallMs } = loadOf('002_lock');
    for (const stall of [writeStallMs, readStallMs]) {
      expect(stall).toBeGreaterThan((statements[1]?.ms ?? 0) - noiseMs - 100);
      expect(stall).toBeLessThanOrEqual(ms);
    }
    expect(loadOf('003_none').writeStallMs).toBeLessThan(writeStallMs / 2);
    expect(hasPassed(found)).toBe(false);
    expect(screenOf(found)).toMatchInlineSnapshot(`
      "Rehearsed on PostgreSQL N, HERE, in N

        001_base   holds: applies in N; its rollback restores schema and rows, applied again it is the same
          Note: not measured under load: it touches no table that is there before it and has rows
          Note: not idempotent: after its first statement: line 1, CREATE TABLE: relation "users" already exists   (IF NOT EXISTS behind the kind of object)
        002_lock   FAILED
          under load (rows: orders 1,000, users 1,000); as long as no migration runs, the longest wait is N
            statement   took   strongest lock   rewritten   WAL   read waited   write waited
            2: LOCK TABLE   N   AccessExclusive users   -   N   N   N
            3: SELECT   N   AccessExclusive users   -   N   N   N
            in all   N   N   N
          UPDATE on public.users waited N for SELECT (AccessExclusive lock on public.users, N of WAL)
            db/migrations/002_lock.sql:3
          Next: do what takes long outside of the transaction that holds the lock; what may wait as long is maxStallMs in knexfile.ts
        003_none   holds: applies in N; irreversible, as it says (a control); may run twice
          under load (rows: orders 1,000, users 1,000); as long as no migration runs, the longest wait is N
            statement   took   strongest lock   rewritten   WAL   read waited   write waited
            2: LOCK TABLE   N   -   -   N   N   N
            3: SELECT   N   -   -   N   N   N
            in all   N   N   N

      002_lock does not hold; 2 of 3 migrations proved
      Next: npm run migrate:rehearse -- --load   when it is corrected
      "
    `);
  });

  test('measures code as a whole, and goes on behind what fails with many rows', async () => {
    const { found, loadOf } = await rehearse({
      ...pair('002_unique', 'CREATE UNIQUE INDEX users_age ON users (age);', 'DROP INDEX users_age;'),
      ...pair('003_few', FEW, '-- empty: nothing to undo'),
      'migrations/004_code.mjs': `export const up = (knex) => knex.raw('ALTER TABLE users ADD COLUMN code int; SELECT pg_sleep(0.5)');
export const down = (knex) => knex.raw('ALTER TABLE users DROP COLUMN code');`,
      ...pair(
        '005_name',
        'ALTER TABLE users DROP COLUMN name;',
        "-- lossy: names\nALTER TABLE users ADD COLUMN name text NOT NULL DEFAULT ''; ALTER TABLE users ALTER name DROP DEFAULT;",
      ),
    });
    expect(loadOf('002_unique').statements[0]?.locks).toEqual([{ table: 'public.users', mode: 'Share' }]);
    expect(found.proofs[2]?.notes).toEqual([
      'not measured under load: with so many rows it fails: db/migrations/003_few.sql failed: too many; nothing of it was kept',
    ]);
    expect(loadOf('004_code')).toMatchObject({
      tables: [
        { table: 'public.orders', rows: 1_000 },
        { table: 'public.users', rows: 1_000 },
      ],
      statements: [{ what: 'its code', locks: [{ table: 'public.users', mode: 'AccessExclusive' }] }],
    });
    expect(found.proofs[4]?.notes).toContain('others fail meanwhile: UPDATE on public.users: column "name" does not exist');
  });

  test('counts what a statement wrote into temporary files, and shows it where there is any', async () => {
    const made = "COMMENT ON TABLE users IS 'x';\nSET maintenance_work_mem = '1MB';\nCREATE INDEX users_name ON users (name);";
    const { found, loadOf } = await rehearse(pair('002_index', made, 'DROP INDEX users_name; COMMENT ON TABLE users IS NULL;'), {
      loadRows: 80_000,
    });
    const [comment, , index] = loadOf('002_index').statements;
    expect(comment).not.toHaveProperty('tempBytes');
    expect(index?.tempBytes).toBeGreaterThan(1_000_000);
    for (const shown of [rehearsalText(found), rehearsalMarkdown(found), rehearsalPage(found, { text: '', links: NO_LINKS })])
      expect(shown).toContain('temporary');
  });

  const LOCK = pair('002_lock', '-- irreversible: a control\nLOCK TABLE users;\nSELECT pg_sleep(1);', '-- empty: nothing to undo');

  test('estimates what it takes on the rows of the environment, from two sizes', { retry: 2 }, async () => {
    const database = await freshDatabase();
    const project = await createProject(database, BASE, { staging: { lint: 'off', maxStallMs: 60_000 } });
    expect((await project.apply({ env: 'staging' })).exitCode).toBe(0);
    await database.query('INSERT INTO users (age, name) SELECT i, i FROM generate_series(1, 5000) i; ANALYZE users');
    const slow = 'LOCK TABLE users IN SHARE MODE;\nSELECT pg_sleep((SELECT count(*) / 2000.0 FROM users));\nSELECT pg_sleep(0.1);';
    await project.write(pair('002_slow', `-- irreversible: a control\n${slow}`, '-- empty: nothing to undo'));
    const rehearsed = (variables = {}) =>
      project.rehearse({
        variables: { ...variablesOf(database), SCRATCH_URL: urlOf(database), ...variables },
        env: 'staging',
        loadRows: 1_000,
        all: true,
      });
    const found = await rehearsed();
    expect(expectDocumented(rehearsalJson(found))).toEqual(['rehearsal']);
    const [, grows, stays] = found.proofs[1]?.load?.statements ?? [];
    expect(grows?.estimate).toMatchObject({ of: 'staging', rows: 5000, from: [250, 1000] });
    expect((grows?.estimate as { ms?: number } | undefined)?.ms).toBeGreaterThan(2 * (grows?.ms ?? 0));
    expect(stays).not.toHaveProperty('estimate');
    for (const shown of [rehearsalText(found), rehearsalMarkdown(found)]) expect(shown).toContain("estimate for staging's 5,000 rows: ");
    const { notes } = await rehearsed({ DB_NAME: 'nowhere_at_all' });
    expect(notes).toEqual([expect.stringMatching(/^no estimate for staging: /)]);
  });

  test("runs the application's own statements, and tells by what they do whether they write", { retry: 2 }, async () => {
    const { found, loadOf } = await rehearse(LOCK, { workload: SHOP });
    const { waits, readStallMs, writeStallMs, tables } = loadOf('002_lock');
    const kinds = new Map(waits.map(({ what, kind }) => [what, kind]));
    expect(kinds.get('"read a user"')).toBe('read');
    expect(kinds.get('"SELECT that locks"') ?? 'write').toBe('write');
    expect(Math.min(readStallMs, writeStallMs)).toBeGreaterThan(500);
    expect(tables.map(({ table }) => table)).toEqual(['public.orders', 'public.users']);
    expect(found.proofs[1]?.notes.map((note) => note.replace(/\(.*load\.sql/, '(load.sql'))).toEqual([
      '"later" is left out of the load: relation "invoices" does not exist (load.sql:10:15)',
      '"by an invoice" is left out of the load: relation "invoices" does not exist (load.sql:12:23)',
      '"by nobody" is left out of the load: no row gives its parameters a value (load.sql:15:8)',
    ]);
    expect(found.proofs[1]?.findings[0]?.what).toMatch(
      /^"(read a user|SELECT that locks)" waited [\d,]+ ms for SELECT \(AccessExclusive lock on public.users/,
    );
  });

  test('names what of a workload could never run, and where it stands', async () => {
    const sent = async (workload: string) => (await refusalOf(rehearse(LOCK, { workload }))).replace(/\S*load\.sql/, 'load.sql');
    expect(await sent("SELECT 1;\nSELECT * FROM users WHERE name = 1 + 'a';")).toMatchInlineSnapshot(`
      ""the statement of line 2" of the workload fails: invalid input syntax for type integer: "a"
        load.sql:2:38
        2 │ SELECT * FROM users WHERE name = 1 + 'a';
          │                                      ^
        Next: correct the statement and run the command again"
    `);
    expect(await sent('-- name: two\n-- $1: SELECT id, age FROM users\nSELECT $1::int;')).toMatchInlineSnapshot(`
      "This SELECT gives 2 values a row, and 1 is wanted
        load.sql:2:8
        2 │ -- $1: SELECT id, age FROM users
          │        ^
        Next: write -- $1, $2: SELECT …   or select as many as there are parameters"
    `);
    const { found } = await rehearse(LOCK, { workload: 'SELECT * FROM nowhere;' });
    expect(found.proofs[1]?.notes[0]).toMatch(
      /^not measured under load: no statement of .*load.sql runs before it; "the statement of line 1" is left out of the load: relation "nowhere" does not exist/,
    );
  });
});

const SHOP = `-- name: read a user
-- $1: SELECT id FROM users
SELECT * FROM users WHERE id = $1;
-- name: SELECT that locks
-- $1, $2: SELECT id, age FROM users
SELECT * FROM users WHERE id = $1 AND age = $2 FOR UPDATE;
-- name: of another table
SELECT count(*) FROM orders WHERE id < 10;
-- name: later
SELECT * FROM invoices;
-- name: by an invoice
-- $1: SELECT id FROM invoices
SELECT $1::int;
-- name: by nobody
-- $1: SELECT id FROM users WHERE false
SELECT $1::int;
`;
const FEW = `DO $$ BEGIN IF (SELECT count(*) FROM users) > 10 THEN RAISE EXCEPTION 'too many'; END IF; END $$;`;
const FK = 'ALTER TABLE orders ADD CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id);';
