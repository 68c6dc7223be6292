// A table and the one that takes columns of it: what is written in one is read in the other, and no way back loses it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { onOldestAndNewest, onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair, refusalOf } from '../support/project.ts';
import { until } from '../support/wait.ts';

const USERS = `CREATE TABLE users (id serial PRIMARY KEY, name text, bio text, avatar json, size numeric NOT NULL DEFAULT 1.0);
INSERT INTO users (name, bio, avatar) SELECT i, 'bio ' || i, json_build_object('n', i) FROM generate_series(1, 500) i;`;

const WORDS = ['users', 'into=user_profiles', 'columns=bio,avatar,size'];

const BOTH = `SELECT id, bio, avatar::text, size::text FROM`;

async function alike(database: TestDatabase): Promise<readonly Record<string, unknown>[]> {
  const [old, young] = [await database.query(`${BOTH} users ORDER BY id`), await database.query(`${BOTH} user_profiles ORDER BY id`)];
  expect(young).toEqual(old);
  return old;
}

onOldestAndNewest('a table that is split', ({ freshDatabase }) => {
  const made = async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_users', USERS, 'DROP TABLE users;'), { test: { dataLoss: 'consent' } });
    await project.apply();
    await project.make({ recipe: 'split-table', words: WORDS });
    const forth = await project.apply({ phase: 'before-deploy' });
    expect(forth.exitCode, forth.screen).toBe(0);
    return { database, project };
  };

  test('is alike on both sides, whoever writes, and keeps it on the way back', async () => {
    const { database, project } = await made();
    for (const sql of [
      "UPDATE users SET bio = 'old code', size = 1.00 WHERE id = 1",
      'UPDATE user_profiles SET avatar = \'{"n":  2}\', bio = NULL WHERE id = 2',
      "INSERT INTO users (bio) VALUES ('old code')",
      "BEGIN; INSERT INTO users (id, name) VALUES (1001, 'new'); INSERT INTO user_profiles (id, bio) VALUES (1001, 'new code'); COMMIT",
      "INSERT INTO users (id, name) VALUES (1002, 'new')",
      "INSERT INTO user_profiles (id, bio) VALUES (1002, 'upserted') ON CONFLICT (id) DO UPDATE SET bio = EXCLUDED.bio",
      'BEGIN; INSERT INTO users (id) VALUES (1003); DELETE FROM users WHERE id = 1003; COMMIT',
      'DELETE FROM users WHERE id IN (3, 4)',
      'DELETE FROM user_profiles WHERE id = 5',
      'UPDATE users SET id = 2000 WHERE id = 6',
      "UPDATE users SET id = 2001, bio = 'moved' WHERE id = 7",
    ]) {
      await database.query(sql);
      await alike(database);
    }
    const rows = await alike(database);
    expect(rows.filter(({ id }) => [1, 2, 5, 1001, 1002, 2001].includes(Number(id)))).toEqual([
      { id: 1, bio: 'old code', avatar: '{"n" : 1}', size: '1.00' },
      { id: 2, bio: null, avatar: '{"n":  2}', size: '1.0' },
      { id: 5, bio: null, avatar: null, size: '1.0' },
      { id: 1001, bio: 'new code', avatar: null, size: '1.0' },
      { id: 1002, bio: 'upserted', avatar: null, size: '1.0' },
      { id: 2001, bio: 'moved', avatar: '{"n" : 7}', size: '1.0' },
    ]);
    const back = await project.rollback({ to: '001', allowDataLoss: ['user_profiles'] });
    expect(back.exitCode, back.screen).toBe(0);
    expect(await database.query(`${BOTH} users ORDER BY id`)).toEqual(rows);
  });

  test('has back what was written after the columns went', async () => {
    const { database, project } = await made();
    const allowDataLoss = ['users.bio', 'users.avatar', 'users.size'];
    const forth = await project.apply({ phase: 'after-deploy', allowDataLoss });
    expect(forth.exitCode, forth.screen).toBe(0);
    await database.query(`UPDATE user_profiles SET bio = 'later' WHERE id < 3; INSERT INTO users (id) VALUES (1001), (1002);
      INSERT INTO user_profiles (id, bio, size) VALUES (1001, 'later', 7); DELETE FROM users WHERE id = 9`);
    const before = await database.query(`${BOTH} user_profiles ORDER BY id`);
    const back = await project.rollback();
    expect(back.exitCode, back.screen).toBe(0);
    // A row that has no other one gets it, with what its columns are by default.
    expect(await alike(database)).toEqual([...before, { id: 1002, bio: null, avatar: null, size: '1.0' }]);
    expect((await project.apply({ allowDataLoss })).exitCode).toBe(0);
  });

  test('gets no row of one that is deleted while it is filled, and what is newer of one that is changed', async () => {
    const { database, project } = await made();
    await database.query('ALTER TABLE user_profiles DISABLE TRIGGER USER; DELETE FROM user_profiles');
    const [deleting, filling] = [await database.connect(), await database.connect()];
    await deleting.query("BEGIN; DELETE FROM users WHERE id = 10; UPDATE users SET bio = 'newer' WHERE id = 11");
    const fill = readFileSync(`${project.root}/db/migrations/003_user_profiles_backfill.sql`, 'utf8');
    const filled = filling.query(fill.replace(' FOR KEY SHARE', ' WHERE id BETWEEN 10 AND 12 FOR KEY SHARE'));
    await until('it waits', async () => (await database.query('SELECT FROM pg_locks WHERE NOT granted')).length > 0);
    await deleting.query('COMMIT');
    await filled;
    expect(await database.query('SELECT id, bio FROM user_profiles ORDER BY id')).toEqual([
      { id: 11, bio: 'newer' },
      { id: 12, bio: 'bio 12' },
    ]);
  });

  test('stays alike where old and new code change the same rows at once', async () => {
    const { database } = await made();
    const write = async (sql: (id: number, n: number) => string) => {
      const client = await database.connect();
      await client.query("SET deadlock_timeout = '20ms'");
      for (let n = 0; n < 100; n += 1)
        await client.query(sql(1 + (n % 3), n)).catch((error: { readonly code?: string }) => {
          if (error.code !== '40P01') throw error;
        });
    };
    await Promise.all([
      write((id, n) => `UPDATE users SET bio = 'old ${n}' WHERE id = ${id}`),
      write((id, n) => `UPDATE users SET bio = NULL, size = ${n} WHERE id = ${id}`),
      write((id, n) => `UPDATE user_profiles SET bio = 'new ${n}' WHERE id = ${id}`),
      write(
        (id, n) => `INSERT INTO user_profiles (id, avatar) VALUES (${id}, '${n}') ON CONFLICT (id) DO UPDATE SET avatar = EXCLUDED.avatar`,
      ),
    ]);
    await alike(database);
  });
});

