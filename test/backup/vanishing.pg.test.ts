import { expect, test } from 'vitest';
import type { BackupPolicy } from '../../src/model/policy.ts';
import { onServer } from '../support/database.ts';
import { createProject, historyOf, pair, refusalOf, variablesOf } from '../support/project.ts';

const SECOND = pair('002_u', 'DROP TABLE t;', 'CREATE TABLE t (id int);');

onServer('newest', 'a backup in a container', ({ freshDatabase }) => {
  /** A project whose production runs in the release phase of Heroku: that is so on any machine. */
  async function createReleased(backup: Partial<BackupPolicy>) {
    const database = await freshDatabase();
    const tree = pair('001_t', 'CREATE TABLE t (id int); INSERT INTO t VALUES (1);', 'DROP TABLE t;');
    const project = await createProject(database, tree, { production: { dataLoss: 'backup', backup } });
    const production = { env: 'production', variables: { ...variablesOf(database), DYNO: 'release.1', PG_DUMP: '/nowhere/pg_dump' } };
    // The first run finds no table, and so needs no backup.
    expect((await project.apply(production)).exitCode).toBe(0);
    return { ...project, database, production, steady: (text: string) => text.replaceAll(project.root, 'ROOT') };
  }

  test('is refused before anything is asked or changed, with the ways out, in a dry run too', async () => {
    const { apply, rollback, dryRun, write, database, production, steady } = await createReleased({ method: 'copy' });
    await write(SECOND);
    const said = steady(await refusalOf(apply({ ...production, ask: () => Promise.reject(new Error('asked')) })));
    expect(said).toMatchInlineSnapshot(`
      "This runs in a Heroku dyno, and the backup in ROOT/.lockstep/backups would vanish with it; nothing was changed
        Next: in knexfile.ts: backup: { command: 'aws s3 cp - s3://bucket/$LOCKSTEP_BACKUP' }   sends it elsewhere
              or in knexfile.ts: backup: { external: 'snapshot id' }   records the snapshot that you took elsewhere"
    `);
    expect(steady(await refusalOf(dryRun('up', undefined, production)))).toBe(said);
    expect(await historyOf(database)).toEqual(['001_t']);
    expect(steady(await refusalOf(rollback(production)))).toContain('would vanish with it');
    expect(await historyOf(database)).toEqual(['001_t']);
  });

  test('is not asked for where none is written: nothing is lost, or the policy says where it is', async () => {
    const harmless = await createReleased({ method: 'copy' });
    await harmless.write(pair('002_v', 'CREATE TABLE v (id int);', 'DROP TABLE v;'));
    expect((await harmless.apply(harmless.production)).exitCode).toBe(0);
    for (const backup of [{ external: 'snapshot 7' }, { method: 'copy', command: 'cat > /dev/null' }] as const) {
      const { apply, write, production, database } = await createReleased(backup);
      await write(SECOND);
      expect((await apply({ ...production, allowDataLoss: ['t'] })).exitCode).toBe(0);
      expect(await historyOf(database)).toEqual(['001_t', '002_u']);
    }
  });

  test('is taken where the policy says what keeps it, and the journal keeps that', async () => {
    const { apply, write, production, database } = await createReleased({ method: 'copy', keptBy: 'the artifacts of the job' });
    await write(SECOND);
    expect((await apply(production)).exitCode).toBe(0);
    const [started] = await database.query(
      "select details -> 'backup' as backup from schema_migrations_journal where event = 'run-started' order by id desc limit 1",
    );
    expect(started?.['backup']).toMatchObject({ method: 'copy', keptBy: 'the artifacts of the job' });
  });
});
