import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseHead } from '../../src/model/audit.ts';
import { auditJson, auditText } from '../../src/report/audit-text.ts';
import { statusText } from '../../src/report/status-text.ts';
import { createCheckout } from '../support/checkout.ts';
import { onEachServer, onServer } from '../support/database.ts';
import { createProject, pair, steady, up, variablesOf } from '../support/project.ts';
import { until } from '../support/wait.ts';
import { RECOMPUTE, unguarded } from './tamperings.ts';

const TWO = {
  ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;'),
  ...pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'),
};

const screenOf = (text: string): string =>
  steady(text)
    .replaceAll(/\S+@\S+/g, 'USER@HOST')
    .replaceAll(/when {2,}who {2,}/g, 'when  who  ')
    .replaceAll(/whole: \d+:[0-9a-f]{64}/g, 'whole: COUNT:HASH');

onEachServer('the audit', ({ freshDatabase }) => {
  test('tells who did what, when, in which environment and from which commit, and that all of it holds together', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply();
    await project.rollback();
    await project.write({ [up('002_b')]: 'SELECT nonsense;' });
    await project.apply();
    const audit = await project.audit();
    expect(screenOf(auditText(audit))).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION

        when  who  what                environment   commit
        TIME   USER@HOST   applied 001_a       test
        TIME   USER@HOST   applied 002_b       test
        TIME   USER@HOST   rolled back 002_b   test
        TIME   USER@HOST   failed 002_b        test

      journal: COUNT events, head HEAD
        whole: COUNT:HASH
      Verified: 10 events in one chain; 1 row of history with their events and files; 4 remembered heads (schema_migrations_lock, .lockstep/heads.jsonl)
      "
    `);
    const json = auditJson(audit);
    expect(json.indexOf('\n')).toBe(json.length - 1);
    expect(JSON.parse(json)).toMatchObject({
      v: 1,
      type: 'audit',
      verified: true,
      environment: 'test',
      head: { count: audit.entries.length },
    });
  });

  test('says so where nothing has happened yet, and creates nothing', async () => {
    const database = await freshDatabase();
    const audit = await (await createProject(database, TWO)).audit();
    expect([audit.findings, audit.entries]).toEqual([[], []]);
    expect(auditText(audit)).toContain('Nothing has happened here yet');
    expect(await database.query("select relname from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
  });

  test('is not misled by a run that is under way', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply({ to: '001' });
    const blocker = await database.connect();
    await blocker.query('BEGIN; CREATE TABLE b (id int)');
    const run = project.apply();
    await until('a run that waits', async () => (await project.status()).running?.waitsFor.length);
    expect((await project.audit()).findings).toEqual([]);
    await blocker.query('ROLLBACK');
    expect((await run).exitCode).toBe(0);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('takes tables of an earlier version as they are, and the next run completes them', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply({ to: '001' });
    rmSync(path.join(project.root, '.lockstep'), { recursive: true });
    // Without the kept head, and without rows in events.
    await database.query(
      `alter table schema_migrations_lock drop column journal_head; ${unguarded(`update schema_migrations_journal set details = details - 'row'; ${RECOMPUTE}`)}`,
    );
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.apply()).exitCode).toBe(0);
    const { findings, remembered } = await project.audit();
    expect([findings, remembered.map(({ place }) => place.split(' ')[0])]).toEqual([
      [],
      ['schema_migrations_lock', '.lockstep/heads.jsonl'],
    ]);
  });

  test('notices guards that are off, and so does the next run, which puts them in place again', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply();
    await database.query('alter table schema_migrations_journal disable trigger schema_migrations_journal_keep');
    expect((await project.audit()).findings).toMatchObject([
      { what: 'Guard: the trigger schema_migrations_journal_keep of schema_migrations_journal is disabled' },
    ]);
    expect((await project.apply()).screen).toContain('Note: a trigger that guards the history had been switched off, and is on again');
    expect((await project.audit()).findings).toEqual([]);
  });

  test('notices what takes the rows away before the guards see them, and names what undoes it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply();
    await database.query(`create rule "odd r" as on insert to schema_migrations_journal do instead nothing;
      create function swallow() returns trigger language plpgsql as 'begin return null; end';
      create trigger zz before insert on schema_migrations_journal for each row execute function swallow();
      create trigger forge before insert on schema_migrations for each row execute function swallow();
      alter table schema_migrations_journal set unlogged;
      create trigger told after insert on schema_migrations_journal for each row execute function swallow();
      alter table schema_migrations enable row level security`);
    const { findings } = await project.audit();
    expect(findings.map(({ code, what }) => `${code} ${what}`).sort()).toEqual([
      'guard-bypassed Guard: the UNLOGGED storage of schema_migrations_journal can keep events from the journal, or rows from who reads them',
      'guard-bypassed Guard: the row security of schema_migrations can keep events from the journal, or rows from who reads them',
      'guard-bypassed Guard: the rule "odd r" of schema_migrations_journal can keep events from the journal, or rows from who reads them',
      'guard-bypassed Guard: the trigger forge of schema_migrations can keep events from the journal, or rows from who reads them',
      'guard-bypassed Guard: the trigger zz of schema_migrations_journal can keep events from the journal, or rows from who reads them',
    ]);
    for (const { next } of findings) await database.query(next);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('prints commands that find the history in a schema of its own', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    const variables = { ...variablesOf(database), DB_SCHEMA: 'My "own"' };
    await project.apply({ variables });
    await database.query(`set search_path = 'My "own"';
      insert into schema_migrations (name, batch, migration_time) values (null, 9, now()), ('009_z', 9, now());
      create rule r as on insert to schema_migrations_journal do instead nothing;
      create function schema_migrations_journal_other() returns trigger language plpgsql as 'begin return null; end';
      drop trigger schema_migrations_journal_keep on schema_migrations_journal;
      create trigger schema_migrations_journal_keep before update on schema_migrations_journal for each row execute function schema_migrations_journal_other();
      alter table schema_migrations_journal enable always trigger schema_migrations_journal_keep;
      alter table schema_migrations enable row level security`);
    const { findings } = await project.audit({ variables });
    const commands = findings.flatMap(({ next }) => /(?:DROP|ALTER|DELETE) .*?;/.exec(next)?.[0] ?? []);
    expect(commands.length).toBe(5);
    for (const command of commands) await database.query(command);
    expect((await project.apply({ variables })).exitCode).toBe(0);
    expect((await project.audit({ variables })).findings).toEqual([]);
  });

  test('is not blinded by times that no clock shows', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply();
    await database.query(`update schema_migrations set migration_time = 'infinity' where id = 1;
      update schema_migrations set migration_time = '4713-01-01 BC' where id = 2;
      ${unguarded("update schema_migrations_journal set at = '-infinity' where id = 2")}`);
    const codes = (await project.audit()).findings.map(({ code }) => code);
    expect(codes).toEqual(['journal-changed', 'history-row-changed', 'history-row-changed']);
    expect(statusText(await project.status(), '')).toContain('001_a');
    expect(auditText(await project.audit())).toContain('Not verified: 3 findings');
  });

  test('finds a lost forward file although its rollback is still there', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply();
    project.remove(up('002_b'));
    expect((await project.audit()).findings.map(({ code, what }) => [code, what])).toEqual([
      ['file-missing', 'File: 002_b is applied, and its files are gone'],
    ]);
  });

  test('keeps a head that the journal has no more, until somebody has looked at it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, TWO);
    await project.apply({ to: '001' });
    await database.query(unguarded(`update schema_migrations_journal set run = 'x' where id = 1; ${RECOMPUTE}`));
    rmSync(path.join(project.root, '.lockstep'), { recursive: true });
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.audit()).findings.map(({ code }) => code)).toEqual(['journal-rewritten']);
  });
});

onServer('newest', 'the printed head', ({ freshDatabase }) => {
  test('reveals an owner who recomputed everything', async () => {
    const database = await freshDatabase();
    const { root, ours } = await createCheckout(database);
    const { stderr } = await ours(['migrate-up', '--env', 'development']);
    const line = stderr.trim().split('\n').at(-1) ?? '';
    expect(line).toMatch(/^journal: 3 events, head [0-9a-f]{16}$/);
    const { count, head } = parseHead(line) ?? { count: 0, head: '' };
    const audit = (...args: string[]) => ours(['migrate-status', '--audit', ...args]);
    expect(await audit('--head', `${count}:${head}`)).toMatchObject({ code: 0, stdout: expect.stringContaining('--head') });
    await database.query(
      unguarded(`update schema_migrations_journal set details = details || '{"by": "nobody"}' where id = 1; ${RECOMPUTE};
        update schema_migrations_lock set journal_head = (select id || ':' || hash from schema_migrations_journal order by id desc limit 1)`),
    );
    rmSync(path.join(root, '.lockstep'), { recursive: true });
    // Nothing inside the database tells.
    expect((await audit()).code).toBe(0);
    const found = await audit('--head', line);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain(`Journal: --head remembers event 3 with hash ${head}; it has`);
    expect(await audit('--head', '42')).toMatchObject({ code: 2 });
    expect(JSON.parse((await audit('--report', 'json')).stdout)).toMatchObject({ verified: true });
  });
});
