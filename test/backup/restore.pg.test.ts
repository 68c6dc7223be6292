import path from 'node:path';
import type { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { restore } from '../../src/journeys/restore.ts';
import type { Backup } from '../../src/model/backup.ts';
import { plainReporter } from '../../src/report/plain.ts';
import { compareSnapshots } from '../../src/snapshot/compare-snapshots.ts';
import { takeSnapshot } from '../../src/snapshot/take-snapshot.ts';
import { onEachServer, onServer, type TestDatabase } from '../support/database.ts';
import { historyOf, isThere, pair, refusalOf, steady, variablesOf } from '../support/project.ts';
import { createBackupProject, DROP, DUMPABLE } from './backup-project.ts';

/** A database of this name, dropped after the test, and what to look at it with. */
async function named(server: TestDatabase, suffix: string): Promise<{ readonly name: string; readonly connect: () => Promise<Client> }> {
  const name = `${server.database}_${suffix}`;
  const opened: Client[] = [];
  onTestFinished(async () => {
    for (const client of opened) await client.end();
    await server.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  });
  const connect = async (): Promise<Client> => {
    const { default: pg } = await import('pg');
    const { host, port, user, password } = server;
    const client = new pg.Client({ host, port, user, password, database: name });
    await client.connect();
    opened.push(client);
    return client;
  };
  return { name, connect };
}

const CONTENT = `SELECT (SELECT pg_catalog.md5(pg_catalog.string_agg(u::text, ';' ORDER BY id)) FROM users u) AS users,
  (SELECT pg_catalog.md5(pg_catalog.string_agg(o::text, ';' ORDER BY id)) FROM orders o) AS orders,
  (SELECT pg_catalog.md5(pg_catalog.string_agg(e::text, ';' ORDER BY e::text)) FROM events e) AS events`;

const newest = (backups: readonly Backup[]): string => backups.at(-1)?.folder ?? '';

onEachServer('a restore drill', ({ freshDatabase, major }) => {
  test('brings a dropped table back with every row, its keys, indexes, triggers, comments and grants', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' }, DROP);
    const before = await takeSnapshot(await database.connect());
    const [content] = await database.query(CONTENT);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await isThere(database, 'users')).toBe(false);
    const { events } = await project.restore({
      file: newest(project.backups()),
      into: database.database,
      table: 'users',
      overwrite: database.database,
    });
    let screen = '';
    const { report } = plainReporter((text) => {
      screen += text;
    });
    for (const event of events) report(event);
    expect(steady(screen)).toContain('Restored 1 table with 1,000 rows into DATABASE in DURATION');
    // The time of the drill, to be read in the test's output.
    process.stderr.write(`restore drill on PostgreSQL ${major}: ${screen}`);
    expect((await database.query(CONTENT))[0]).toEqual(content);
    expect(compareSnapshots(before, await takeSnapshot(await database.connect()))).toEqual([]);
    // The sequence goes on where it was.
    expect(await database.query("INSERT INTO users (mail) VALUES ('new@x') RETURNING id::int")).toEqual([{ id: 1001 }]);
    expect((await project.rollback()).exitCode).toBe(0);
  });

  test('undoes a rollback that took a table with rows', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(
      database,
      { method: 'auto' },
      pair('002_notes', 'CREATE TABLE notes (id int PRIMARY KEY, text text);', 'DROP TABLE notes;'),
    );
    await project.apply();
    await database.query("INSERT INTO notes SELECT i, 'note ' || i FROM generate_series(1, 300) i");
    await project.rollback();
    expect(await isThere(database, 'notes')).toBe(false);
    const { notes } = await project.restore({
      file: newest(project.backups()),
      into: database.database,
      // As the gate and psql write a name that needs it.
      table: 'public."notes"',
      overwrite: database.database,
    });
    expect(await database.query('SELECT count(*)::int AS n, sum(id)::int AS s FROM notes')).toEqual([{ n: 300, s: 45150 }]);
    expect(notes.join()).toContain('npm run migrate:baseline -- --to VERSION   marks its migration as applied again');
    await project.baseline({ to: '002' });
    expect((await project.apply()).screen).toContain('Nothing to apply');
    expect((await project.rollback()).exitCode).toBe(0);
  });

  test('brings a dropped partition back into its parent', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' }, pair('002_gone', 'DROP TABLE events_25;', 'SELECT 1;'));
    const before = await takeSnapshot(await database.connect());
    await project.apply();
    expect(await database.query('SELECT count(*)::int AS n FROM events')).toEqual([{ n: 187 }]);
    await project.restore({ file: newest(project.backups()), into: database.database, table: 'events_25', overwrite: database.database });
    expect(await database.query('SELECT count(*)::int AS n FROM events')).toEqual([{ n: 400 }]);
    expect(compareSnapshots(before, await takeSnapshot(await database.connect()))).toEqual([]);
  });

  test('restores a whole backup into a new database, equal in schema and rows', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' });
    const { folder } = await project.backUp();
    const copy = await named(database, 'new');
    const { notes } = await project.restore({ file: path.basename(folder), into: copy.name });
    expect(notes).toEqual([]);
    const client = await copy.connect();
    expect((await client.query(CONTENT)).rows).toEqual(await database.query(CONTENT));
    const differences = compareSnapshots(await takeSnapshot(await database.connect()), await takeSnapshot(client));
    expect(differences).toEqual([]);
    expect((await client.query('SELECT name FROM schema_migrations')).rows).toEqual([{ name: '001_shop' }]);
  });

  test('leads back to the server it came from, wherever that is named', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' });
    const { folder } = await project.backUp();
    await project.write({
      '.env.test': Object.entries(variablesOf(database))
        .map((line) => `${line.join('=')}\n`)
        .join(''),
    });
    const copy = await named(database, 'back');
    const { env: _, ...unnamed } = project.journey;
    await restore({ ...unnamed, variables: {}, file: folder, into: copy.name });
    expect((await (await copy.connect()).query('SELECT count(*)::int AS n FROM users')).rows).toEqual([{ n: 1000 }]);
    const into = { file: folder, into: copy.name };
    expect(await refusalOf(project.restore(into))).toContain('holds tables, the backup is of "DATABASE", and nobody has typed its name');
  });

  test('never restores into a database with tables unless its name is typed', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' });
    const { folder } = await project.backUp();
    const wish = { file: folder, into: database.database };
    expect(await refusalOf(project.restore(wish))).toContain('holds tables, and nobody has typed its name; nothing was changed');
    expect(await refusalOf(project.restore({ ...wish, table: 'users', env: 'test', withoutOwners: true }))).toMatch(
      / -- --env test \S+ --into DATABASE --table users --without-owners --overwrite DATABASE$/,
    );
    expect(await refusalOf(project.restore({ ...wish, ask: async () => 'yes' }))).toContain('"yes" is not its name');
    expect(await refusalOf(project.restore({ ...wish, overwrite: 'other' }))).toContain('"other" is not its name');
    expect(await refusalOf(project.restore({ ...wish, table: 'users', ask: async () => database.database }))).toContain(
      'public.users is there already, and a restore never writes into a table that is',
    );
    expect(await refusalOf(project.restore({ ...wish, table: 'nothing' }))).toContain(
      'The backup holds no table with rows of its own that is called "nothing"\n  Next: --table public.',
    );
    expect(await refusalOf(project.restore({ ...wish, table: 'events' }))).toMatch(
      /or, for a partitioned table: npm run migrate:restore -- \S+ --into DATABASE/,
    );
    expect(await refusalOf(project.restore({ ...wish, file: '/tmp' }))).toContain('"/tmp" is no backup');
    expect(await historyOf(database)).toEqual(['001_shop']);
  });
});

