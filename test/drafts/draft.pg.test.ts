// What a migration did, and the draft of its rollback: the rehearsal, which has rows in the tables, is the judge.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, down, pair, refusalOf, up } from '../support/project.ts';

const BELOW = `CREATE TABLE users (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, age int DEFAULT 18 CHECK (age > 0), note text, city text NOT NULL);
  CREATE INDEX users_name ON users (lower(name)) WHERE age > 20; COMMENT ON COLUMN users.note IS 'anything';
  CREATE TABLE orders (id serial PRIMARY KEY, buyer int NOT NULL REFERENCES users ON DELETE CASCADE, total numeric(10, 2) DEFAULT 0);
  CREATE VIEW adults AS SELECT id, name, age FROM users WHERE age >= 18; CREATE VIEW old AS SELECT * FROM adults WHERE age > 60; GRANT SELECT ON adults TO PUBLIC;
  CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE days (d date PRIMARY KEY, m mood DEFAULT 'ok');
  CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n * 2'; COMMENT ON FUNCTION twice IS 'two times'; REVOKE EXECUTE ON FUNCTION twice FROM PUBLIC;
  CREATE DOMAIN positive AS int CONSTRAINT positive_check CHECK (VALUE > 0);
  CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER stamp BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION stamp(); CREATE RULE r AS ON DELETE TO orders DO ALSO NOTIFY gone;
  CREATE TABLE logs (at date NOT NULL, what text) PARTITION BY RANGE (at); CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');`;

interface Case {
  readonly what: string;
  readonly sql: string;
  /** Lines that the draft has. */
  readonly has: readonly string[];
  readonly hasNot?: readonly RegExp[];
  /** It brings back neither schema nor rows alone. */
  readonly isLossy?: true;
  /** What the rehearsal finds before somebody has written the rest. */
  readonly finds?: string;
}

