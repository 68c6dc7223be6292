import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { onEachServer } from '../support/database.ts';
import { KEPT_BACKUPS } from '../support/kept-backups.ts';
import { createProject, historyOf, pair } from '../support/project.ts';

const PAGE = readFileSync(path.join(import.meta.dirname, '../../docs/production.md'), 'utf8');
const [, SQL = ''] = /```sql\n(CREATE ROLE migrator[\s\S]*?)```/.exec(PAGE) ?? [];

onEachServer('the least that a migrator needs', ({ freshDatabase }) => {
  test('is what docs/production.md says: it makes tables as their owner, and history as itself', async () => {
    const database = await freshDatabase();
    const [migrator, owner] = [`migrator_${database.database}`, `owner_${database.database}`];
    const statements = SQL.replaceAll('migrator', migrator)
      .replaceAll('app_owner', owner)
      .replace("'…'", "'not so secret'")
      .split('\n')
      .map((line) => line.replace(/--.*/, '').trim())
      .filter(Boolean);
    const revoke = statements.pop() ?? '';
    await database.query(`CREATE ROLE ${owner}`);
    onTestFinished(async () => {
      await database.query(`DROP OWNED BY ${migrator}, ${owner} CASCADE`);
      await database.query(`DROP ROLE ${migrator}, ${owner}`);
    });
    for (const statement of statements) await database.query(statement);
    const own = { ...database, user: migrator, password: 'not so secret' };
    const tree = { ...pair('001_t', 'CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY t_id ON t (id);', 'DROP TABLE t;') };
    const project = await createProject(own, tree, { production: { role: owner, ...KEPT_BACKUPS } });
    expect((await project.apply({ env: 'production' })).exitCode).toBe(0);
    expect(revoke).toContain('REVOKE CREATE');
    await database.query(revoke);
    await project.write(pair('002_u', 'CREATE TABLE u (id int); INSERT INTO u VALUES (1);', 'DROP TABLE u;'));
    expect((await project.apply({ env: 'production' })).exitCode).toBe(0);
    const owners =
      "SELECT relname, relowner::regrole::text AS owner FROM pg_class WHERE relname IN ('t', 'u', 'schema_migrations') ORDER BY 1";
    expect(await database.query(owners)).toEqual([
      { relname: 'schema_migrations', owner: migrator },
      { relname: 't', owner },
      { relname: 'u', owner },
    ]);
    // The backup of what a rollback takes is read as the session's role, which is a member of the owner.
    expect((await project.rollback({ env: 'production' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_t']);
  });
});