/** What is the database's own and in no dump. */
const PLACE = `SELECT datdba::regrole::text AS owner, datconnlimit, shobj_description(d.oid, 'pg_database') AS comment, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) AS acl,
  (SELECT array_agg(setrole::regrole::text || ' ' || setconfig::text ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings FROM pg_database d WHERE datname = $1`;

onServer(DUMPABLE, 'a restore of a dump', ({ freshDatabase }) => {
  test('takes the place of a database that is there, which is kept under another name', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' });
    const { folder } = await project.backUp();
    const role = `${database.database}_role`;
    await database.query(`CREATE ROLE ${role}`);
    onTestFinished(async () => void (await database.query(`DROP ROLE ${role}`)));
    const live = await named(database, 'live');
    await project.restore({ file: folder, into: live.name });
    const before = await live.connect();
    await before.query(`CREATE TABLE later (id int); ALTER DATABASE "${live.name}" SET search_path TO "$user", public, "odd, one";
      ALTER DATABASE "${live.name}" SET app.motto TO 'it''s "on"'; ALTER DATABASE "${live.name}" CONNECTION LIMIT 7; ALTER ROLE ${role} IN DATABASE "${live.name}" SET work_mem TO '7MB';
      REVOKE ALL ON DATABASE "${live.name}" FROM PUBLIC; GRANT CONNECT ON DATABASE "${live.name}" TO ${role}; COMMENT ON DATABASE "${live.name}" IS 'live'; ALTER DATABASE "${live.name}" OWNER TO ${role}`);
    const place = await database.query(PLACE, [live.name]);
    const wish = { file: folder, into: live.name, ask: async () => live.name };
    expect(await refusalOf(project.restore(wish))).toContain('is in use by a session (postgres, pid PID); nothing was changed');
    await before.end();
    const { notes } = await project.restore(wish);
    const [, kept = ''] = /kept as "(.*)"/.exec(notes.join()) ?? [];
    onTestFinished(async () => void (await database.query(`DROP DATABASE "${kept}"`)));
    const after = await live.connect();
    expect(await database.query(PLACE, [live.name])).toEqual(place);
    expect((await after.query("SELECT to_regclass('later') AS later, (SELECT count(*)::int FROM users) AS n")).rows).toEqual([
      { later: null, n: 1000 },
    ]);
    expect(await database.query(`SELECT 1 AS there FROM pg_database WHERE datname = '${kept}'`)).toEqual([{ there: 1 }]);
  });

  test('leaves no half of a database behind when it fails', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'auto' });
    const role = `${database.database}_owner`;
    await database.query(`CREATE ROLE ${role}`);
    await database.query(`ALTER TABLE orders OWNER TO ${role}`);
    const { folder } = await project.backUp();
    await database.query(`REASSIGN OWNED BY ${role} TO postgres`);
    await database.query(`DROP OWNED BY ${role}`);
    await database.query(`DROP ROLE ${role}`);
    const copy = await named(database, 'half');
    const said = await refusalOf(project.restore({ file: folder, into: copy.name }));
    expect(said).toContain('or restore with --without-owners');
    expect(await database.query(`SELECT 1 FROM pg_database WHERE datname = '${copy.name}'`)).toEqual([]);
    await project.restore({ file: folder, into: copy.name, withoutOwners: true });
  });
});

