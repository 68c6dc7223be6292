import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, historyOf, pair, type Tree, variablesOf } from '../support/project.ts';
import { answerOf, asNewRole, sqlIn } from './answer.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

onServer('newest', 'privileges', ({ freshDatabase }) => {
  /** A role that may make tables, and a table of somebody else's. */
  const withForeignTable = async (sql: string, tree: Tree = {}) => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    await database.query(`grant usage, create on schema public to ${role.user}`);
    await database.query(`create table orders (id serial primary key, v int)`);
    await database.query(`create view recent as select * from orders`);
    await database.query(`create materialized view totals as select count(*) from orders`);
    await database.query(`create schema private`);
    const project = await createProject(role, { ...pair('001_a', sql, 'SELECT 1;'), ...tree });
    const answer = await answerOf(database, () => project.apply());
    return { database, project, answer };
  };

  test('the schema public takes no new tables, from PostgreSQL 15 on', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    const project = await createProject(role, FIRST);
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      User "DATABASE_role" may not create tables in schema "public" of database "DATABASE"
        Next: as the owner of the schema: GRANT USAGE, CREATE ON SCHEMA "public" TO "DATABASE_role";"
    `);
    await database.query(sqlIn(answer, database));
    expect((await project.apply()).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a']);
  });

  test('a schema that may not be looked into', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    await database.query('create schema app');
    const project = await createProject(role, FIRST);
    const variables = { ...variablesOf(role), DB_SCHEMA: 'app' };
    const answer = await answerOf(database, () => project.apply({ variables }));
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      User "DATABASE_role" may not create tables in schema "app" of database "DATABASE"
        Next: as the owner of the schema: GRANT USAGE, CREATE ON SCHEMA "app" TO "DATABASE_role";"
    `);
    await database.query(sqlIn(answer, database));
    expect((await project.apply({ variables })).exitCode).toBe(0);
  });

  test('a table of another owner: the grant makes it run', async () => {
    const { database, project, answer } = await withForeignTable('CREATE TABLE a (id int);\nINSERT INTO orders VALUES (1, 2);');
    expect(answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a   (2 statements)
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed at statement 2 of 2: permission denied for table orders; nothing of it was kept
        db/migrations/001_a.sql:2:1   42501
        2 │ INSERT INTO orders VALUES (1, 2);
          │ ^
        Next: as the owner: GRANT ALL ON TABLE "orders" TO "DATABASE_role";
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
    await database.query(sqlIn(answer, database));
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a materialized view of another owner', async () => {
    const { database, project, answer } = await withForeignTable('CREATE TABLE a AS SELECT * FROM totals;');
    expect(answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed: permission denied for materialized view totals; nothing of it was kept
        db/migrations/001_a.sql:1:1   42501
        1 │ CREATE TABLE a AS SELECT * FROM totals;
          │ ^
        Next: as the owner: GRANT ALL ON TABLE "totals" TO "DATABASE_role";
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
    await database.query(sqlIn(answer, database));
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a sequence of another owner', async () => {
    const { database, project, answer } = await withForeignTable("SELECT nextval('orders_id_seq');");
    expect(answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed: permission denied for sequence orders_id_seq; nothing of it was kept
        db/migrations/001_a.sql:1:1   42501
        1 │ SELECT nextval('orders_id_seq');
          │ ^
        Next: as the owner: GRANT ALL ON SEQUENCE "orders_id_seq" TO "DATABASE_role";
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
    await database.query(sqlIn(answer, database));
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a schema of another owner', async () => {
    const { database, project, answer } = await withForeignTable('CREATE TABLE private.a (id int);');
    expect(answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed: permission denied for schema private; nothing of it was kept
        db/migrations/001_a.sql:1:14   42501
        1 │ CREATE TABLE private.a (id int);
          │              ^
        Next: as the owner: GRANT USAGE, CREATE ON SCHEMA "private" TO "DATABASE_role";
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
    await database.query(sqlIn(answer, database));
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a table that only its owner may alter', async () => {
    const { database, project, answer } = await withForeignTable('ALTER TABLE orders ADD COLUMN w int;');
    expect(answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed: must be owner of table orders; nothing of it was kept
        db/migrations/001_a.sql:1:1   42501
        1 │ ALTER TABLE orders ADD COLUMN w int;
          │ ^
        Next: as the owner: ALTER TABLE "orders" OWNER TO "DATABASE_role";   (or GRANT the owning role TO "DATABASE_role";)
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
    await database.query(sqlIn(answer, database).split('\n')[0] ?? '');
    expect((await project.apply()).exitCode).toBe(0);
  });

  test('a view that only its owner may drop', async () => {
    expect((await withForeignTable('DROP VIEW recent;')).answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed: must be owner of view recent; nothing of it was kept
        db/migrations/001_a.sql:1:1   42501
        1 │ DROP VIEW recent;
          │ ^
        Next: as the owner: ALTER VIEW "recent" OWNER TO "DATABASE_role";   (or GRANT the owning role TO "DATABASE_role";)
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
  });

  test('a materialized view that only its owner may refresh', async () => {
    expect((await withForeignTable('REFRESH MATERIALIZED VIEW totals;')).answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed: permission denied for materialized view totals; nothing of it was kept
        db/migrations/001_a.sql:1:1   42501
        1 │ REFRESH MATERIALIZED VIEW totals;
          │ ^
        Next: as the owner: GRANT ALL ON TABLE "totals" TO "DATABASE_role";
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
  });

  test('a schema that the database does not let anybody make', async () => {
    expect((await withForeignTable('CREATE SCHEMA mine;')).answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed: permission denied for database DATABASE; nothing of it was kept
        db/migrations/001_a.sql:1:1   42501
        1 │ CREATE SCHEMA mine;
          │ ^
        Next: as the owner: GRANT CREATE ON DATABASE "DATABASE" TO "DATABASE_role";
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
  });

  test('a role that only a superuser may make', async () => {
    expect((await withForeignTable('CREATE ROLE nobody_such SUPERUSER;')).answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed: permission denied to create role; nothing of it was kept
        db/migrations/001_a.sql:1:1   42501   Only roles with the CREATEROLE attribute may create roles.
        1 │ CREATE ROLE nobody_such SUPERUSER;
          │ ^
        Next: as a superuser: give "DATABASE_role" what the message names, or run the statement
              then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
  });
});
