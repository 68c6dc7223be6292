import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { isInOrder } from '../../src/model/status.ts';
import { createCheckout } from '../support/checkout.ts';
import { onOldestAndNewest, onServer } from '../support/database.ts';
import { createProject, historyOf, isThere, pair, steady, variablesOf, refusalOf as wholeRefusalOf } from '../support/project.ts';

/** The whole refusal; the day of the last run is that of the test. */
const refusalOf = async (run: Promise<unknown>): Promise<string> => (await wholeRefusalOf(run)).replace(/\d{4}-\d\d-\d\d(?=\))/, 'DAY');

const FIRST = pair('001_t', 'CREATE TABLE t (id int);', 'DROP TABLE t;');
const SECOND = pair('002_u', 'CREATE TABLE u (id int);', 'DROP TABLE u;');

onOldestAndNewest('a database that remembers its environment', ({ freshDatabase }) => {
  test('is refused under another one, and taken over by --adopt', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply({ env: 'production' });
    await project.write(SECOND);
    expect(await refusalOf(project.apply({ env: 'development' }))).toMatchInlineSnapshot(`
      "Database "DATABASE" remembers being production (on 127.0.0.1, DAY), and this run is for development
        Next: npm run migrate:prod   where it is still production
              npm run migrate:dev -- --adopt   where it is to be development from now on"
    `);
    expect(await historyOf(database)).toEqual(['001_t']);
    expect((await project.apply({ env: 'staging', adopt: true })).exitCode).toBe(0);
    expect((await project.status({ variables: variablesOf(database) })).environment).toBe('test');
    const { environment } = await project.status({ env: undefined } as never);
    expect(environment).toBe('staging');
  });

  test('names the command that was typed, and not one that goes the other way', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply({ env: 'production' });
    const refused = 'Database "DATABASE" remembers being production (on 127.0.0.1, DAY), and this run is for staging';
    for (const rollback of [() => project.rollback({ env: 'staging' }), () => project.dryRun('down', undefined, { env: 'staging' })])
      expect(await refusalOf(rollback())).toBe(`${refused}
  Next: npm run migrate:rollback -- --env production   where it is still production
        npm run migrate:rollback -- --env staging --adopt   where it is to be staging from now on`);
    expect(await refusalOf(project.baseline({ env: 'staging', to: '1' }))).toBe(`${refused}
  Next: the same command with --env production   where it is still production
        the same command with --env staging --adopt   where it is to be staging from now on`);
  });

  test('says in the status that a run under another one would be refused', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply({ env: 'production' });
    const { problems, ...other } = await project.status({ env: 'staging' });
    expect(problems).toMatchObject([{ code: 'other-environment', exitCode: 3 }]);
    expect(isInOrder({ ...other, problems })).toBe(false);
    expect((await project.status({ env: 'production' })).problems).toEqual([]);
  });

  test('keeps an adoption with which nothing was applied', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply({ env: 'production' });
    expect((await project.apply({ env: 'staging', adopt: true })).exitCode).toBe(0);
    expect((await project.apply({ env: 'staging' })).exitCode).toBe(0);
    expect(await refusalOf(project.apply({ env: 'production' }))).toContain('remembers being staging');
    expect((await project.status()).attempts).toEqual([]);
  });

  test('is not taken for development where it remembers nothing', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await database.query(`CREATE TABLE t (id int); CREATE TABLE schema_migrations (id serial PRIMARY KEY, name varchar(255), batch int, migration_time timestamptz);
      INSERT INTO schema_migrations (name, batch, migration_time) VALUES ('001_t', 1, now());`);
    expect(await refusalOf(project.rollback({ env: undefined } as never))).toMatchInlineSnapshot(`
      "Database "DATABASE" remembers no environment yet, and none was named; nothing was changed
        Next: npm run migrate:rollback -- --env production   or staging, development, test: whichever it is"
    `);
    expect(await isThere(database, 't')).toBe(true);
    expect((await project.rollback({ env: 'staging' })).exitCode).toBe(0);
  });

  test('and that was copied says so', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply({ env: 'production' });
    const copy = `${database.database}_copy`;
    await database.query(`CREATE DATABASE ${copy} TEMPLATE ${database.database}`).catch(async () => {
      // Somebody is still on his way out.
      await database.query(`CREATE DATABASE ${copy} TEMPLATE ${database.database}`);
    });
    try {
      const message = await refusalOf(project.apply({ env: 'staging', variables: { ...variablesOf(database), DB_NAME: copy } }));
      expect(message).toContain('it looks like a copy of that one');
    } finally {
      await database.query(`DROP DATABASE ${copy} WITH (FORCE)`);
    }
  });

  test('keeps with each run who, where, which commit and which job', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    await project.apply({ variables: { ...variablesOf(database), CI_JOB_URL: 'https://ci.example.com/jobs/7' } });
    const [row] = await database.query("SELECT details FROM schema_migrations_journal WHERE event = 'run-started'");
    expect(row?.['details']).toMatchObject({
      environment: 'test',
      host: database.host,
      database: database.database,
      system: expect.stringMatching(/^\d+$/),
      by: expect.stringContaining('@'),
      job: 'https://ci.example.com/jobs/7',
    });
  });

  test('names what is in no commit, with a command that leaves nothing out', async () => {
    const database = await freshDatabase();
    const many = Array.from({ length: 6 }, (_, i) => pair(`00${i + 1}_t`, `CREATE TABLE t${i} ();`, `DROP TABLE t${i};`));
    const project = await createProject(database, Object.assign({}, ...many));
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', project.root, '-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args]);
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'Begin');
    const { events } = await project.apply({ env: 'production' });
    const note = events.find((event) => event.type === 'note' && event.text.includes('not as in commit'));
    expect(note).toMatchObject({ next: 'git add db/migrations db/migrations/rollbacks && git commit' });
  });
});

