import { expect, test } from 'vitest';
import { asNewRole } from '../bad-input/answer.ts';
import { onEachServer } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';

onEachServer('a server that keeps its system identifier to itself', ({ freshDatabase }) => {
  test('is migrated, remembered and audited without it', async () => {
    const database = await freshDatabase();
    await database.query('REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC');
    const own = await asNewRole(database);
    await database.query(`GRANT ALL ON SCHEMA public TO ${own.user}`);
    const project = await createProject(own, pair('001_t', 'CREATE TABLE t ();', 'DROP TABLE t;'));
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.rollback()).exitCode).toBe(0);
  });
});
