import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { answerOf, asNewRole } from './answer.ts';
import { behindProxy, swapText } from './proxy.ts';

const FIRST = pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;');

onServer('newest', 'servers', ({ freshDatabase }) => {
  test('older than 14 are refused, by every command', async () => {
    const database = await freshDatabase();
    const thirteen = (chunk: Buffer): Buffer =>
      swapText(
        "pg_catalog.current_setting('server_version_num')",
        '130011::text',
      )(swapText("pg_catalog.current_setting('server_version')", "'13.11'")(chunk));
    const project = await createProject(await behindProxy(database, { toServer: thirteen }), FIRST);
    const answer = await answerOf(database, () => project.apply());
    expect(answer).toMatchInlineSnapshot(`
      "exit 2
      HOST:PORT runs PostgreSQL VERSION; 14 is the oldest that is supported
        Next: upgrade the server, or point DB_HOST at a newer one"
    `);
    expect(await answerOf(database, () => project.rollback())).toBe(answer);
    expect(await answerOf(database, () => project.status())).toBe(answer);
    expect(await answerOf(database, () => project.dryRun('up'))).toBe(answer);
    expect(await database.query("select 1 from pg_class where relname like 'schema_migrations%'")).toEqual([]);
  });

  test('that let a role only read are refused, and told apart from a missing privilege', async () => {
    const database = await freshDatabase();
    const role = await asNewRole(database);
    await database.query(`alter role ${role.user} set default_transaction_read_only = on`);
    const project = await createProject(role, FIRST);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      Transactions on HOST:PORT are read-only for user "DATABASE_role" in database "DATABASE"
        Next: ALTER ROLE "DATABASE_role" SET default_transaction_read_only = off;   or use another role, or the primary"
    `);
    expect((await project.status()).server.isReadOnly).toBe(false);
  });

  test('whose database only reads are refused', async () => {
    const database = await freshDatabase();
    await database.query(`alter database ${database.database} set default_transaction_read_only = on`);
    const project = await createProject(database, FIRST);
    expect(await answerOf(database, () => project.apply())).toMatchInlineSnapshot(`
      "exit 2
      Transactions on HOST:PORT are read-only for user "postgres" in database "DATABASE"
        Next: ALTER ROLE "postgres" SET default_transaction_read_only = off;   or use another role, or the primary"
    `);
    expect(await answerOf(database, () => project.rollback())).toContain('exit 2\nTransactions on HOST:PORT are read-only');
  });
});