const CASES: readonly Case[] = [
  {
    what: 'a new table',
    sql: 'CREATE TABLE t (id serial PRIMARY KEY, u int REFERENCES users); CREATE INDEX ON t (u);',
    has: ['DROP TABLE public.t; -- exact'],
    hasNot: [/DROP INDEX|SEQUENCE/],
  },
  {
    what: 'a renamed table',
    sql: 'ALTER TABLE users RENAME TO people;',
    has: ['ALTER TABLE public.people RENAME TO users; -- exact'],
    hasNot: [/DROP|CREATE/],
  },
  {
    what: 'a renamed column',
    sql: 'ALTER TABLE users RENAME note TO remark;',
    has: ['ALTER TABLE public.users RENAME COLUMN remark TO note; -- exact'],
  },
  {
    what: 'two names that changed places',
    sql: 'ALTER TABLE users RENAME note TO x; ALTER TABLE users RENAME name TO note; ALTER TABLE users RENAME x TO name;',
    has: ['RENAME COLUMN'],
    hasNot: [/DROP|ADD/],
  },
  {
    what: 'what was there already',
    sql: 'CREATE TABLE IF NOT EXISTS orders (id int); ALTER TABLE users ADD COLUMN IF NOT EXISTS note text; CREATE INDEX IF NOT EXISTS users_name ON users (id);',
    has: [],
    hasNot: [/DROP|ALTER/],
  },
  {
    what: 'a constraint and an index without names',
    sql: 'ALTER TABLE users ADD UNIQUE (name), ADD CHECK (age < 200); CREATE INDEX ON orders (total);',
    has: [
      'DROP CONSTRAINT users_name_key; -- exact',
      'DROP CONSTRAINT users_age_check1; -- exact',
      'DROP INDEX public.orders_total_idx; -- exact',
    ],
  },
  {
    what: 'a default, a NOT NULL and a type',
    sql: `ALTER TABLE orders ALTER total DROP DEFAULT, ALTER total SET NOT NULL; ALTER TABLE orders ALTER total TYPE numeric(12, 3);`,
    has: ['ALTER COLUMN total SET DEFAULT 0; -- exact', 'ALTER COLUMN total DROP NOT NULL; -- exact'],
  },
  {
    what: 'a view that others read',
    sql: 'DROP VIEW old; DROP VIEW adults; CREATE VIEW adults AS SELECT id FROM users;',
    has: ['GRANT SELECT ON TABLE public.adults TO PUBLIC; -- exact'],
  },
  {
    what: 'a function with rights and a comment',
    sql: 'DROP FUNCTION twice; CREATE FUNCTION twice(n bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT n + n $$;',
    has: [
      "COMMENT ON ROUTINE public.twice(integer) IS 'two times'; -- exact",
      'REVOKE EXECUTE ON ROUTINE public.twice(integer) FROM PUBLIC; -- exact',
    ],
  },
  {
    what: 'a label of an enum',
    sql: `ALTER TYPE mood ADD VALUE 'glad';`,
    has: ['DROP TYPE public.mood_aside; -- exact', `fails, and changes nothing, as long as a row holds 'glad'`],
  },
  {
    what: 'partitions',
    sql: `ALTER TABLE logs DETACH PARTITION logs_old; CREATE TABLE logs_new PARTITION OF logs FOR VALUES FROM ('2020-01-01') TO ('2030-01-01'); CREATE INDEX ON logs (what);`,
    has: ['DROP TABLE public.logs_new; -- exact', 'ATTACH PARTITION'],
  },
  {
    what: 'a dropped column',
    sql: 'ALTER TABLE users DROP note;',
    has: [
      '-- lossy: the values of public.users.note are not brought back',
      'ALTER TABLE public.users ADD COLUMN note text; -- structure only',
      "COMMENT ON COLUMN public.users.note IS 'anything'; -- exact",
    ],
    isLossy: true,
  },
  {
    what: 'a dropped column that is NOT NULL',
    sql: 'ALTER TABLE users DROP city;',
    has: ["ADD COLUMN city text DEFAULT '' NOT NULL; -- LOSSY", 'ALTER COLUMN city DROP DEFAULT'],
    isLossy: true,
  },
  {
    what: 'a dropped table',
    sql: 'DROP TABLE orders;',
    has: [
      '-- lossy: the rows of public.orders are not brought back',
      'CREATE TABLE public.orders',
      'FOREIGN KEY (buyer) REFERENCES public.users(id) ON DELETE CASCADE; -- exact',
    ],
    isLossy: true,
  },
  {
    what: 'a sequence whose numbers stay',
    sql: 'ALTER TABLE orders ALTER id DROP DEFAULT; DROP SEQUENCE orders_id_seq; ALTER TABLE users ALTER id DROP IDENTITY;',
    has: ['pg_catalog.setval(', 'ADD GENERATED ALWAYS AS IDENTITY; -- exact'],
  },
  {
    what: 'rows that were changed',
    sql: `UPDATE users SET note = 'x'; ALTER TABLE users ADD seen boolean; UPDATE users SET seen = true; DELETE FROM orders WHERE total > 1;`,
    has: [
      '-- LOSSY: db/migrations/002_it.sql:1: UPDATE',
      'DELETE FROM: it took rows',
      'ALTER TABLE public.users DROP COLUMN seen; -- exact',
    ],
    isLossy: true,
  },
  {
    what: 'rows that were added',
    sql: `INSERT INTO days SELECT '2001-01-01', 'ok';`,
    has: ['-- MANUAL: db/migrations/002_it.sql:1: INSERT INTO: delete here what it added to days'],
    isLossy: true,
    finds: 'rollback-failed',
  },
  {
    what: 'a dropped column whose values nobody can make up',
    sql: 'ALTER TABLE orders DROP buyer;',
    has: [
      '-- lossy:',
      '-- MANUAL: foreign key public.orders.orders_buyer_fkey: insert or update on table "orders" violates foreign key constraint',
      '--   - constraint public.orders.orders_buyer_fkey',
    ],
    isLossy: true,
    finds: 'rollback-differs',
  },
  {
    what: 'a trigger that was switched off, and a rule',
    sql: 'ALTER TABLE users DISABLE TRIGGER stamp; DROP RULE r ON orders;',
    has: ['CREATE TRIGGER stamp', 'CREATE RULE r AS'],
  },
  {
    what: 'a table in another schema',
    sql: 'CREATE SCHEMA app; ALTER TABLE days SET SCHEMA app; ALTER TYPE mood SET SCHEMA app; ALTER DOMAIN positive DROP CONSTRAINT positive_check; ALTER DOMAIN positive SET DEFAULT 1;',
    has: [
      'ALTER TABLE app.days SET SCHEMA public; -- exact',
      'ALTER TYPE app.mood SET SCHEMA public; -- exact',
      'DROP SCHEMA app; -- exact',
      'ALTER DOMAIN public.positive DROP DEFAULT; -- exact',
    ],
  },
  {
    what: 'a key that others refer to',
    sql: 'ALTER TABLE orders DROP CONSTRAINT orders_buyer_fkey; ALTER TABLE users DROP CONSTRAINT users_pkey; ALTER TABLE users ADD PRIMARY KEY (id, name);',
    has: ['ADD CONSTRAINT users_pkey PRIMARY KEY (id); -- exact'],
  },
  {
    what: 'row security',
    sql: 'ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON users USING (age > 1); ALTER TABLE orders REPLICA IDENTITY FULL, SET (fillfactor = 70);',
    has: ['DROP POLICY p ON public.users; -- exact', 'DISABLE ROW LEVEL SECURITY; -- exact', 'RESET (fillfactor); -- exact'],
  },
];

