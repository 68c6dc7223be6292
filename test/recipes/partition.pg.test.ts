// What becomes of rows beyond the day from which there are partitions, forth and back.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { createProject, pair, refusalOf } from '../support/project.ts';

const EVENTS = `CREATE TABLE events (id serial PRIMARY KEY, at timestamptz NOT NULL, note text, "key" integer GENERATED ALWAYS AS IDENTITY);
CREATE TABLE seen (id integer); CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (NEW.id); RETURN NEW; END';
CREATE TRIGGER see BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION see();
INSERT INTO events (at, note) SELECT '2030-01-01'::timestamptz + i * interval '1 hour', i FROM generate_series(1, 500) i;`;

const WORDS = ['events', 'by=at', 'every=month', 'from=2040-01-01', 'ahead=2'];

const insert = (database: TestDatabase, at: string) =>
  database.query(`INSERT INTO events (at, note) VALUES ('${at}', '${at}') RETURNING tableoid::regclass::text AS partition`);

onOldestAndNewest('a table that is partitioned', ({ freshDatabase }) => {
  const made = async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_events', EVENTS, 'DROP TABLE events, seen; DROP FUNCTION see;'), {
      test: { dataLoss: 'consent', lockTimeoutMs: 100, lockRetryForMs: 300 },
    });
    expect((await project.apply()).exitCode).toBe(0);
    await project.make({ recipe: 'partition-table', words: WORDS });
    return { database, project };
  };

  test('takes rows of any day, and loses none on the way back, nor tells a trigger of them twice', async () => {
    const { database, project } = await made();
    const forth = await project.apply();
    expect(forth.exitCode, forth.screen).toBe(0);
    const found = [];
    for (const at of [
      '2039-12-31 23:59:59.999+00',
      '2040-01-01 00:00:00+00',
      '2040-02-29 12:00+00',
      '2040-03-01 00:00:00+00',
      '1999-01-01',
    ])
      found.push((await insert(database, at))[0]?.['partition']);
    expect(found).toEqual(['events_until_2040_01', 'events_2040_01', 'events_2040_02', 'events_rest', 'events_until_2040_01']);
    // From the first partition into another one, and by the key alone.
    await database.query("UPDATE events SET at = '2040-01-15' WHERE id = 7; UPDATE events SET note = 'changed' WHERE id = 8");
    const [rows, [told]] = [await database.query('SELECT * FROM events ORDER BY id'), await database.query('SELECT count(*) FROM seen')];
    const allowDataLoss = ['events_2040_01', 'events_2040_02', 'events_rest', 'events'];
    const back = await project.rollback({ to: '001', allowDataLoss });
    expect(back.exitCode, back.screen).toBe(0);
    expect(await database.query('SELECT * FROM events ORDER BY id')).toEqual(rows);
    expect(await database.query('SELECT count(*) FROM seen')).toEqual([told]);
    // The table counts on, and takes any day.
    expect(await database.query("INSERT INTO events (at) VALUES ('2050-01-01') RETURNING id, key")).toEqual([{ id: 506, key: 506 }]);
  });

  test('is attached without being read', async () => {
    const { database, project } = await made();
    expect((await project.apply({ to: '002' })).exitCode).toBe(0);
    const client = await database.connect();
    const told: string[] = [];
    client.on('notice', ({ message = '' }) => told.push(message));
    const swap = readFileSync(`${project.root}/db/migrations/003_events_partitions_swap.sql`, 'utf8').replace('COMMIT;', 'ROLLBACK;');
    await client.query(`SET client_min_messages = debug1; ${swap}`);
    expect(told).toContainEqual(expect.stringContaining('is implied by existing constraints'));
  });

  test('gets its next partitions by the same command', async () => {
    const { database, project } = await made();
    await project.apply();
    const files = await project.make({ recipe: 'partition-table', words: ['events', 'every=month', 'ahead=1'] });
    expect(files[0]).toBe('db/migrations/005_events_partitions_until_2040_04.sql');
    expect((await project.apply()).exitCode).toBe(0);
    expect(await insert(database, '2040-03-31 23:00:00+00')).toEqual([{ partition: 'events_2040_03' }]);
    const back = await project.rollback({ allowDataLoss: ['events_2040_03'] });
    expect(back.exitCode, back.screen).toBe(0);
    expect(await database.query("SELECT tableoid::regclass::text AS partition FROM events WHERE at > '2040-01-01'")).toEqual([
      { partition: 'events_rest' },
    ]);
  });

  test('goes back when its rollback ended halfway', async () => {
    const { database, project } = await made();
    expect((await project.apply({ to: '003' })).exitCode).toBe(0);
    const allowDataLoss = ['events', 'events_rest'];
    // The exchange finds somebody in the way, behind the index that was built for it.
    const reader = await database.connect();
    await reader.query('BEGIN; SELECT FROM events LIMIT 1');
    const { exitCode, screen } = await project.rollback({ allowDataLoss });
    expect([exitCode, screen]).toEqual([1, expect.stringContaining('did not get its lock')]);
    await reader.query('ROLLBACK');
    const back = await project.rollback({ allowDataLoss });
    expect(back.exitCode, back.screen).toBe(0);
    expect(await database.query("SELECT relkind::text AS kind FROM pg_class WHERE oid = 'events'::regclass")).toEqual([{ kind: 'r' }]);
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('is left alone where rows have come near the day', async () => {
    const { database, project } = await made();
    await insert(database, '2039-12-26');
    const { exitCode, screen } = await project.apply();
    expect([exitCode, screen]).toEqual([1, expect.stringContaining('rows of public.events have come near 2040-01-01 00:00:00+00')]);
    expect(await insert(database, '2045-01-01')).toEqual([{ partition: 'events' }]);
  });

  test('is refused where a key or a trigger would break', async () => {
    const { database, project } = await made();
    await database.query(`CREATE TABLE odd (id integer PRIMARY KEY, at date NOT NULL, late date, n integer); CREATE TABLE of_odd (id integer REFERENCES odd);
      CREATE TABLE mail (id integer, at date NOT NULL, address text UNIQUE); CREATE TABLE late (id integer, at timestamp NOT NULL); CREATE TABLE bare (id integer, at date);
      CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.at := now(); RETURN NEW; END'; CREATE TRIGGER late BEFORE INSERT ON late FOR EACH ROW EXECUTE FUNCTION late();
      CREATE TABLE shown (id integer PRIMARY KEY, at date NOT NULL, n integer); CREATE VIEW of_shown AS SELECT id, n FROM shown GROUP BY id;
      CREATE TABLE stored (at date NOT NULL); CREATE MATERIALIZED VIEW of_stored AS SELECT at FROM stored;
      CREATE TABLE asked (at date NOT NULL); CREATE TABLE asking (at date); CREATE POLICY known ON asking USING (EXISTS (SELECT FROM asked a WHERE a.at = asking.at));
      CREATE TABLE tree (id integer PRIMARY KEY, up integer REFERENCES tree, at date NOT NULL);`);
    const refused = [
      ['odd by=at every=month', /refers to public\.odd, and would have to hold the partition key too/],
      ['odd by=n every=month', /is integer, which no calendar divides/],
      ['odd by=at every=decade', /partition-table takes TABLE by=COLUMN/],
      ['odd every=month', /partition-table takes TABLE by=COLUMN/],
      ['odd by=at every=month from=2040-01-15', /no beginning of a month/],
      ['odd by=at every=month from=2040-02-30', /is no day/],
      ['odd by=at every=month ahead=1000', /no number of partitions from 1 to 400/],
      ['mail by=at every=month', /is unique across all rows.*add-unique public\.mail\.address,at/s],
      ['late by=at every=month', /BEFORE trigger late on public\.late speaks of at/],
      ['bare by=at every=month', /may be NULL.*set-not-null public\.bare\.at/s],
      ['shown by=at every=month', /the view public\.of_shown groups by the primary key alone/],
      ['stored by=at every=month', /of_stored is a materialized view/],
      ['asked by=at every=month', /policy public\.asking\.known needs public\.asked as a table of its own/],
      ['tree by=at every=month', /refers to its own table/],
    ] as const;
    for (const [typed, says] of refused)
      expect.soft(await refusalOf(project.make({ recipe: 'partition-table', words: typed.split(' ') })).catch(String), typed).toMatch(says);
  });
});
