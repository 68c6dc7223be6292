import type { Client } from 'pg';
import { expect, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { until } from '../support/wait.ts';

const ROWS = 5_000;

const whom = (events: readonly Event[]): readonly string[] =>
  events.flatMap((event) => (event.type === 'backfill' && event.givesWayTo !== undefined ? [event.givesWayTo] : []));

onOldestAndNewest('a backfill beside others', ({ freshDatabase }) => {
  const FILLED = pair(
    '001_shop',
    `CREATE TABLE users (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, filler text);\nINSERT INTO users SELECT g, 0, repeat('x', 200) FROM generate_series(1, ${ROWS}) g;`,
    'DROP TABLE users;',
  );

  interface Beside {
    readonly seconds: number;
    readonly where: string;
    readonly write: (client: Client, i: number) => Promise<unknown>;
  }

  /** A backfill that takes so long for each row, while somebody else writes one row after the other. */
  async function runBeside({ seconds, where, write }: Beside): Promise<readonly Event[]> {
    const database = await freshDatabase();
    const slow = `CREATE FUNCTION slow(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(${seconds}); RETURN i; END $$;`;
    const project = await createProject(database, { ...FILLED, ...pair('002_slow', slow, 'DROP FUNCTION slow(int);') });
    await project.apply();
    await project.write(pair('003_count', `-- part: backfill\nUPDATE users SET n = slow(n + 1) WHERE ${where};`, '-- empty: nothing'));
    const run = project.apply();
    const client = await database.connect();
    let isDone = false;
    void run.finally(() => {
      isDone = true;
    });
    for (let i = 0; !isDone; i += 1) await write(client, i);
    await client.end();
    const { events, exitCode } = await run;
    expect(exitCode).toBe(0);
    return events;
  }

  test('gives room to the sessions that wait for it', async () => {
    // Whoever wants a row of a batch that is under way waits for the whole of it.
    const write = (client: Client, i: number) => client.query("UPDATE users SET filler = 'y' WHERE id = $1", [((i * 100) % 1500) + 1]);
    const events = await runBeside({ seconds: 0.002, where: 'id <= 1500', write });
    expect(whom(events).join('\n')).toContain('one session that waited for the last batch');
  });

  test('gives way to an application that is at work', async () => {
    const write = (client: Client) => client.query('INSERT INTO users (id) SELECT max(id) + 1 FROM users');
    const events = await runBeside({ seconds: 0.001, where: 'id <= 2500', write });
    expect(whom(events).filter((who) => /^about [\d,]+ transactions a second$/.test(who))).not.toEqual([]);
    const sizes = events.flatMap((event) => (event.type === 'backfill' && event.givesWayTo !== undefined ? [event.batch] : []));
    expect(Math.min(...sizes)).toBeLessThan(100);
  });

  test('keeps the write-ahead log below what is allowed', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...FILLED,
      ...pair('002_count', "-- part: backfill batch=200 wal=100kB\nUPDATE users SET filler = repeat('y', 250);", '-- empty: nothing'),
    });
    const { events, exitCode } = await project.apply();
    expect(exitCode).toBe(0);
    const reasons = events.flatMap((event) => (event.type === 'backfill' && event.why !== undefined ? [event.why] : []));
    expect(reasons.some((why) => /^the write-ahead log grows by .* a second, and .* are allowed$/.test(why))).toBe(true);
  });

  test('waits for an autovacuum that it has outrun, unless it is told not to', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FILLED);
    await project.apply();
    // What a long day leaves: more dead than alive.
    await database.query('ALTER TABLE users SET (autovacuum_enabled = false)');
    await database.query('INSERT INTO users SELECT g FROM generate_series(100000, 260000) g; DELETE FROM users WHERE id >= 100000');
    await database.query('ALTER TABLE users RESET (autovacuum_enabled)');
    await project.write(pair('002_count', '-- part: backfill yield=off\nUPDATE users SET n = n + 1;', '-- empty: nothing'));
    expect((await project.apply()).screen).not.toContain('outrun');
    await project.write(pair('003_count', '-- part: backfill\nUPDATE users SET n = n + 1;', '-- empty: nothing'));
    const reasons: string[] = [];
    const run = project.apply({ emit: (event) => void (event.type === 'backfill' && event.why !== undefined && reasons.push(event.why)) });
    await until('it to wait', async () => reasons.some((why) => why.startsWith('autovacuum is outrun: ')));
    await database.query('VACUUM users');
    expect((await run).exitCode).toBe(0);
  });

  test('refuses a statement whose rows a trigger moves along the key', async () => {
    const database = await freshDatabase();
    const trigger = `CREATE FUNCTION moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.id := NEW.id + 1000000; RETURN NEW; END $$;
      CREATE TRIGGER moves BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION moves();`;
    const project = await createProject(database, { ...FILLED, ...pair('002_moves', trigger, 'DROP FUNCTION moves() CASCADE;') });
    await project.apply();
    await project.write(pair('003_count', '-- part: backfill\nUPDATE users SET n = n + 1;', '-- empty: nothing'));
    expect((await project.apply()).screen).toContain('A trigger changes the key along which this statement would walk');
    expect(await database.query('SELECT max(id) AS id, max(n) AS n FROM users')).toEqual([{ id: ROWS, n: 0 }]);
    await database.query('CREATE OR REPLACE FUNCTION moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$');
    expect((await project.apply()).exitCode).toBe(0);
  });
});