onServer('newest', 'a table that is to be split', ({ freshDatabase }) => {
  test('is refused where a column cannot leave', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_users', USERS, 'DROP TABLE users;'));
    await project.apply();
    await database.query(`CREATE TABLE odd (id integer PRIMARY KEY, a text NOT NULL, b text UNIQUE, c integer, n serial, d text, twice integer GENERATED ALWAYS AS (c * 2) STORED, e text, UNIQUE (d, e), CONSTRAINT both_of CHECK (d <> a));
      CREATE TABLE of_odd (b text REFERENCES odd (b)); CREATE VIEW of_e AS SELECT id FROM odd WHERE e > ''; CREATE TABLE bare (a text);
      CREATE TABLE mine (id integer PRIMARY KEY, a text); ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
      CREATE FUNCTION upper_a() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.letters := upper(NEW.letters); RETURN NEW; END'; CREATE TABLE loud (id integer PRIMARY KEY, letters text); CREATE TRIGGER upper_a BEFORE INSERT ON loud FOR EACH ROW EXECUTE FUNCTION upper_a();`);
    const refused = [
      ['users into=user_profiles', /split-table takes TABLE into=NEW/],
      ['users into=odd columns=bio', /public\.odd is there already/],
      ['users into=other.profiles columns=bio', /in another schema/],
      [`users into=${'p'.repeat(64)} columns=bio`, /has 64 bytes/],
      ['users into=p columns=bio,bio', /names a column twice/],
      ['users into=p columns=id', /is of the primary key/],
      ['users into=p columns=nothing', /has no column nothing/],
      ['bare into=p columns=a', /has no primary key.*--recipe add-primary-key public\.bare\.id/s],
      ['odd into=p columns=a', /is NOT NULL without a default/],
      ['odd into=p columns=b', /foreign key public\.of_odd\.of_odd_b_fkey needs public\.odd\.b/],
      ['odd into=p columns=c', /twice is generated from c/],
      ['odd into=p columns=n', /is counted or generated/],
      ['odd into=p columns=d', /has (?:a|e) in it, which stays in public\.odd/],
      ['odd into=p columns=e', /view public\.of_e needs public\.odd\.e|has d in it/],
      ['mine into=p columns=a', /has row security/],
      ['loud into=p columns=letters', /trigger upper_a on public\.loud speaks of letters/],
    ] as const;
    for (const [typed, says] of refused)
      expect.soft(await refusalOf(project.make({ recipe: 'split-table', words: typed.split(' ') })).catch(String), typed).toMatch(says);
    expect((await project.status()).pending).toEqual([]);
  });
});
