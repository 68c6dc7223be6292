import { expect, test } from 'vitest';
import { onEachServer, onServer } from '../support/database.ts';
import { createProject, down, historyOf, isThere, pair, refusalOf, steady, up } from '../support/project.ts';

const THREE = {
  ...pair('001_a', 'CREATE TABLE a (id int);', 'DROP TABLE a;'),
  ...pair('002_b', 'CREATE TABLE b (id int);', 'BEGIN;\nDROP TABLE b;\nCOMMIT;'),
  ...pair('003_c', 'CREATE TABLE c (id int);', 'DROP TABLE c;'),
};

onEachServer('rollback', ({ freshDatabase }) => {
  test('undoes the last applied migration', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THREE);
    await project.apply();
    const { exitCode, screen } = await project.rollback();
    expect(exitCode).toBe(0);
    expect(steady(screen)).toContain('Rolled back 1 migration in DURATION (test)');
    expect(await historyOf(database)).toEqual(['001_a', '002_b']);
    expect(await isThere(database, 'c')).toBe(false);
  });

  test('goes back to a version, which stays', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THREE);
    await project.apply();
    expect((await project.rollback({ to: '001' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_a']);
  });

  test('leaves nothing for 0', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THREE);
    await project.apply();
    expect((await project.rollback({ to: '0' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual([]);
    expect((await project.rollback()).screen).toMatch(/^Nothing to roll back/);
  });

  test('undoes what was applied last, and not what has the highest number', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THREE);
    await project.apply();
    await project.write(pair('000_late', 'CREATE TABLE late (id int);', 'DROP TABLE late;'));
    await project.apply();
    await project.rollback();
    expect(await historyOf(database)).toEqual(['001_a', '002_b', '003_c']);
  });

  test('keeps a migration applied when its rollback fails, and undoes nothing of it', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...THREE, [down('002_b')]: 'BEGIN;\nDROP TABLE b;\nDROP TABLE no_such;\nCOMMIT;' });
    await project.apply();
    const { outcome } = await project.rollback({ to: '001' });
    expect(outcome).toMatchObject({ done: [{ name: '003_c' }], failed: { name: '002_b' } });
    expect(await historyOf(database)).toEqual(['001_a', '002_b']);
    expect(await isThere(database, 'b')).toBe(true);
  });

  test('undoes one and not two when its answer never arrived and the command is repeated', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THREE);
    await project.apply();
    await project.rollback();
    // As if the connection had broken between the COMMIT and its answer: the run has no end.
    await database.query('alter table schema_migrations_journal disable trigger schema_migrations_journal_keep');
    await database.query(
      "delete from schema_migrations_journal where id = (select max(id) from schema_migrations_journal where event = 'run-ended')",
    );
    expect((await project.rollback()).screen).toContain(
      '003_c was rolled back by the interrupted run, whose answer never arrived; nothing more was rolled back',
    );
    expect(await historyOf(database)).toEqual(['001_a', '002_b']);
    await project.rollback();
    expect(await historyOf(database)).toEqual(['001_a']);
  });

  test('applies again after a rollback', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THREE);
    for (let round = 0; round < 3; round += 1) {
      expect((await project.apply()).exitCode).toBe(0);
      expect((await project.rollback({ to: '0' })).exitCode).toBe(0);
    }
    expect(
      await database.query(
        "select event, count(*)::int as n from schema_migrations_journal where event like 'step-%' group by 1 order by 1",
      ),
    ).toEqual([
      { event: 'step-done', n: 9 },
      { event: 'step-rolled-back', n: 9 },
    ]);
  });
});

onServer('newest', 'a dry run', ({ freshDatabase }) => {
  test('plans without touching anything: not even the history tables', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, THREE);
    const { steps } = await project.dryRun('up', '002');
    expect(steps.map(({ migration }) => migration.name)).toEqual(['001_a', '002_b']);
    expect(await database.query("select relname from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
    await project.apply();
    expect((await project.dryRun('down', '0')).steps.map(({ migration }) => migration.name)).toEqual(['003_c', '002_b', '001_a']);
    expect(await historyOf(database)).toEqual(['001_a', '002_b', '003_c']);
  });

  test('refuses what a run would refuse', async () => {
    const project = await createProject(await freshDatabase(), { ...THREE, [up('004_d')]: 'COMMIT;' });
    expect(await refusalOf(project.dryRun('up'))).toContain('db/migrations/004_d.sql:1:1');
  });
});