onServer('newest', 'a restore of a copy', ({ freshDatabase }) => {
  test('brings back only what is gone, and leaves the rest as it is', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'copy' }, DROP);
    await project.apply();
    await database.query('UPDATE orders SET total = 7 WHERE id = 1');
    const { tables, notes } = await project.restore({
      file: newest(project.backups()),
      into: database.database,
      overwrite: database.database,
    });
    expect(tables.map(({ name, rows }) => [name, rows])).toEqual([['users', 1000]]);
    expect(notes.join()).toContain('left as they are, because they are there: public.orders');
    expect(await database.query('SELECT total FROM orders WHERE id = 1')).toEqual([{ total: '7' }]);
    expect(await database.query("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'orders'::regclass")).toEqual([
      { conname: 'orders_user_id_fkey' },
    ]);
    expect(
      await refusalOf(project.restore({ file: newest(project.backups()), into: database.database, overwrite: database.database })),
    ).toContain('Every table of this copy is there already');
  });

  test('says what it could not bring back', async () => {
    const database = await freshDatabase();
    const project = await createBackupProject(database, { method: 'copy' }, DROP);
    await project.apply();
    await database.query('DELETE FROM orders WHERE id = 500');
    await database.query('UPDATE orders SET user_id = 5000 WHERE id = 1');
    const { notes } = await project.restore({
      file: newest(project.backups()),
      into: database.database,
      table: 'users',
      overwrite: database.database,
    });
    expect(notes.join()).toContain(
      'not restored: constraint orders_user_id_fkey on public.orders: insert or update on table "orders" violates',
    );
    expect(await database.query('SELECT count(*)::int AS n FROM users')).toEqual([{ n: 1000 }]);
  });
});
