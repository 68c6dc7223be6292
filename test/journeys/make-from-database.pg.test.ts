import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { isAbout, takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, refusalOf, up, variablesOf } from '../support/project.ts';

const SHOP = `CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad', 'ok'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mail text NOT NULL UNIQUE, mood app.mood DEFAULT 'ok', tags text[] DEFAULT '{}');
  CREATE TABLE orders (id serial PRIMARY KEY, buyer bigint NOT NULL REFERENCES users ON DELETE CASCADE, amount positive, at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX orders_at ON orders (at DESC) WHERE amount > 10; COMMENT ON TABLE users IS 'it''s; people'; INSERT INTO users (mail) VALUES ('a@b.c');
  CREATE TABLE logs (at date NOT NULL, what text) PARTITION BY RANGE (at); CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  CREATE VIEW adults AS SELECT id, mail FROM users; CREATE MATERIALIZED VIEW sums AS SELECT buyer, sum(amount) AS total FROM orders GROUP BY 1; CREATE UNIQUE INDEX ON sums (buyer);
  CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$;
  CREATE TRIGGER stamp BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stamp(); ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON users USING (id > 0);
  GRANT SELECT ON adults TO PUBLIC; CREATE TABLE "Odd name" ("Col" int);
  CREATE TABLE knex_migrations (id serial PRIMARY KEY, name text, batch int, migration_time timestamptz);`;

const isOfTools = (name: string): boolean => /^public\.(?:schema|knex)_migrations/.test(name);

async function pictureOf({ url }: TestDatabase) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await takeSnapshot(client)).filter((line) => !isAbout(line, isOfTools));
  } finally {
    await client.end();
  }
}

onOldestAndNewest('the first migration of a database that has none', ({ freshDatabase }) => {
  test('is what the database has, with a rollback that the rehearsal proves; nothing is written there before it is marked', async () => {
    const [live, other] = [await freshDatabase(), await freshDatabase()];
    await other.query('SELECT 1');
    const empty = await pictureOf(other);
    const reader = `"reader of ${live.database}"`;
    await live.query(`${SHOP} CREATE ROLE ${reader}; GRANT SELECT ON users TO ${reader}`);
    onTestFinished(async () => void (await live.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`).catch(() => undefined)));
    const project = await createProject(live, {});
    const before = await pictureOf(live);
    const variables = { ...variablesOf(live), SCRATCH_URL: other.url };
    const notes: string[] = [];
    const emit = (event: { readonly type: string; readonly text?: string; readonly next?: string }): void => {
      if (event.type === 'note') notes.push(`${event.text}: ${event.next}`);
    };
    const files = await project.make({ name: 'legacy', fromDatabase: true }, { variables, emit });
    expect(files).toEqual(['db/migrations/001_legacy.sql', 'migrations/001_legacy.ts', 'db/migrations/rollbacks/001_legacy.sql']);
    expect(readFileSync(path.join(project.root, up('001_legacy')), 'utf8')).not.toContain('knex');
    expect(notes.at(-1)).toContain(
      `001_legacy is what ${live.database} has already: npm run migrate:baseline -- --env test --to 001   marks`,
    );
    expect(notes[0]).toBe('left out, as histories of tools: public.knex_migrations: undefined');
    expect(notes[1]).toContain(`it names roles, which belong to the server and have to be there: reader of ${live.database}`);
    expect(await live.query("SELECT to_regclass('schema_migrations') AS ours")).toEqual([{ ours: null }]);

    const { proofs } = await project.rehearse({ variables });
    expect(proofs.map(({ name, findings }) => [name, findings])).toEqual([['001_legacy', []]]);
    expect((await project.baseline({ to: '001' })).exitCode).toBe(0);
    expect((await project.status()).pending).toEqual([]);
    expect((await project.apply({ variables: variablesOf(other) })).exitCode).toBe(0);
    expect(compareSnapshots(before, await pictureOf(other))).toEqual([]);
    expect((await project.rollback({ variables: variablesOf(other) })).exitCode).toBe(0);
    expect(compareSnapshots(empty, await pictureOf(other))).toEqual([]);
  });

  test('is refused where there are migrations, and where there is nothing to write', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {});
    expect(await refusalOf(project.make({ fromDatabase: true }))).toContain('DATABASE has no schema to write');
    await project.write({ [up('007_x')]: 'SELECT 1;' });
    expect(await refusalOf(project.make({ fromDatabase: true }))).toContain('There are migrations already, from 007_x on');
  });
});
