import { expect, test } from 'vitest';
import { DUMPABLE } from '../backup/backup-project.ts';
import { onServer } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { answerOf, asNewRole, sqlIn } from './answer.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

onServer('newest', 'privileges on history and backups', ({ freshDatabase }) => {
  test('a backup of what may not be read: both grants are named, one after the other', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    await database.query(`create role ${role.user}_owner; grant ${role.user}_owner to ${role.user} with inherit false;
      grant usage, create on schema public to ${role.user}; create table t (id int); alter table t enable row level security; alter table t owner to ${role.user}_owner`);
    const policy = { role: `${role.user}_owner`, backup: 'copy' } as const;
    const project = await createProject(role, pair('001_a', 'DROP TABLE t;', 'SELECT 1;'), { test: policy });
    try {
      const unread = await answerOf(database, () => project.apply());
      expect(unread).toContain('Next: as a superuser: GRANT pg_read_all_data TO "DATABASE_role";   then the same command again');
      await database.query(sqlIn(unread, database));
      const hidden = await answerOf(database, () => project.apply());
      expect(hidden).toContain('Next: as a superuser: ALTER ROLE "DATABASE_role" BYPASSRLS;   then the same command again');
      await database.query(sqlIn(hidden, database));
      expect((await project.apply()).exitCode).toBe(0);
    } finally {
      await database.query(`drop owned by ${role.user}_owner; drop role ${role.user}_owner`);
    }
  });

  test('a history that this role may not write, and one that it may not read', async () => {
    const database = await freshDatabase();
    const owner = await createProject(database, FIRST);
    await owner.apply();
    const role = await asNewRole(database);
    const project = await createProject(role, FIRST);
    const unread = await answerOf(database, () => project.status());
    expect(unread).toMatchInlineSnapshot(`
      "exit 2
      User "DATABASE_role" may not read the migration history in schema "public"
        Next: as the owner of its tables: GRANT USAGE ON SCHEMA "public" TO "DATABASE_role";
              GRANT SELECT ON "public"."schema_migrations", "public"."schema_migrations_journal", "public"."schema_migrations_lock" TO "DATABASE_role";"
    `);
    await database.query(sqlIn(unread, database));
    expect((await project.status()).applied.length).toBe(1);
    const unwritten = await answerOf(database, () => project.apply());
    expect(unwritten).toMatchInlineSnapshot(`
      "exit 2
      User "DATABASE_role" may not write the migration history in schema "public"
        Next: as the owner of its tables: GRANT USAGE ON SCHEMA "public" TO "DATABASE_role";
              GRANT SELECT, INSERT, UPDATE, DELETE ON "public"."schema_migrations", "public"."schema_migrations_journal", "public"."schema_migrations_lock" TO "DATABASE_role";
              GRANT USAGE ON SEQUENCE schema_migrations_id_seq, schema_migrations_lock_index_seq TO "DATABASE_role";"
    `);
    await database.query(sqlIn(unwritten, database));
    await database.query(`grant create on schema public to ${role.user}`);
    await project.write(pair('002_b', 'CREATE TABLE b (id int);', 'DROP TABLE b;'));
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.rollback()).exitCode).toBe(0);
  });

  test('a history of which row security may hide a part, so that a run would apply it again', async () => {
    const database = await freshDatabase();
    const owner = await createProject(database, FIRST);
    await owner.apply();
    const role = await asNewRole(database);
    await database.query(`grant all on all tables in schema public to ${role.user}; grant all on all sequences in schema public to ${role.user};
      grant usage, create on schema public to ${role.user}; alter table schema_migrations enable row level security`);
    expect((await owner.status()).applied.length).toBe(1);
    const project = await createProject(role, FIRST);
    const hidden = await answerOf(database, () => project.apply());
    expect(hidden).toMatchInlineSnapshot(`
      "exit 2
      Row security of public.schema_migrations can hide rows from user "DATABASE_role", and the migration history is to be seen as a whole
        Next: as the owner of the tables: ALTER TABLE "public"."schema_migrations" DISABLE ROW LEVEL SECURITY;
              or as a superuser: ALTER ROLE "DATABASE_role" BYPASSRLS;"
    `);
    expect(await answerOf(database, () => project.status())).toBe(hidden);
    await database.query(sqlIn(hidden, database));
    expect((await project.status()).applied.length).toBe(1);
  });

  test("a history of stock Knex that is another owner's, and so cannot be completed", async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    await database.query(`grant usage, create on schema public to ${role.user}`);
    await database.query(
      'create table schema_migrations (id serial primary key, name varchar(255), batch int, migration_time timestamptz)',
    );
    await database.query(`grant all on schema_migrations to ${role.user}`);
    const project = await createProject(role, FIRST);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      The tables of the migration history in schema "public" cannot be completed
        42501 must be owner of table schema_migrations
        Next: run the command once as the owner of "public"."schema_migrations""
    `);
  });
});

onServer(DUMPABLE, 'privileges on what pg_dump reads', ({ freshDatabase }) => {
  test('both grants are named, one after the other, ready to paste', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    await database.query(`grant usage, create on schema public to ${role.user}; create table hidden (id int); alter table hidden enable row level security;
      create table t (id int); alter table t owner to ${role.user}`);
    const project = await createProject(role, pair('001_a', 'DROP TABLE t;', 'SELECT 1;'), { test: { backup: 'pg_dump' } });
    const unread = await answerOf(database, () => project.apply());
    expect(unread).toContain('Next: as a superuser: GRANT pg_read_all_data TO "DATABASE_role";   then the same command again');
    await database.query(sqlIn(unread, database));
    const hidden = await answerOf(database, () => project.apply());
    expect(hidden).toContain('Next: as a superuser: ALTER ROLE "DATABASE_role" BYPASSRLS;   then the same command again');
    await database.query(sqlIn(hidden, database));
    expect((await project.apply()).exitCode).toBe(0);
  });
});
