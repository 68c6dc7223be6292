import { expect, test } from 'vitest';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { onEachServer } from '../support/database.ts';

const SCHEMA = `
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN shop.email AS text CHECK (VALUE ~ '@');
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE shop.users (id bigserial PRIMARY KEY, mail shop.email NOT NULL, mood shop.mood DEFAULT 'ok', low text GENERATED ALWAYS AS (lower(mail)) STORED);
CREATE TABLE shop.orders (id int GENERATED ALWAYS AS IDENTITY, user_id bigint REFERENCES shop.users ON DELETE CASCADE, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE shop.orders_26 PARTITION OF shop.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX users_low ON shop.users (low) WHERE mood <> 'sad';
CREATE VIEW shop.happy AS SELECT id FROM shop.users WHERE mood = 'ok';
CREATE TRIGGER touch BEFORE UPDATE ON shop.users FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.users USING (id > 0);
GRANT SELECT ON shop.users TO PUBLIC;
COMMENT ON TABLE shop.users IS 'People';
`;

onEachServer('a snapshot', ({ freshDatabase }) => {
  test('of two equal schemas is equal, and shows each kind of object', async () => {
    const [one, other] = [await freshDatabase(), await freshDatabase()];
    const snapshots = [];
    for (const database of [one, other]) {
      const client = await database.connect();
      await client.query(SCHEMA);
      snapshots.push(await takeSnapshot(client));
    }
    const [a = [], b = []] = snapshots;
    expect(compareSnapshots(a, b)).toEqual([]);
    expect(new Set(a.map(({ kind }) => kind))).toEqual(
      new Set('schema extension table column constraint index sequence view function trigger type policy grant comment owner'.split(' ')),
    );
    expect(a.filter(({ name }) => name === 'shop.users_low')).toMatchObject([{ kind: 'index', table: 'shop.users' }]);
    expect(a).toContainEqual({ kind: 'type', name: 'shop.mood', definition: "enum 'sad', 'ok'" });
  });

  test.each([
    ['ALTER TABLE shop.users DROP COLUMN low', '- column shop.users.low: text generated as lower((mail)::text)'],
    [
      'DROP INDEX shop.users_low',
      "- index shop.users_low: CREATE INDEX users_low ON shop.users USING btree (low) WHERE (mood <> 'sad'::shop.mood)",
    ],
    ["ALTER TYPE shop.mood ADD VALUE 'new'", "+ type shop.mood: enum 'sad', 'ok', 'new'"],
    ['REVOKE SELECT ON shop.users FROM PUBLIC', '- grant shop.users: to PUBLIC: SELECT'],
    ['ALTER TABLE shop.users DISABLE TRIGGER touch', '(enabled D)'],
    ['DROP POLICY own ON shop.users', '- policy shop.users.own: permissive for * to PUBLIC using (id > 0)'],
    ['CREATE OR REPLACE VIEW shop.happy AS SELECT id FROM shop.users', '+ view shop.happy: SELECT'],
    ["COMMENT ON TABLE shop.users IS 'Persons'", '+ comment shop.users: Persons'],
    ['ALTER TABLE shop.users ALTER mood DROP NOT NULL, ALTER mail DROP NOT NULL', '+ column shop.users.mail: shop.email'],
  ])('sees %s', async (sql, line) => {
    const database = await freshDatabase();
    const client = await database.connect();
    await client.query(SCHEMA);
    const before = await takeSnapshot(client);
    await client.query(sql);
    expect(compareSnapshots(before, await takeSnapshot(client)).join('\n')).toContain(line);
  });

  test('leaves the search path as it was', async () => {
    const client = await (await freshDatabase()).connect();
    await client.query('SET search_path = "$user", public');
    await takeSnapshot(client);
    expect((await client.query('SHOW search_path')).rows[0]).toEqual({ search_path: '"$user", public' });
  });
});
