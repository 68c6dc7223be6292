import { describe, expect, test } from 'vitest';
import { queriesFor } from '../../src/snapshot/catalog-queries.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { KNOWN, unmodelledKinds } from '../../src/snapshot/kinds/unmodelled.ts';
import { takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { expectNamed, inTransaction } from './changes.ts';

onOldestAndNewest('a difference', ({ sharedDatabase, major }) => {
  const database = sharedDatabase();

  describe('is none', () => {
    test.each([
      ['the order of columns', 'CREATE TABLE s.o (x int, y text)', 'DROP TABLE s.o; CREATE TABLE s.o (y text, x int)'],
      [
        'a column that was dropped before',
        'CREATE TABLE s.o (x int)',
        'DROP TABLE s.o; CREATE TABLE s.o (gone int, x int); ALTER TABLE s.o DROP gone',
      ],
      [
        'the order of storage parameters',
        'CREATE TABLE s.o (x int) WITH (fillfactor = 70, autovacuum_enabled = false)',
        'ALTER TABLE s.o RESET (fillfactor); ALTER TABLE s.o SET (fillfactor = 70)',
      ],
      ['a grant that was taken back', '', 'GRANT SELECT ON s.t TO app; REVOKE SELECT ON s.t FROM app'],
      [
        'statistics, rows and what sequences have counted',
        'CREATE SEQUENCE s.n',
        "INSERT INTO s.t VALUES (1); SELECT nextval('s.n'); ANALYZE s.t",
      ],
      ['a temporary table', '', 'CREATE TEMPORARY TABLE pg_class (oid int)'],
    ])('for %s', async (_, setup, sql) => {
      await expectNamed(await database().connect(), { what: '', setup, change: sql, names: [] });
    });
  });

  test('is none in another time zone', async () => {
    const client = await database().connect();
    await inTransaction(client, async () => {
      await client.query(
        "CREATE TABLE d (at timestamptz DEFAULT '2026-01-01 00:00+00') PARTITION BY RANGE (at); CREATE TABLE d1 PARTITION OF d FOR VALUES FROM ('2026-01-01') TO ('2026-02-01'); SET TimeZone = 'Asia/Tokyo'",
      );
      const before = await takeSnapshot(client);
      await client.query("SET TimeZone = 'America/New_York'; SET DateStyle = 'German'; SET quote_all_identifiers = on");
      expect(compareSnapshots(before, await takeSnapshot(client))).toEqual([]);
      expect((await client.query('SHOW DateStyle')).rows).toEqual([{ DateStyle: 'German, DMY' }]);
    });
  });

  test('shows no secret', async () => {
    const client = await database().connect();
    await inTransaction(client, async () => {
      await client.query(`CREATE ROLE secret_${process.pid}; CREATE TABLE t (id int); ${"CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w OPTIONS (host 'h', api_token 'GEHEIM', url 'postgres://me:GEHEIM@h/x', conninfo 'host=h password=GEHEIM');"}
      CREATE USER MAPPING FOR PUBLIC SERVER srv OPTIONS (user 'me', pin 'GEHEIM'); CREATE SUBSCRIPTION sub_${process.pid} CONNECTION 'password=GEHEIM' PUBLICATION one WITH (connect = false, slot_name = NONE);
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.jwt_secret = ''GEHEIM''', current_database()); END $$`);
      const lines = await takeSnapshot(client);
      expect(JSON.stringify(lines)).not.toContain('GEHEIM');
      expect(lines.filter(({ kind }) => /server|mapping|setting/.test(kind))).toMatchInlineSnapshot(`
        [
          {
            "definition": "wrapper w options api_token (hidden), conninfo 'host=h password=(hidden)', host 'h', url 'postgres://(hidden)@h/x'",
            "kind": "foreign server",
            "name": "srv",
          },
          {
            "definition": "(hidden)",
            "kind": "setting",
            "name": "app.jwt_secret",
          },
          {
            "definition": "mapped options pin (hidden), user 'me'",
            "kind": "user mapping",
            "name": "PUBLIC on srv",
          },
        ]
      `);
    });
  });

  test('reports what it does not know', async () => {
    const client = await database().connect();
    await inTransaction(client, async () => {
      await client.query('CREATE PUBLICATION pub');
      const query = unmodelledKinds(KNOWN.filter((catalog) => catalog !== 'pg_publication'))['unmodelled'] ?? '';
      expect(
        ((await client.query(`SET LOCAL search_path = pg_catalog; ${query}`)) as unknown as readonly { rows: unknown[] }[])[1]?.rows,
      ).toEqual([{ name: 'catalog pg_publication', definition: '' }]);
      expect((await client.query(queriesFor(major)['unmodelled'] ?? '')).rows).toEqual([]);
      const unknown = [{ kind: 'unmodelled', name: 'property graph public.g', definition: '' }];
      expect(compareSnapshots(unknown, unknown)).toMatchInlineSnapshot(`
      [
        "? property graph public.g: not compared, its kind is newer than this program",
      ]
    `);
    });
  });
});
