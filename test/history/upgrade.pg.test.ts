import { expect, test } from 'vitest';
import { onEachServer } from '../support/database.ts';
import { KEPT_BACKUPS } from '../support/kept-backups.ts';
import { createProject, historyOf, variablesOf } from '../support/project.ts';
import { fillAsFirstRelease, PROJECT, readAsFirstRelease, rollBackAsFirstRelease } from './first-release.ts';

onEachServer('a history of the first release', ({ freshDatabase }) => {
  /** The environment is the one that the database remembers. */
  async function createUpgraded() {
    const database = await freshDatabase();
    await fillAsFirstRelease(database);
    const project = await createProject(database, PROJECT, { production: { ...KEPT_BACKUPS, dataLoss: 'backup' } });
    const remembered = { env: undefined, variables: variablesOf(database) } as never;
    return { ...project, database, remembered };
  }

  test('is read as it is, and left as it is', async () => {
    const { status, audit, dryRun, database, remembered } = await createUpgraded();
    const before = await readAsFirstRelease(database);
    const found = await status(remembered);
    expect(found).toMatchObject({ environment: 'production', drifts: [], problems: [] });
    expect(found.applied.map(({ name, description, durationMs }) => [name, description, durationMs])).toEqual([
      ['001_shop', 'The shop', 2],
      ['002_email', undefined, 35],
    ]);
    expect(found.pending.map(({ name }) => name)).toEqual(['003_name']);
    expect(found.attempts).toMatchObject([{ name: '003_name' }]);
    expect((await dryRun('up', undefined, remembered)).steps).toHaveLength(1);
    const { findings, entries } = await audit(remembered);
    expect(entries).toHaveLength(13);
    expect(findings.map(({ what }) => what)).toMatchInlineSnapshot(`
      [
        "Guard: the trigger schema_migrations_keep_first of schema_migrations is silent under session_replication_role = replica",
        "Guard: the trigger schema_migrations_journal_append of schema_migrations_journal is silent under session_replication_role = replica",
        "Guard: the trigger schema_migrations_journal_keep of schema_migrations_journal is silent under session_replication_role = replica",
      ]
    `);
    expect(await readAsFirstRelease(database)).toEqual(before);
  });

  test('is completed by the next run, whose journal goes on in the same chain', async () => {
    const { apply, rollback, audit, status, database, remembered } = await createUpgraded();
    expect((await apply({ env: 'production' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_shop', '002_email', '003_name']);
    expect((await audit(remembered)).findings).toEqual([]);
    // What the first release applied is rolled back too.
    expect((await rollback({ env: 'production', to: '001' })).exitCode).toBe(0);
    expect(await historyOf(database)).toEqual(['001_shop']);
    expect((await apply({ env: 'production' })).exitCode).toBe(0);
    expect(await status(remembered)).toMatchObject({ drifts: [], problems: [], pending: [] });
  });

  test('can be read and written by the first release afterwards, and by this one again', async () => {
    const { apply, audit, status, database, remembered } = await createUpgraded();
    const before = await readAsFirstRelease(database);
    await apply({ env: 'production' });
    const { columns, history, openRuns, unfinished, environment, meaning, text } = await readAsFirstRelease(database);
    for (const [i, table] of before.columns.entries()) {
      expect(columns[i]).toMatchObject({ table: table['table'], triggers: table['triggers'] });
      expect(columns[i]?.['columns']).toEqual(expect.arrayContaining(table['columns'] as string[]));
    }
    expect(history.map(({ row }) => row)).toEqual([
      ...before.history.map(({ row }) => row),
      {
        id: 4,
        name: '003_name',
        batch: 3,
        migration_time: expect.any(String),
        description: null,
        duration_ms: expect.any(Number),
        applied_by: 'postgres',
        checksum: '2d3109e4635a83756c65b154aa8f1e5c6ccd7c2ff4ec631c89943d9dd5cd9b24',
      },
    ]);
    expect({ openRuns, unfinished, environment }).toEqual({ openRuns: [], unfinished: [], environment: [{ environment: 'production' }] });
    expect(meaning).toEqual([{ hash: 'c13b31b89ce6566f371f9591b6915ec8e3e28893ec952af50d15d8c20c32b2a6' }]);
    expect(text).toEqual([{ script: PROJECT['db/migrations/003_name.sql'] }]);

    await rollBackAsFirstRelease(database);
    const found = await status(remembered);
    expect(found).toMatchObject({ drifts: [], problems: [], attempts: [] });
    expect(found.pending.map(({ name }) => name)).toEqual(['003_name']);
    expect((await audit(remembered)).findings).toEqual([]);
    expect((await apply({ env: 'production' })).exitCode).toBe(0);
    expect((await audit(remembered)).findings).toEqual([]);
  });
});