const urlOf = ({ user, password, host, port, database }: TestDatabase): string =>
  `postgresql://${user}:${password}@${host}:${port}/${database}`;

onOldestAndNewest('a draft of the rollback', ({ freshDatabase, major }) => {
  async function draft(sql: string) {
    const database = await freshDatabase();
    const variables = { SCRATCH_URL: urlOf(database) };
    const project = await createProject(database, { ...pair('001_below', BELOW, '-- irreversible: the first'), [up('002_it')]: sql });
    const notes: string[] = [];
    const emit = (event: Event): void => {
      if (event.type === 'note') notes.push(event.text);
    };
    await project.make({ rollback: '002' }, { variables, emit });
    const text = readFileSync(path.join(project.root, down('002_it')), 'utf8');
    const rehearse = () => project.rehearse({ only: ['002'], variables });
    return { project, text, notes, rehearse, variables };
  }

  test.each(CASES)('brings back $what', { timeout: 60_000 }, async ({ sql, has, hasNot = [], isLossy = false, finds }) => {
    const { text, rehearse } = await draft(sql);
    const lines = text.split('\n').slice(3).join('\n');
    for (const one of has) expect(text).toContain(one);
    for (const one of hasNot) expect(lines).not.toMatch(one);
    expect(text.includes('-- lossy:')).toBe(isLossy);
    expect((await rehearse()).proofs.flatMap(({ findings }) => findings.map(({ code }) => code))).toEqual(finds ? [finds] : []);
  });

  test('says what it is, and is never written over what is there', async () => {
    const { project, text, notes, variables } = await draft('ALTER TABLE users RENAME note TO remark;');
    expect(text.replace(/PostgreSQL \d+/, 'PostgreSQL N')).toMatchInlineSnapshot(`
      "-- Rollback for: 002_it
      -- A draft, written from the schema before and after it on PostgreSQL N, and run there.
      -- Read it, then prove it: npm run migrate:rehearse -- 002

      BEGIN;

      ALTER TABLE public.users RENAME COLUMN remark TO note; -- exact

      COMMIT;
      "
    `);
    expect(notes.at(-1)).toContain('brings back schema and rows');
    expect(await refusalOf(project.make({ rollback: '002' }, { variables }))).toMatchInlineSnapshot(`
      "002_it has a rollback: db/migrations/rollbacks/002_it.sql
        db/migrations/rollbacks/002_it.sql
        Next: open db/migrations/rollbacks/002_it.sql"
    `);
    expect(readFileSync(path.join(project.root, down('002_it')), 'utf8')).toBe(text);
  });

  test.skipIf(major < 18)('is what docs/drafts.md shows', async () => {
    const { text } = await draft("ALTER TABLE users RENAME note TO remark; ALTER TABLE users DROP city; ALTER TYPE mood ADD VALUE 'glad';");
    expect(readFileSync(path.resolve(import.meta.dirname, '../../docs/drafts.md'), 'utf8')).toContain(text);
  });
});
