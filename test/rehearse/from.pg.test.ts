import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { NO_LINKS } from '../../src/model/links.ts';
import { hasPassed, type Rehearsal } from '../../src/model/rehearsal.ts';
import { rehearsalPage } from '../../src/report/html/rehearsal.ts';
import { jsonReporter, rehearsalJson } from '../../src/report/json.ts';
import { rehearsalMarkdown } from '../../src/report/rehearsal-markdown.ts';
import { rehearsalText } from '../../src/report/rehearsal-text.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { down, pair, refusalOf, up } from '../support/project.ts';
import { expectDocumented } from '../support/report-schema.ts';
import { scratchDatabases, sourceStage, urlOf, wholeOf } from './from-stage.ts';

const SCHEMA = pair(
  '001_shop',
  `CREATE TABLE tenants (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant int NOT NULL REFERENCES tenants, mail text UNIQUE, boss bigint REFERENCES users,
  loud text GENERATED ALWAYS AS (upper(mail)) STORED);
CREATE TABLE log (at timestamptz NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE log_2024 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE counts (n int);
CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE counts SET n = n + 1; RETURN NEW; END $$;
CREATE TRIGGER counting AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION count_it();
CREATE TRIGGER always AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION count_it();
ALTER TABLE tenants ENABLE ALWAYS TRIGGER always;
CREATE MATERIALIZED VIEW sizes AS SELECT tenant, count(*) AS n FROM users GROUP BY tenant;
INSERT INTO counts VALUES (0); INSERT INTO tenants (name) VALUES ('seeded by a migration');`,
  'DROP TABLE tenants, users, log, counts CASCADE; DROP FUNCTION count_it;',
);

const ROWS = `INSERT INTO tenants (name) SELECT 'tenant ' || i FROM generate_series(1, 20) i;
INSERT INTO users (tenant, mail, boss) SELECT i % 20 + 1, 'user' || i || '@example.org', NULL FROM generate_series(1, 400) i;
UPDATE users SET boss = 401 - id WHERE id % 3 = 0;
INSERT INTO log SELECT '2024-05-01', E'a\\tb\\\\c\\n' || i FROM generate_series(1, 50) i; ANALYZE`;

const NOT_NULL = pair('002_mail', 'ALTER TABLE users ALTER mail SET NOT NULL;', 'ALTER TABLE users ALTER mail DROP NOT NULL;');

const screenOf = (rehearsal: Rehearsal): string =>
  rehearsalText(rehearsal)
    .replace(/PostgreSQL \S+, \S+,/, 'PostgreSQL N, HERE,')
    .replaceAll(/\d+(\.\d+)? (ms|s)\b/g, 'N ms');

