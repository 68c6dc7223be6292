import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { onOldestAndNewest, type TestDatabase } from '../support/database.ts';
import { down, historyOf, isThere, pair, refusalOf, up } from '../support/project.ts';
import { createRepository } from './repository.ts';

const USERS = pair('001_users', 'CREATE TABLE users (id int PRIMARY KEY);', 'DROP TABLE users;');
const A = pair('002_a', 'CREATE TABLE a (id int PRIMARY KEY);', 'DROP TABLE a;');
const B = pair('002_b', 'CREATE TABLE b (id int PRIMARY KEY);', 'DROP TABLE b;');
const ALLOWED = { allowUnproved: true };

const TRIGGERS = (how: string): string => `DO $$ DECLARE t name; BEGIN
  FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'schema_migrations_journal'::regclass LOOP
    EXECUTE format('ALTER TABLE schema_migrations_journal ${how} TRIGGER %I', t);
  END LOOP; END $$;`;

/** As a version has left it that kept no rollback. */
const forget = (database: TestDatabase) =>
  database.query(
    `${TRIGGERS('DISABLE')} UPDATE schema_migrations_journal SET details = details - 'rollback'; ${TRIGGERS('ENABLE ALWAYS')}`,
  );

const steadyCommit = (text: string): string => text.replaceAll(/\b[0-9a-f]{7,40}\b/g, 'COMMIT');

onOldestAndNewest('a database that follows a git repository', ({ freshDatabase }) => {
  async function branches() {
    const database = await freshDatabase();
    const project = await createRepository(database, USERS);
    project.git('switch', '-qc', 'a');
    await project.write(A);
    project.commit();
    await project.apply();
    return { project, database };
  }

  test('takes the rollback of what an older version applied from the commit that has the same text, and says so', async () => {
    const { project, database } = await branches();
    await forget(database);
    await project.write({ [up('002_a')]: 'CREATE TABLE a (id bigint PRIMARY KEY);', [down('002_a')]: 'SELECT 1;' });
    project.commit();
    project.git('switch', '-q', 'main');
    project.git('branch', '-qD', 'a');
    const { exitCode, screen } = await project.follow(ALLOWED);
    expect(exitCode).toBe(0);
    expect(steadyCommit(screen)).toContain(
      'Note: 002_a: it was applied, or marked as applied, without its rollback being kept; its rollback is that of commit COMMIT',
    );
    expect(await isThere(database, 'a')).toBe(false);
  });

  test('names the commit where git has only another text, and the one of code', async () => {
    const { project, database } = await branches();
    await forget(database);
    await database.query("UPDATE schema_migrations SET checksum = 'x' WHERE name = '002_a'");
    project.git('switch', '-q', 'main');
    expect(steadyCommit(await refusalOf(project.follow(ALLOWED)))).toMatchInlineSnapshot(`
      "002_a is applied, and this branch lacks it; it was applied, or marked as applied, without its rollback being kept
        Next: git show COMMIT:./db/migrations/rollbacks/002_a.sql   is the newest that git has, of another text than was applied; where it fits: git checkout COMMIT -- db/migrations/002_a.sql db/migrations/rollbacks/002_a.sql && npm run migrate:rollback -- --to 001_users"
    `);
  });

  test('leaves code to the branch that has it', async () => {
    const database = await freshDatabase();
    const project = await createRepository(database, USERS);
    project.git('switch', '-qc', 'code');
    await project.write({
      'migrations/002_code.ts':
        'export const up = (k: any) => k.raw("CREATE TABLE a ()"); export const down = (k: any) => k.raw("DROP TABLE a");',
    });
    project.commit();
    await project.apply();
    project.git('switch', '-q', 'main');
    expect(steadyCommit(await refusalOf(project.follow(ALLOWED)))).toMatchInlineSnapshot(`
      "002_code is applied, and this branch lacks it; it is code, which only its own branch can undo
        Next: git checkout --detach COMMIT && npm run migrate:rollback -- --to 001_users && git checkout -   then the same command again"
    `);
  });

  test('finds the proof of a rollback in the commit that has its record', async () => {
    const { project, database } = await branches();
    const { user, password, host, port } = database;
    await project.rehearse({ variables: { SCRATCH_URL: `postgresql://${user}:${password}@${host}:${port}/${database.database}` } });
    project.commit();
    project.git('switch', '-q', 'main');
    expect((await project.follow()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_users']);
  });

  test('applies both of two migrations with one number, and renumbers the one that nobody else has', async () => {
    const { project, database } = await branches();
    project.git('switch', '-q', 'main');
    await project.write({
      ...B,
      'migrations/002_b.ts':
        '// 002_b\n' + "import { sqlMigration } from 'lockstep';\nexport const { up, down, config } = sqlMigration(import.meta.url);\n",
    });
    project.commit();
    project.git('switch', '-q', 'a');
    project.git('merge', '-q', '--no-edit', 'main');
    const both = await project.follow(ALLOWED);
    expect(both.exitCode).toBe(0);
    expect(both.screen).toContain('Two migrations have version 002: db/migrations/002_a.sql and db/migrations/002_b.sql');
    expect(await historyOf(database)).toEqual(['001_users', '002_a', '002_b']);
    await database.query('INSERT INTO a VALUES (1)');

    const renumbered = await project.follow({ ...ALLOWED, renumber: true });
    expect(renumbered.exitCode).toBe(0);
    expect(renumbered.screen).toContain('002_a is 003_a now');
    expect(await historyOf(database)).toEqual(['001_users', '003_a', '002_b']);
    expect(await database.query('SELECT id FROM a')).toEqual([{ id: 1 }]);
    expect(readFileSync(path.join(project.root, down('003_a')), 'utf8')).toBe('DROP TABLE a;');
    // And back again: what was applied as 002_a is undone as 003_a, with the rollback that was kept.
    project.git('add', '-A');
    project.git('stash', '-q');
    project.git('switch', '-q', 'main');
    expect((await project.follow({ ...ALLOWED, allowDataLoss: ['a'] })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_users', '002_b']);
  });

  test('names both where git does not tell whose a number is', async () => {
    const { project } = await branches();
    await project.write(B);
    expect(await refusalOf(project.follow({ ...ALLOWED, renumber: true }))).toMatchInlineSnapshot(`
      "Version 002 is used by 002_a and 002_b, and no other branch has either of them
        Next: npm run migrate:make -- --renumber 002_a
              or npm run migrate:make -- --renumber 002_b"
    `);
  });
});
