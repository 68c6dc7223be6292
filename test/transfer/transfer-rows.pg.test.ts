import { expect, onTestFinished, test } from 'vitest';
import type { ConnectionSettings } from '../../src/model/environment.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { type TransferWish, transferRows } from '../../src/transfer/transfer-rows.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { refusalOf } from '../support/project.ts';

const settingsOf = ({ host, port, user, password, database }: TestDatabase): ConnectionSettings => ({
  host,
  port,
  user,
  password,
  database,
  schema: 'public',
  schemaIsChosen: false,
  tls: 'disable',
  embedded: false,
});

const SHOP = `CREATE TABLE countries (code char(2) PRIMARY KEY, name text);
CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL, country char(2) NOT NULL REFERENCES countries);
CREATE TABLE teams (id int PRIMARY KEY, lead int);
CREATE TABLE users (id int PRIMARY KEY, tenant int NOT NULL REFERENCES tenants ON DELETE CASCADE, mail text UNIQUE, boss int REFERENCES users, team int REFERENCES teams, country char(2) NOT NULL REFERENCES countries);
ALTER TABLE teams ADD FOREIGN KEY (lead) REFERENCES users DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE orders (tenant int, no int, buyer int NOT NULL REFERENCES users ON DELETE CASCADE, at date NOT NULL, PRIMARY KEY (tenant, no, at)) PARTITION BY RANGE (at);
CREATE TABLE orders_a PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE orders_b PARTITION OF orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE lines (id int, tenant int, no int, at date, text text, FOREIGN KEY (tenant, no, at) REFERENCES orders ON DELETE CASCADE);
CREATE TABLE loose (n int);`;

const ROWS = `INSERT INTO countries SELECT chr(65 + i) || 'X', 'land ' || i FROM generate_series(0, 9) i;
INSERT INTO tenants SELECT i, 'tenant ' || i, chr(65 + i % 10) || 'X' FROM generate_series(1, 100) i;
INSERT INTO teams SELECT i FROM generate_series(1, 50) i;
INSERT INTO users SELECT i, i % 100 + 1, 'user' || i || '@example.org', NULL, nullif(i % 51, 0), chr(65 + i % 10) || 'X' FROM generate_series(1, 5000) i;
UPDATE users SET boss = 5001 - id WHERE id % 7 = 0; UPDATE users SET boss = id WHERE id % 101 = 0;
UPDATE teams SET lead = id * 90;
INSERT INTO orders SELECT i % 100 + 1, i, i % 5000 + 1, date '2024-01-01' + i % 730 FROM generate_series(1, 10000) i;
INSERT INTO lines SELECT i, o.tenant, o.no, o.at, 'line' FROM generate_series(1, 2) i, orders o;
INSERT INTO lines (id) VALUES (-1); INSERT INTO loose SELECT generate_series(1, 40); ANALYZE`;

const TABLES = ['countries', 'tenants', 'teams', 'users', 'orders', 'lines', 'loose'];

