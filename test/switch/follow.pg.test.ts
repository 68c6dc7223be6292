import { expect, test } from 'vitest';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, down, historyOf, isThere, pair, refusalOf, steady, type TestProject, up } from '../support/project.ts';

const USERS = pair('001_users', 'CREATE TABLE users (id int PRIMARY KEY, mail text);', 'DROP TABLE users;');
const A = pair('002_a', 'CREATE TABLE a (id int PRIMARY KEY);', 'DROP TABLE a;');
const B = pair('002_b', 'CREATE TABLE b (id int PRIMARY KEY);', 'DROP TABLE b;');
const C = pair('003_c', 'CREATE TABLE c (id int PRIMARY KEY);', 'DROP TABLE c;');
const ALLOWED = { allowUnproved: true };

const leave = ({ remove }: TestProject, name: string): void => remove(up(name), down(name));

onOldestAndNewest('a database that follows the branch', ({ freshDatabase }) => {
  async function begin(...trees: readonly Readonly<Record<string, string | Uint8Array>>[]) {
    const database = await freshDatabase();
    const project = await createProject(database, Object.assign({}, USERS, ...trees));
    await project.apply();
    return { project, database };
  }

  test('rolls back what the branch lacks with the text kept at apply, applies what it has, and keeps other rows', async () => {
    const { project, database } = await begin(A);
    await database.query("INSERT INTO users VALUES (1, 'x')");
    leave(project, '002_a');
    await project.write(B);
    const { screen, exitCode } = await project.follow(ALLOWED);
    expect(exitCode).toBe(0);
    expect(steady(screen)).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: roll back 1 migration
        002_a
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        002_b
      1/1 002_a
      1/1 002_a rolled back in DURATION, dropped a
      Rolled back 1 migration in DURATION (test)
      journal: COUNT events, head HEAD
      1/1 002_b
      1/1 002_b applied in DURATION
      Applied 1 migration in DURATION (test)
      journal: COUNT events, head HEAD
      "
    `);
    expect(await historyOf(database)).toEqual(['001_users', '002_b']);
    expect(await isThere(database, 'a')).toBe(false);
    expect(await database.query('SELECT id FROM users')).toEqual([{ id: 1 }]);
    expect((await project.audit()).findings).toEqual([]);
  });

  test('applies anew what reads otherwise on the branch, and leaves alone what was only reformatted', async () => {
    const { project, database } = await begin(A, C);
    await project.write({
      [up('002_a')]: 'CREATE TABLE a (id bigint PRIMARY KEY);',
      [up('003_c')]: 'CREATE TABLE c  (id int PRIMARY KEY);',
    });
    expect((await project.follow(ALLOWED)).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_users', '003_c', '002_a']);
    const [row] = await database.query('SELECT pg_typeof(id)::text AS type FROM (SELECT (SELECT id FROM a) AS id) x');
    expect(row?.['type']).toBe('bigint');
  });

  test('has nothing to do where the branch has what is applied', async () => {
    const { project } = await begin(A);
    const { screen, exitCode } = await project.follow();
    expect(exitCode).toBe(0);
    expect(screen).toContain('Nothing to apply');
  });

  test('shows both plans and touches nothing', async () => {
    const { project, database } = await begin(A);
    leave(project, '002_a');
    await project.write(B);
    const plans = await project.showSwitch();
    expect(plans.map(({ direction, steps }) => [direction, steps.map(({ migration }) => migration.name)])).toEqual([
      ['down', ['002_a']],
      ['up', ['002_b']],
    ]);
    expect(await historyOf(database)).toEqual(['001_users', '002_a']);
  });

  test('finds every error of the branch before anything is rolled back', async () => {
    const { project, database } = await begin(A);
    leave(project, '002_a');
    await project.write({ [up('002_b')]: 'CREATE TABEL b ();' });
    expect(await refusalOf(project.follow(ALLOWED))).toContain('TABEL');
    expect(await historyOf(database)).toEqual(['001_users', '002_a']);
  });

  test('refuses production, and what is not called development', async () => {
    const { project } = await begin();
    expect(await refusalOf(project.follow({ env: 'production' }))).toMatchInlineSnapshot(`
      "migrate:switch rolls back what a branch lacks: in development and test only, and this is production; nothing was changed
        Next: npm run migrate:switch -- --env development"
    `);
  });

  test('asks where no rehearsal proved the rollback, and refuses where nobody can be asked', async () => {
    const { project, database } = await begin(A);
    leave(project, '002_a');
    expect(await refusalOf(project.follow())).toMatchInlineSnapshot(`
      "No rehearsal proved the rollback of 002_a, and there is no terminal to ask on; nothing was changed
        Next: npm run migrate:switch -- --env test --allow-unproved   rolls back all the same
              or, on the branch that has it: npm run migrate:rehearse   and commit db/rehearsals"
    `);
    expect(await refusalOf(project.follow({ ask: async () => 'no' }))).toContain('not the name of the database');
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(steady(question));
      return database.database;
    };
    expect((await project.follow({ ask })).exitCode).toBe(0);
    expect(asked).toEqual(['Type the name of the database to roll back this in test (DATABASE): ']);
    expect(await historyOf(database)).toEqual(['001_users']);
  });

  test('asks nothing where a rehearsal proved it, although its record is of another branch', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...USERS, ...A });
    const { user, password, host, port } = database;
    await project.rehearse({ variables: { SCRATCH_URL: `postgresql://${user}:${password}@${host}:${port}/${database.database}` } });
    await project.apply();
    leave(project, '002_a');
    await project.write(B);
    expect((await project.follow()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_users', '002_b']);
  });

  test('names the rows that a rollback would lose, and loses them only when told', async () => {
    const { project, database } = await begin(A);
    await database.query('INSERT INTO a VALUES (1), (2)');
    leave(project, '002_a');
    expect(await refusalOf(project.follow(ALLOWED))).toMatchInlineSnapshot(`
      "This would lose 2 rows of a; nothing was changed
        db/migrations/rollbacks/002_a.sql (as it was when it was applied):1:1
        1 │ DROP TABLE a;
          │ ^
        Next: npm run migrate:switch -- --env test --allow-data-loss a   to confirm the loss"
    `);
    expect(await isThere(database, 'a')).toBe(true);
    expect((await project.follow({ ...ALLOWED, allowDataLoss: ['a'] })).exitCode).toBe(0);
    expect(await isThere(database, 'a')).toBe(false);
  });

  test('measures what code hides, and rolls the rollback back', async () => {
    const hidden = pair('002_a', 'CREATE TABLE a (id int);', "DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$;");
    const { project, database } = await begin(hidden);
    await database.query('INSERT INTO a VALUES (1)');
    leave(project, '002_a');
    const { exitCode, screen } = await project.follow(ALLOWED);
    expect(exitCode).toBe(3);
    expect(screen).toContain('npm run migrate:switch -- --env test --allow-data-loss a');
    expect(await isThere(database, 'a')).toBe(true);
  });

  test('takes out what is in the middle where nothing stands on it', async () => {
    const { project, database } = await begin(A, C);
    leave(project, '002_a');
    const { screen, exitCode } = await project.follow(ALLOWED);
    expect(exitCode).toBe(0);
    expect(screen).toContain('003_c came after 002_a and stays');
    expect(await historyOf(database)).toEqual(['001_users', '003_c']);
  });

  test('says what stands on it where something does', async () => {
    const onA = pair('003_c', 'CREATE TABLE c (a_id int REFERENCES a);', 'DROP TABLE c;');
    const { project, database } = await begin(A, onA);
    leave(project, '002_a');
    const { screen, exitCode } = await project.follow(ALLOWED);
    expect(exitCode).toBe(1);
    expect(steady(screen)).toMatchInlineSnapshot(`
      "test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: roll back 1 migration
        002_a
      Note: 003_c came after 002_a and stays
      Nothing to apply (test: DATABASE on HOST:PORT, PostgreSQL VERSION)
      1/1 002_a
      1/1 002_a failed
      db/migrations/rollbacks/002_a.sql (as it was when it was applied) failed: cannot drop table a because other objects depend on it; nothing of it was kept
        db/migrations/rollbacks/002_a.sql (as it was when it was applied):1:1   2BP01   constraint c_a_id_fkey on table c depends on table a   hint: Use DROP ... CASCADE to drop the dependent objects too.
        1 │ DROP TABLE a;
          │ ^
        Next: on the branch that has it: correct its rollback there and run npm run migrate:rollback; then here npm run migrate:switch -- --env test again

      002_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      Note: 003_c stays, and names what depends on it
        Next: npm run migrate:rollback -- --to 002_a   rolls back from 003_c on; then the same command again
      "
    `);
    expect(await historyOf(database)).toEqual(['001_users', '002_a', '003_c']);
  });

  test('keeps no rollback that may hold a password, and says so', async () => {
    const { project, database } = await begin(pair('002_a', 'SELECT 1;', "ALTER ROLE CURRENT_USER PASSWORD 'geheim';"));
    leave(project, '002_a');
    expect(await refusalOf(project.follow(ALLOWED))).toMatchInlineSnapshot(`
      "002_a is applied, and this branch lacks it; its rollback may hold a password, or is very long, so it was not kept
        Next: git log --all --oneline -- db/migrations/002_a.sql   finds no commit that has it: write db/migrations/002_a.sql and db/migrations/rollbacks/002_a.sql again, and npm run migrate:rollback -- --to 001_users"
    `);
    const [row] = await database.query("SELECT count(*)::int AS n FROM schema_migrations_journal WHERE details::text LIKE '%geheim%'");
    expect(row?.['n']).toBe(0);
  });

  test('runs a kept rollback with parts of its own', async () => {
    const index = pair('002_index', 'CREATE INDEX CONCURRENTLY users_mail ON users (mail);', 'DROP INDEX CONCURRENTLY users_mail;');
    const { project, database } = await begin(index);
    leave(project, '002_index');
    expect((await project.follow(ALLOWED)).exitCode).toBe(0);
    expect(await isThere(database, 'users_mail')).toBe(false);
  });

  test('brings repeatables to how they read here', async () => {
    const view = (text: string) => ({ 'db/repeatable/v.sql': `CREATE OR REPLACE VIEW v AS SELECT ${text} FROM users;` });
    const { project, database } = await begin(A, view('id'));
    leave(project, '002_a');
    await project.write(view('id, mail'));
    expect((await project.follow(ALLOWED)).exitCode).toBe(0);
    expect(await database.query("SELECT column_name FROM information_schema.columns WHERE table_name = 'v'")).toHaveLength(2);
  });
});
