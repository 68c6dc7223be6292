import { expect, test } from 'vitest';
import { onEachServer } from '../support/database.ts';
import { createProject, down, pair, refusalOf, up } from '../support/project.ts';

onEachServer('a migration that was applied in part and whose files are gone', ({ freshDatabase }) => {
  test('refuses to begin anew under another name, or to be forgotten in silence, until a person says it was undone', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...pair('001_t', 'CREATE TABLE t (id int, v int);', 'DROP TABLE t;'),
      ...pair('002_i', 'INSERT INTO t VALUES (1, 1);\nCREATE INDEX CONCURRENTLY t_w ON t (nope);', 'DROP INDEX t_w;'),
    });
    expect((await project.apply()).exitCode).toBe(1);
    project.remove(up('002_i'), down('002_i'));
    expect(await refusalOf(project.apply())).toMatchInlineSnapshot(`
      "002_i was applied in part and never finished, and its files are gone or have another name, under which the finished parts would run again
        db/migrations/002_i.sql
        Next: rename its files back where they were renamed; where they were removed: git log --diff-filter=D --name-only --oneline -- db/migrations/002_i.sql 'migrations/002_i.*'   finds the commit that removed it, and the file; git checkout <commit>^ -- <file>
              or, where it was undone by hand: npm run migrate:repair -- --forget 002_i"
    `);
    await project.write(pair('003_i', 'INSERT INTO t VALUES (1, 1);\nCREATE INDEX CONCURRENTLY t_w ON t (id);', 'DROP INDEX t_w;'));
    expect(await refusalOf(project.apply())).toContain('002_i was applied in part');
    expect((await project.status()).drifts).toMatchObject([{ kind: 'missing', name: '002_i', stops: true }]);
    await database.query('DELETE FROM t');
    expect((await project.repair({ consents: [{ kind: 'forget', name: '002_i' }] })).exitCode).toBe(0);
    expect((await project.apply()).exitCode).toBe(0);
    expect(await database.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1 }]);
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.status()).attempts).toEqual([]);
  });
});