onOldestAndNewest('migrate:rehearse -- --from', (server) => {
  const stage = async (tree = {}, settings = {}) => {
    const it = await sourceStage(server, SCHEMA, settings);
    await it.database.query(ROWS);
    await it.project.write({ ...NOT_NULL, ...tree });
    return it;
  };

  test('proves what is pending on all rows of an environment, and says so everywhere', async () => {
    const { project, database, play } = await stage();
    const before = await wholeOf(database);
    let lines = '';
    const reporter = jsonReporter((text) => {
      lines += text;
    });
    const found = await play({ emit: (event: Event) => reporter.report({ target: 'test', ...event }) });
    expect(screenOf(found)).toMatchInlineSnapshot(`
      "Rehearsed on PostgreSQL N, HERE, in N ms, on top of 1 migration
      Real rows: 472 rows of 4 tables of staging, copied in N ms

        002_mail   holds: applies in N ms; its rollback restores schema and rows, applied again it is the same; may run twice

      1 migration proved; kept in db/rehearsals, which belongs into the commit
      "
    `);
    expect(hasPassed(found)).toBe(true);
    expect(await wholeOf(database)).toBe(before);
    expect(await scratchDatabases(database)).toEqual([]);
    expectDocumented(lines);
    expect(expectDocumented(rehearsalJson(found))).toEqual(['rehearsal']);
    expect(JSON.parse(rehearsalJson(found)).data).toMatchObject({ source: 'staging', rows: 472, masked: [], missing: [], drift: [] });
    expect(rehearsalMarkdown(found)).toContain('Real rows: 472 rows of 4 tables of staging, copied in');
    expect(rehearsalPage(found, { text: '', links: NO_LINKS })).toContain('Real rows: 472 rows of 4 tables of staging');
    const record = JSON.parse(readFileSync(path.join(project.root, 'db/rehearsals/002_mail.json'), 'utf8'));
    expect(record.data).toEqual({ source: 'staging', rows: 472 });
    // What was proved on real rows stays so when it is proved on others.
    await project.rehearse({ variables: { SCRATCH_URL: urlOf(database) }, all: true });
    expect(JSON.parse(readFileSync(path.join(project.root, 'db/rehearsals/002_mail.json'), 'utf8')).data).toEqual(record.data);
  });

  test('the copy has every row, sequence and trigger as the source has it', async () => {
    const look = `DO $$ BEGIN
      IF (SELECT count(*) FROM users) <> 400 OR (SELECT count(*) FROM tenants) <> 21 OR (SELECT n FROM counts) <> 21 * 2 THEN RAISE 'rows: % %', (SELECT count(*) FROM users), (SELECT n FROM counts); END IF;
      IF (SELECT sum(boss) FROM users) <> (SELECT sum(401 - id) FROM users WHERE id % 3 = 0) THEN RAISE 'bosses'; END IF;
      IF (SELECT min(loud) FROM users) <> 'USER100@EXAMPLE.ORG' THEN RAISE 'generated'; END IF;
      IF (SELECT string_agg(line, '|' ORDER BY line) FROM log_2024 WHERE line LIKE '%\\n5_') IS NOT NULL THEN RAISE 'lines'; END IF;
      IF (SELECT count(*) FROM log WHERE line LIKE E'a\\tb\\\\\\\\c\\n%') <> 50 THEN RAISE 'escapes'; END IF;
      IF (SELECT sum(n) FROM sizes) <> 400 THEN RAISE 'view: %', (SELECT sum(n) FROM sizes); END IF;
      IF (SELECT last_value FROM tenants_id_seq) <> 21 OR (SELECT last_value FROM users_id_seq) <> 400 THEN RAISE 'sequences'; END IF;
      IF (SELECT string_agg(tgenabled::text, '' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = 'tenants'::regclass AND NOT tgisinternal) <> 'AO' THEN RAISE 'triggers'; END IF;
    END $$;`;
    const { play } = await stage(pair('003_look', look, 'SELECT 1;'));
    expect(screenOf(await play())).toContain('003_look   holds');
  });

  test('fails what fails on the rows that are there', async () => {
    const { database, play } = await stage();
    await database.query('UPDATE users SET mail = NULL WHERE id = 7');
    const found = await play();
    expect(found.proofs.map(({ findings }) => findings.map(({ code, what }) => [code, what]))).toEqual([
      [['up-failed', 'db/migrations/002_mail.sql failed: column "mail" of relation "users" contains null values; nothing of it was kept']],
    ]);
    expect(hasPassed(found)).toBe(false);
  });

  test('measures under load what others wait for, on the rows that are there', { retry: 2 }, async () => {
    const { database, play } = await stage({
      ...pair('003_lock', '-- irreversible: a control\nLOCK TABLE users;\nSELECT pg_sleep(1);', '-- empty: nothing to undo'),
      ...pair('004_index', 'CREATE INDEX CONCURRENTLY users_tenant ON users (tenant);', 'DROP INDEX CONCURRENTLY users_tenant;'),
    });
    const before = await wholeOf(database);
    const found = await play({ loadRows: 1_000_000 });
    expect(expectDocumented(rehearsalJson(found))).toEqual(['rehearsal']);
    const loads = found.proofs.map(({ load }) => load?.tables.filter(({ table }) => table === 'public.users'));
    expect(loads).toEqual(Array(3).fill([{ table: 'public.users', rows: 400 }]));
    expect(found.proofs.flatMap(({ name, findings }) => findings.map(({ code }) => [name, code]))).toEqual([['003_lock', 'stall']]);
    expect(screenOf(found)).toContain('Next: npm run migrate:rehearse -- --from staging --load   when it is corrected');
    expect(await wholeOf(database)).toBe(before);
    expect(await scratchDatabases(database)).toEqual([]);
  });

  test('estimates what a sample would take on all rows, from a part of it', { retry: 2 }, async () => {
    const slow = 'LOCK TABLE users IN SHARE MODE;\nSELECT pg_sleep((SELECT count(*) / 400.0 FROM users));';
    const { play } = await stage(pair('003_slow', `-- irreversible: a control\n${slow}`, '-- empty: nothing to undo'), {
      production: { maxStallMs: 60_000 },
    });
    const found = await play({ loadRows: 1_000_000, samplePercent: 50, env: 'staging' });
    expect(expectDocumented(rehearsalJson(found))).toEqual(['rehearsal']);
    const [, sleeping] = found.proofs[1]?.load?.statements ?? [];
    expect(sleeping?.estimate).toMatchObject({ of: 'staging', rows: 400 });
    const { ms = 0, power = 0 } = { ...sleeping?.estimate } as { ms?: number; power?: number };
    expect(ms).toBeGreaterThan(sleeping?.ms ?? 0);
    expect(power).toBeGreaterThan(0.5);
    expect(screenOf(found)).toContain("estimate for staging's 400 rows: N ms for 3: SELECT (it grows with the rows to the power of");
  });

  test('a value that does not fit is not shown', async () => {
    const { play } = await stage(pair('003_number', 'ALTER TABLE tenants ALTER name TYPE int USING name::int;', 'SELECT 1;'));
    const found = await play();
    expect(found.proofs[1]?.findings.map(({ what }) => what)).toEqual([
      expect.stringContaining('invalid input syntax for type integer: "…"'),
    ]);
    expect(rehearsalJson(found)).not.toMatch(/"(tenant|seeded)/);
  });

  test('a rollback that loses real values is found, and shows none of them', async () => {
    const { play } = await stage({
      [up('003_drop')]: 'ALTER TABLE users DROP boss;',
      [down('003_drop')]: 'ALTER TABLE users ADD boss bigint REFERENCES users;',
    });
    const found = await play({ only: ['3'] });
    expect(found.proofs.map(({ name, findings }) => [name, findings.map(({ code, lines }) => [code, lines])])).toEqual([
      ['003_drop', [['rollback-loses', ['public.users.boss: 133 rows not as before']]]],
    ]);
  });

  test('names drift first, and goes on', async () => {
    const { database, play } = await stage();
    await database.query(
      `CREATE INDEX by_hand ON users (tenant); CREATE TABLE notes (id int); ALTER TABLE users ADD extra int NOT NULL DEFAULT 1;
       CREATE TABLE log_2025 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); INSERT INTO log VALUES ('2025-02-02', 'later')`,
    );
    const found = await play();
    expect(expectDocumented(rehearsalJson(found))).toEqual(['rehearsal']);
    expect(hasPassed(found)).toBe(false);
    expect(found.data?.rows).toBe(473);
    expect(screenOf(found)).toMatchInlineSnapshot(`
      "Rehearsed on PostgreSQL N, HERE, in N ms, on top of 1 migration
      Real rows: 473 rows of 4 tables of staging, copied in N ms

      DRIFT: staging is not as its applied migrations make it: - is missing there, + is in none of them
        + column public.log_2025.at: timestamp with time zone not null
        + column public.log_2025.line: text
        + column public.notes.id: integer
        + column public.users.extra: integer not null default 1
        + index public.by_hand: CREATE INDEX by_hand ON public.users USING btree (tenant)
        + table public.log_2025: plain, partition FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00'), child of public.log
        + table public.notes: plain
        Next: npm run migrate:make -- settle_differences   and write into it what makes the schema so, with IF NOT EXISTS; or undo by hand what was done by hand

      Without rows:
        public.notes: no applied migration makes it

        002_mail   holds: applies in N ms; its rollback restores schema and rows, applied again it is the same; may run twice

      staging differs from what its migrations make; 1 of 1 migration proved
      "
    `);
    expect(rehearsalMarkdown(found)).toContain('+ index public.by_hand');
    expect(rehearsalPage(found, { text: '', links: NO_LINKS })).toContain('by_hand');
  });

  test('names tables that the role may not read, and rows that a policy hides', async () => {
    const { database, project, variables } = await stage();
    const role = `reader_${database.database}`;
    await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'xq-reading-7'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role};
      REVOKE SELECT ON counts FROM ${role}; REVOKE SELECT ON users FROM ${role}; GRANT SELECT (id, mail) ON users TO ${role};
      ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON tenants USING (id < 5)`);
    onTestFinished(async () => {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });
    const found = await project.rehearse({
      variables: { ...variables, DB_USER: role, DB_PASSWORD: 'xq-reading-7' },
      env: 'development',
      from: 'staging',
    });
    expect(found.data?.missing.map(({ table, why }) => `${table}: ${why.replace(role, 'READER')}`)).toEqual([
      'public.counts: permission denied for table public.counts',
      'public.tenants: row-level security hides rows of it from READER',
      'public.users: permission denied for column tenant, boss, loud',
    ]);
    expect(screenOf(found)).toContain('Without rows:\n  public.counts: permission denied for table public.counts');
    expect(found.data?.rows).toBe(50);
  });

  test('refuses what cannot be: a source without a history, an unknown one, a migration that is applied there', async () => {
    const { play, project, database } = await stage();
    expect(await refusalOf(play({ from: 'nowhere' }))).toMatchInlineSnapshot(`
      ""nowhere" is neither an environment nor a backup nor a file
        Next: environments: development, staging, production, test; npm run migrate:status   names the newest backup"
    `);
    expect(await refusalOf(play({ only: ['001'] }))).toMatchInlineSnapshot(`
      "staging lacks no migration 001: it lacks 002_mail
        Next: npm run migrate:rehearse   rehearses what is applied on rows that are made"
    `);
    project.remove(up('001_shop'), down('001_shop'));
    expect(await refusalOf(play())).toMatchInlineSnapshot(`
      "staging has applied 001_shop, and there is no such file here, so its schema cannot be made
        Next: check out the commit that staging runs, or npm run migrate:repair -- --restore 001_shop   writes it again from the journal"
    `);
    await database.query('TRUNCATE schema_migrations');
    expect(await refusalOf(play())).toMatchInlineSnapshot(`
      "staging has no migration applied, so nothing tells which schema its rows have
        Next: npm run migrate:baseline -- --to VERSION   marks what it has already; a backup of single tables holds no history"
    `);
  });

  test('production is not burdened by a copy of itself', async () => {
    const { play, database } = await stage();
    expect(await refusalOf(play({ from: 'production' }))).toMatchInlineSnapshot(`
      "SCRATCH_URL leads to the server of production itself, and a copy of its rows would burden it; nothing was copied
        Next: set SCRATCH_URL to another server, or leave it out: a server is started here then"
    `);
    expect(await scratchDatabases(database)).toEqual([]);
  });

  test('names what lies below what the source has applied, and leaves out repeatable files that need what is pending', async () => {
    const { play, project, database } = await stage({
      'db/repeatable/names.sql': 'CREATE OR REPLACE VIEW names AS SELECT name FROM tenants;',
    });
    expect((await project.apply({ env: 'staging', to: '001', repeatables: 'always' } as object)).exitCode).toBe(0);
    await project.write({
      ...pair('003_more', 'ALTER TABLE tenants ADD more int;', 'ALTER TABLE tenants DROP more;'),
      ...pair('000_late', 'SELECT 1;', 'SELECT 1;'),
      'db/repeatable/names.sql': 'CREATE OR REPLACE VIEW names AS SELECT name, more FROM tenants;',
    });
    const found = await play();
    expect(found.skipped).toEqual([
      {
        name: '000_late',
        why: 'it lies below what staging has applied; npm run migrate:make -- --renumber VERSION   gives it the next number',
      },
    ]);
    expect(found.notes).toEqual([expect.stringContaining('repeatable files are left out, as they do not run on what is applied')]);
    expect(found.data?.drift).toEqual(expect.arrayContaining([expect.stringContaining('+ view public.names')]));
    expect(found.proofs.map(({ name, findings }) => [name, findings])).toEqual([
      ['002_mail', []],
      ['003_more', []],
    ]);
    expect(await scratchDatabases(database)).toEqual([]);
  });

  test('has nothing to do where all is applied', async () => {
    const { play, project } = await stage();
    expect((await project.apply({ env: 'staging' })).exitCode).toBe(0);
    expect(screenOf(await play())).toBe(
      'Nothing to rehearse: staging has applied all of them, so there is nothing to rehearse on its rows\n',
    );
  });

  test('a role that is no superuser of the scratch server copies as well', async () => {
    const { database, project, variables } = await stage();
    const role = `maker_${database.database}`;
    await database.query(`CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'xq-making-7'`);
    onTestFinished(async () => {
      const client = new pg.Client({ connectionString: urlOf(database) });
      await client.connect();
      await client.query(`DROP ROLE ${role}`);
      await client.end();
    });
    const url = urlOf({ ...database, user: role, password: 'xq-making-7', database: 'postgres' });
    const found = await project.rehearse({ variables: { ...variables, SCRATCH_URL: url }, env: 'development', from: 'staging' });
    expect(found.data).toMatchObject({ rows: 472, missing: [], drift: [] });
    expect(hasPassed(found)).toBe(true);
    const wish = { from: 'staging', env: 'staging', samplePercent: 50, loadRows: 1_000 };
    const loaded = await project.rehearse({ variables: { ...variables, SCRATCH_URL: url }, ...wish });
    expect(loaded.proofs[0]?.load?.tables).toHaveLength(1);
    expect(loaded.proofs[0]?.notes).toContain(
      'no estimate for staging: on fewer rows it cannot be measured: permission denied to set parameter "session_replication_role"',
    );
  });
});