onOldestAndNewest('rows that go into a scratch database', ({ freshDatabase }) => {
  const both = async (schema: string, rows: string) => {
    const [source, scratch] = [await freshDatabase(), await freshDatabase()];
    await source.query(schema);
    await source.query(rows);
    await scratch.query(schema);
    const transfer = (wish: Partial<TransferWish> = {}) =>
      transferRows({
        source: settingsOf(source),
        scratch: { settings: settingsOf(scratch), prefix: scratch.database },
        isOurs: () => false,
        mask: [],
        maskKey: Buffer.alloc(32, 1),
        signal: new AbortController().signal,
        onRows: () => {},
        ...wish,
      });
    return { source, scratch, transfer };
  };
  const digest = async (database: TestDatabase, tables: readonly string[]) =>
    Promise.all(
      tables.map(async (name) => {
        const [row] = await database.query(
          `SELECT count(*)::int AS n, md5(string_agg(t::text, '|' ORDER BY t::text)) AS digest FROM ${name} t`,
        );
        return [name, row?.['n'], row?.['digest']];
      }),
    );
  /** Foreign keys are looked at one by one: rows came while they were put aside. */
  const brokenKeys = async (database: TestDatabase) => {
    const keys = await database.query(
      "SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(conname) || ', ADD ' || pg_get_constraintdef(oid) AS sql FROM pg_constraint WHERE contype = 'f' AND conparentid = 0",
    );
    expect(keys.length).toBeGreaterThan(5);
    const broken: string[] = [];
    for (const { sql } of keys) await database.query(String(sql)).catch((error: unknown) => broken.push((error as Error).message));
    return broken;
  };

  test('are the same, with cycles, self references and partitions', async () => {
    const { source, scratch, transfer } = await both(SHOP, ROWS);
    const seen: number[] = [];
    const done = await transfer({ onRows: (rows) => seen.push(rows) });
    expect(done).toMatchObject({ tables: 7, rows: 35_201, missing: [], masked: [] });
    expect(seen.at(-1)).toBe(35_201);
    expect(await digest(scratch, TABLES)).toEqual(await digest(source, TABLES));
    expect(await brokenKeys(scratch)).toEqual([]);
  });

  test('a sample keeps every foreign key, takes along what belongs to it, and is the same under the same seed', async () => {
    const { source, scratch, transfer } = await both(SHOP, ROWS);
    const done = await transfer({ sample: { percent: 5, seed: 7 } });
    const first = await digest(scratch, TABLES);
    expect(done).toMatchObject({ tables: 7, missing: [] });
    const counts = Object.fromEntries(first.map(([name, n]) => [String(name), Number(n)]));
    expect(counts).toMatchObject({ loose: 2 });
    // One of a hundred, of hundreds, of thousands, and what those refer to besides.
    expect(counts['users']).toBeLessThan(1500);
    expect(counts['orders']).toBeLessThan(2000);
    expect(await scratch.query('SELECT count(DISTINCT buyer)::int AS n FROM orders')).not.toEqual([{ n: 0 }]);
    expect(await brokenKeys(scratch)).toEqual([]);
    // Of a tenant that was chosen all users are there, of these all orders, of these all lines.
    const whole = await tenantsThatAreWhole(source, scratch);
    expect(whole.length).toBeGreaterThanOrEqual(1);
    await transfer({ sample: { percent: 5, seed: 7 } });
    expect(await digest(scratch, TABLES)).toEqual(first);
    await transfer({ sample: { percent: 5, seed: 8 } });
    expect(await digest(scratch, TABLES)).not.toEqual(first);
  });

  test('a list that everything refers to chooses nothing', async () => {
    const schema = `CREATE TABLE plans (id int PRIMARY KEY); CREATE TABLE tenants (id int PRIMARY KEY, plan int NOT NULL REFERENCES plans);
      CREATE TABLE users (id int PRIMARY KEY, tenant int NOT NULL REFERENCES tenants, plan int NOT NULL REFERENCES plans)`;
    const rows = `INSERT INTO plans SELECT generate_series(1, 4); INSERT INTO tenants SELECT i, i % 4 + 1 FROM generate_series(1, 200) i;
      INSERT INTO users SELECT i, i % 200 + 1, i % 4 + 1 FROM generate_series(1, 4000) i`;
    const { scratch, transfer } = await both(schema, rows);
    await transfer({ sample: { percent: 2, seed: 0 } });
    expect(
      await scratch.query('SELECT (SELECT count(*)::int FROM tenants) AS tenants, (SELECT count(*)::int FROM users) AS users'),
    ).toEqual([{ tenants: 4, users: 80 }]);
  });

  const tenantsThatAreWhole = async (source: TestDatabase, scratch: TestDatabase) => {
    const sql = `SELECT t.id, (SELECT count(*)::int FROM users u WHERE u.tenant = t.id) AS users,
      (SELECT count(*)::int FROM orders o JOIN users u ON u.id = o.buyer WHERE u.tenant = t.id) AS orders,
      (SELECT count(*)::int FROM lines l JOIN orders o USING (tenant, no, at) JOIN users u ON u.id = o.buyer WHERE u.tenant = t.id) AS lines FROM tenants t ORDER BY 1`;
    const all = new Map((await source.query(sql)).map((row) => [row['id'], JSON.stringify(row)]));
    return (await scratch.query(sql)).filter((row) => all.get(row['id']) === JSON.stringify(row));
  };

  test('odd names, keys and kinds of tables come as they are', async () => {
    const schema = `CREATE SCHEMA "My Shop"; CREATE DOMAIN "My Shop".mail AS text CHECK (VALUE LIKE '%@%');
      CREATE TABLE "My Shop"."Us""ers" ("I d" int, "Ar.t" char(3), gone int, "E mail" "My Shop".mail, tags text[], raw bytea, doc jsonb, PRIMARY KEY ("I d", "Ar.t"));
      ALTER TABLE "My Shop"."Us""ers" DROP gone;
      CREATE TABLE "order" ("select" int, "from" char(3), FOREIGN KEY ("select", "from") REFERENCES "My Shop"."Us""ers" MATCH FULL);
      CREATE TABLE nothing (); CREATE UNLOGGED TABLE quick (n numeric, at timestamptz, f float8);
      CREATE TABLE old (n int); CREATE TABLE young (m int) INHERITS (old);
      CREATE TABLE "knot a" (id int PRIMARY KEY, b int); CREATE TABLE "knot b" (id int PRIMARY KEY, a int NOT NULL REFERENCES "knot a" ON DELETE CASCADE);
      ALTER TABLE "knot a" ADD FOREIGN KEY (b) REFERENCES "knot b" ON DELETE CASCADE`;
    const rows = `INSERT INTO "My Shop"."Us""ers" SELECT i, 'a', 'x' || i || '@y.org', ARRAY['a,b', NULL, 'NULL', E'q"\\\\'], '\\x00ff', '{"a": "\\t\\\\"}' FROM generate_series(1, 50) i;
      INSERT INTO "order" SELECT i, 'a' FROM generate_series(1, 50) i; INSERT INTO "order" VALUES (NULL, NULL); INSERT INTO nothing SELECT FROM generate_series(1, 3);
      INSERT INTO quick VALUES ('NaN', 'infinity', '-Infinity'), (1e30, '0044-03-15 BC', 0.1); INSERT INTO old VALUES (1); INSERT INTO young VALUES (2, 3);
      INSERT INTO "knot a" SELECT i FROM generate_series(1, 30) i; INSERT INTO "knot b" SELECT i, i FROM generate_series(1, 30) i; UPDATE "knot a" SET b = 31 - id; ANALYZE`;
    const names = ['"My Shop"."Us""ers"', '"order"', 'nothing', 'quick', 'ONLY old', 'young', '"knot a"', '"knot b"'];
    const { source, scratch, transfer } = await both(schema, rows);
    expect(await transfer()).toMatchObject({ tables: 8, rows: 168, missing: [] });
    expect(await digest(scratch, names)).toEqual(await digest(source, names));
    const done = await transfer({ sample: { percent: 10, seed: 3 }, mask: ['"My Shop"."Us""ers"."E mail"', 'order.from'] });
    expect([...done.masked].sort()).toEqual(['"My Shop"."Us""ers"."Ar.t"', '"My Shop"."Us""ers"."E mail"', 'public."order".from']);
    expect(done.missing).toEqual([]);
    expect(
      await scratch.query(
        'SELECT count(*)::int AS n FROM "order" o JOIN "My Shop"."Us""ers" u ON (u."I d", u."Ar.t") = (o."select", o."from") WHERE "E mail" ~ \'^[a-z][0-9]+@[a-z][.][a-z]{3}$\'',
      ),
    ).toEqual([{ n: 5 }]);
    expect(
      await scratch.query('SELECT count(*)::int AS n FROM "knot a" x WHERE NOT EXISTS (SELECT FROM "knot b" y WHERE y.id = x.b)'),
    ).toEqual([{ n: 0 }]);
    expect(
      await scratch.query('SELECT count(*)::int AS n FROM "knot b" x WHERE NOT EXISTS (SELECT FROM "knot a" y WHERE y.id = x.a)'),
    ).toEqual([{ n: 0 }]);
  });

  test.for(['a superuser', 'an owner'])('what was put aside by %s is back as it was', async (who) => {
    const schema = `${SHOP}
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fired'; END $$;
      CREATE TRIGGER one BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse(); CREATE TRIGGER two BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE users ENABLE ALWAYS TRIGGER two;
      CREATE TRIGGER three BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE users ENABLE REPLICA TRIGGER three;
      CREATE TRIGGER four BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE users DISABLE TRIGGER four;
      CREATE TRIGGER five BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse(); ALTER TABLE orders_b ENABLE ALWAYS TRIGGER five;
      CREATE TRIGGER six AFTER TRUNCATE ON loose FOR EACH STATEMENT EXECUTE FUNCTION refuse();
      ALTER TABLE loose ADD CONSTRAINT unchecked FOREIGN KEY (n) REFERENCES users NOT VALID; COMMENT ON CONSTRAINT unchecked ON loose IS 'some day'`;
    const [source, scratch] = [await freshDatabase(), await freshDatabase()];
    await source.query(SHOP);
    await source.query(ROWS);
    const role = `owner_${scratch.database}`;
    const isOwner = who === 'an owner';
    const settings = { ...settingsOf(scratch), ...(isOwner && { user: role, password: 'owning' }) };
    await scratch.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'owning'; ALTER DATABASE ${scratch.database} OWNER TO ${role}; GRANT ALL ON SCHEMA public TO ${role}; ${isOwner ? `SET ROLE ${role};` : ''} ${schema}`,
    );
    onTestFinished(
      async () => void (await scratch.query(`REASSIGN OWNED BY ${role} TO postgres; DROP OWNED BY ${role}; DROP ROLE ${role}`)),
    );
    const client = await scratch.connect();
    const before = await takeSnapshot(client);
    const done = await transferRows({
      source: settingsOf(source),
      scratch: { settings, prefix: scratch.database },
      isOurs: () => false,
      mask: [],
      maskKey: Buffer.alloc(32),
      signal: new AbortController().signal,
      onRows: () => {},
    });
    expect(done).toMatchObject({ rows: 35_201, missing: [] });
    expect(compareSnapshots(before, await takeSnapshot(client))).toEqual([]);
    expect(await digest(scratch, TABLES)).toEqual(await digest(source, TABLES));
  });

  test('masked values keep form, uniqueness and the keys between tables, and the old ones are nowhere', async () => {
    const schema = `CREATE TABLE people (mail varchar(30) PRIMARY KEY CHECK (mail LIKE '%@%'), phone text, born int, loud text GENERATED ALWAYS AS (upper(mail)) STORED);
      CREATE UNIQUE INDEX people_lower ON people (lower(mail));
      CREATE TABLE letters (id int, "To" varchar(30) REFERENCES people, body text)`;
    const rows = `INSERT INTO people (mail, phone, born) SELECT 'Person' || i || '@example.org', nullif('+49 30 ' || i, '+49 30 7'), 1900 + i % 100 FROM generate_series(1, 2000) i;
      INSERT INTO letters SELECT i, 'Person' || i || '@example.org', E'dear\\tall\\\\' FROM generate_series(1, 2000) i`;
    const { source, scratch, transfer } = await both(schema, rows);
    const done = await transfer({ mask: ['people.mail', 'public.people.phone'] });
    expect([...done.masked].sort()).toEqual(['public.letters."To"', 'public.people.mail', 'public.people.phone']);
    expect(done).toMatchObject({ rows: 4000, missing: [] });
    const [check] = await scratch.query(
      `SELECT count(*)::int AS n, count(DISTINCT lower(mail))::int AS different, bool_and(mail ~ '^[A-Z][a-z]{5}[0-9]+@[a-z]{7}[.][a-z]{3}$') AS mail, count(phone)::int AS phones,
        bool_and(phone ~ '^[+][0-9]{2} [0-9]{2} [0-9]+$') AS phone, bool_and(loud = upper(mail)) AS loud FROM people`,
    );
    expect(check).toEqual({ n: 2000, different: 2000, mail: true, phones: 1999, phone: true, loud: true });
    expect(await scratch.query('SELECT count(*)::int AS n FROM letters l JOIN people p ON p.mail = l."To"')).toEqual([{ n: 2000 }]);
    const old = new Set((await source.query('SELECT mail FROM people')).map(({ mail }) => mail));
    expect((await scratch.query('SELECT mail FROM people')).filter(({ mail }) => old.has(mail))).toEqual([]);
    expect(await scratch.query("SELECT count(*)::int AS n FROM letters WHERE body = E'dear\\tall\\\\'")).toEqual([{ n: 2000 }]);
  });

  test('masks that cannot be are refused', async () => {
    const schema = `CREATE TABLE people (id int PRIMARY KEY, mail text CHECK (mail LIKE '%@example.org'), born date, "odd.name" text); CREATE SCHEMA b; CREATE TABLE b.people (id int)`;
    const { transfer } = await both(schema, "INSERT INTO people VALUES (1, 'a@example.org', '1970-01-01', 'x')");
    const told = async (mask: string) => refusalOf(transfer({ mask: [mask] }));
    expect(await told('public.people.mail')).toMatchInlineSnapshot(`
      "Masked rows of public.people are refused (mail): new row for relation "people" violates check constraint "people_mail_check"
        Next: leave out of --mask what that constraint is about; nothing is left of the copy"
    `);
    expect(await told('public.people.born')).toMatchInlineSnapshot(`
      "public.people.born cannot be masked: it is date, and texts, whole numbers, numeric and uuid can; nothing was copied
        Next: leave it out of --mask, or rehearse without real data"
    `);
    expect(await told('people.mail')).toMatchInlineSnapshot(`
      "--mask people.mail names no column of one table that is copied
        Next: write it as TABLE.COLUMN or SCHEMA.TABLE.COLUMN; tables: b.people, public.people"
    `);
    expect(await told('b.people.mail')).toMatchInlineSnapshot(`
      "There is no column to mask that is called b.people.mail
        Next: b.people has id"
    `);
    expect(await told('mail')).toMatchInlineSnapshot(`
      "--mask mail names no column of one table that is copied
        Next: write it as TABLE.COLUMN or SCHEMA.TABLE.COLUMN; tables: b.people, public.people"
    `);
    expect((await transfer({ mask: ['public.people."odd.name"'] })).masked).toEqual(['public.people."odd.name"']);
  });

  test('go into no database but a scratch database of the run', async () => {
    const { source, scratch, transfer } = await both('CREATE TABLE t (n int)', 'INSERT INTO t VALUES (1)');
    await expect(transfer({ scratch: { settings: settingsOf(source), prefix: scratch.database } })).rejects.toThrow(
      'is no scratch database of this run',
    );
    await expect(transfer({ scratch: { settings: settingsOf(source), prefix: '' } })).rejects.toThrow('is no scratch database of this run');
    expect(await source.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1 }]);
  });

  test('are read from a database that takes no write, one by one or all', async () => {
    const { source, scratch, transfer } = await both('CREATE TABLE t (n int)', 'INSERT INTO t SELECT generate_series(1, 1000)');
    await source.query(`ALTER DATABASE ${source.database} SET default_transaction_read_only = on`);
    expect(await transfer({ sample: { percent: 10, seed: 0 } })).toMatchObject({ rows: 100 });
    expect(await transfer()).toMatchObject({ rows: 1000 });
    expect(await digest(scratch, ['t'])).toEqual(await digest(source, ['t']));
  });

  test('tables that turn out not to fit are named, and the others come', async () => {
    const { source, scratch, transfer } = await both(
      'CREATE TABLE t (n int); CREATE TABLE u (n int)',
      'INSERT INTO t SELECT generate_series(1, 9); INSERT INTO u VALUES (NULL)',
    );
    await scratch.query('ALTER TABLE u ALTER n SET NOT NULL; INSERT INTO t VALUES (77)');
    expect(await transfer()).toEqual({
      tables: 1,
      rows: 9,
      masked: [],
      missing: [{ table: 'public.u', why: 'null value in column "n" of relation "u" violates not-null constraint' }],
    });
    expect(await digest(scratch, ['t'])).toEqual(await digest(source, ['t']));
  });

  test('come over as many connections as the role may have', async () => {
    const { source, scratch, transfer } = await both(
      'CREATE TABLE a (n int); CREATE TABLE b (n int); CREATE TABLE c (n int)',
      'INSERT INTO a VALUES (1); INSERT INTO b VALUES (2)',
    );
    const role = `few_${source.database}`;
    await source.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'few' CONNECTION LIMIT 2; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    );
    onTestFinished(async () => void (await source.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`)));
    expect(await transfer({ source: { ...settingsOf(source), user: role, password: 'few' } })).toMatchObject({
      tables: 3,
      rows: 2,
      missing: [],
    });
    expect(await digest(scratch, ['a', 'b', 'c'])).toEqual(await digest(source, ['a', 'b', 'c']));
  });

  test('an interruption ends it', async () => {
    const { transfer } = await both('CREATE TABLE t (n int)', 'INSERT INTO t SELECT generate_series(1, 300000)');
    const controller = new AbortController();
    const told = await refusalOf(transfer({ signal: controller.signal, onRows: () => controller.abort('SIGINT') }));
    expect(told).toMatchInlineSnapshot(`
      "Interrupted by SIGINT while rows of DATABASE were copied; nothing was written there
        Next: run the same command again; it removes what is left of the copy"
    `);
  });
});