onServer('newest', 'stock Knex in production', ({ freshDatabase }) => {
  test('is refused before anything runs, unless the database is named', async () => {
    const database = await freshDatabase();
    const { knex } = await createCheckout(database, SECOND);
    const refused = await knex(['migrate:latest', '--env', 'production']);
    expect(refused.code).toBe(1);
    expect(steady(refused.stderr)).toMatchInlineSnapshot(`
      "production asks for gates that stock Knex (migrate:latest) cannot pass: it hands over one migration at a time
        Next: npm run migrate:prod
              or, without any gate: MIGRATE_ALLOW_STOCK=DATABASE and the same command again
      "
    `);
    expect(await isThere(database, 'u')).toBe(false);
    const allowed = await knex(['migrate:latest', '--env', 'production'], {
      ...variablesOf(database),
      MIGRATE_ALLOW_STOCK: database.database,
    });
    expect(allowed.code).toBe(0);
    const rows = await database.query(
      "SELECT details ->> 'allowed' AS allowed FROM schema_migrations_journal WHERE event = 'run-started' LIMIT 1",
    );
    expect(rows).toEqual([{ allowed: `MIGRATE_ALLOW_STOCK=${database.database}` }]);
  });
});

onServer('newest', 'consent', ({ freshDatabase }) => {
  test('in production on a terminal is the name of the database, and nothing else', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST);
    expect(await refusalOf(project.apply({ env: 'production', ask: async () => 'yes' }))).toMatchInlineSnapshot(`
      ""yes" is not the name of the database, so nothing was done
        Next: run the same command again and type DATABASE"
    `);
    expect(await historyOf(database)).toEqual([]);
    let asked = '';
    const { exitCode } = await project.apply({
      env: 'production',
      ask: async (question) => {
        asked = question;
        return database.database;
      },
    });
    expect(exitCode).toBe(0);
    expect(steady(asked)).toMatchInlineSnapshot(`"Type the name of the database to apply this in production (DATABASE): "`);
  });
});

onServer('newest', 'the policy role', ({ freshDatabase }) => {
  test('owns what migrations make, in and outside of transactions, and history stays with the session', async () => {
    const database = await freshDatabase();
    const role = `owner_${database.database}`;
    await database.query(`CREATE ROLE ${role}; GRANT CREATE, USAGE ON SCHEMA public TO ${role};`);
    try {
      const tree = {
        ...pair(
          '001_t',
          'CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY t_id ON t (id);\nCREATE TABLE u (id int);',
          'DROP TABLE t, u;',
        ),
      };
      const project = await createProject(database, tree, { test: { role } });
      const { screen } = await project.apply();
      expect(screen).toContain('Applied 1 migration');
      const rows = await database.query(
        "SELECT relname, relowner::regrole::text AS owner FROM pg_class WHERE relname IN ('t', 't_id', 'u', 'schema_migrations') ORDER BY 1",
      );
      expect(rows).toEqual([
        { relname: 'schema_migrations', owner: database.user },
        { relname: 't', owner: role },
        { relname: 't_id', owner: role },
        { relname: 'u', owner: role },
      ]);
      expect((await project.rollback()).exitCode).toBe(0);
    } finally {
      await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    }
  });

  test('that lacks a privilege is the one that the grant is for', async () => {
    const database = await freshDatabase();
    const role = `${database.database}_maker`;
    await database.query(`CREATE ROLE ${role}`);
    try {
      const project = await createProject(database, FIRST, { test: { role } });
      const { screen } = await project.apply();
      const grant = /GRANT .*?;/.exec(screen)?.[0] ?? '';
      expect(grant).toBe(`GRANT USAGE, CREATE ON SCHEMA "public" TO "${role}";`);
      await database.query(grant);
      expect((await project.apply()).exitCode).toBe(0);
    } finally {
      await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
    }
  });

  test('that is not there is refused with what to type', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, FIRST, { test: { role: 'nobody_at_all' } });
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "The role "nobody_at_all" that the policy names does not exist on this server
        Next: as a superuser: CREATE ROLE "nobody_at_all"; GRANT "nobody_at_all" TO "postgres";"
    `);
  });
});
