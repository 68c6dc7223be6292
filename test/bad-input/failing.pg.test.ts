import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { answerOf, applyTo } from './answer.ts';

onServer('newest', 'SQL that fails when it runs', ({ freshDatabase }) => {
  const applyFailing = async (sql: string): Promise<string> => applyTo(await freshDatabase(), pair('001_a', sql, 'SELECT 1;'));

  test('a name that does not exist is found at its place', async () => {
    expect(await applyFailing("CREATE TABLE a (id int);\n\tINSERT INTO a SELECT '漢', missing;\n")).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a   (2 statements)
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed at statement 2 of 2: column "missing" does not exist; nothing of it was kept
        db/migrations/001_a.sql:2:28   42703
        2 │   INSERT INTO a SELECT '漢', missing;
          │                              ^
        Next: correct db/migrations/001_a.sql, then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
  });

  test('an error inside a function body tells where in it', async () => {
    expect(
      await applyFailing('CREATE TABLE a (id int);\nDO $$\nBEGIN\n  INSERT INTO missing VALUES (1);\nEND $$;\n'),
    ).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a   (2 statements)
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed at statement 2 of 2: relation "missing" does not exist; nothing of it was kept
        db/migrations/001_a.sql:2:1   42P01   line 3 of the DO block
        2 │ DO $$
          │ ^
        Next: correct db/migrations/001_a.sql, then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
  });

  test('a violated constraint does not tell what is in the row', async () => {
    const answer = await applyFailing("CREATE TABLE a (secret text, id int CHECK (id > 0));\nINSERT INTO a VALUES ('private', 0);\n");
    expect(answer).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: apply 1 migration
        001_a   (2 statements)
      1/1 001_a
      1/1 001_a failed
      db/migrations/001_a.sql failed at statement 2 of 2: new row for relation "a" violates check constraint "a_id_check"; nothing of it was kept
        db/migrations/001_a.sql:2:1   23514
        2 │ INSERT INTO a VALUES ('private', 0);
          │ ^
        Next: correct db/migrations/001_a.sql, then run npm run migrate:dev -- --env test again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
  });

  test('a rollback that fails undoes nothing', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;\nDROP TABLE missing;'));
    await project.apply();
    expect(await answerOf(database, () => project.rollback())).toMatchInlineSnapshot(`
      "exit 1
      test: DATABASE on HOST:PORT, PostgreSQL VERSION
      Plan: roll back 1 migration
        001_a   (2 statements)
      1/1 001_a
      1/1 001_a failed
      db/migrations/rollbacks/001_a.sql failed at statement 2 of 2: table "missing" does not exist; nothing of it was kept
        db/migrations/rollbacks/001_a.sql:2:1   42P01
        2 │ DROP TABLE missing;
          │ ^
        Next: correct db/migrations/rollbacks/001_a.sql, then run npm run migrate:rollback again

      001_a failed; no other migration was done before it
      journal: COUNT events, head HEAD
      "
    `);
  });
});
