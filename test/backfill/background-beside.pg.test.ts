import knex from 'knex';
import { expect, onTestFinished, test, vi } from 'vitest';
import { stockKnexfile } from '../../src/journeys/stock.ts';
import { hasPassed } from '../../src/model/rehearsal.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { createProject, down, historyOf, pair, type Tree, up, variablesOf } from '../support/project.ts';
import { beginShop, COUNT, counts, IN_BACKGROUND, ROWS, SHOP } from './background-shop.ts';

onOldestAndNewest('a backfill in the background, beside other commands', ({ freshDatabase }) => {
  const begin = async (tree: Tree) => beginShop(await freshDatabase(), tree);

  test('runs at once where no worker is', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, { ...SHOP, ...COUNT, ...pair('003_next', '-- requires: 002\nSELECT 1;', 'SELECT 1;') });
    const { exitCode, screen } = await project.apply();
    expect([exitCode, await counts(database)], screen).toEqual([0, [{ n: 1, rows: ROWS }]]);
    expect(screen).toContain('Note: 002_count: -- part: backfill in background runs at once here');
    expect(hasPassed(await project.rehearse())).toBe(true);
  });

  test('follows its migration to another name', async () => {
    const { project } = await begin(COUNT);
    await project.apply();
    project.remove(up('002_count'), down('002_count'));
    await project.write(pair('002_total', String(COUNT[up('002_count')]), String(COUNT[down('002_count')])));
    const { exitCode, screen } = await project.repair({ consents: [{ kind: 'rename', name: '002_count', to: '002_total' }] });
    expect(exitCode, screen).toBe(0);
    expect((await project.status()).backfills).toMatchObject([{ name: '002_total' }]);
    expect((await project.work()).exitCode).toBe(0);
  });

  test('is left by stock Knex too', async () => {
    const { database, project, journey } = await begin(COUNT);
    for (const [name, value] of Object.entries(variablesOf(database))) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const instance = knex(stockKnexfile(journey.project, () => {})['test'] ?? {});
    await instance.migrate.latest();
    await instance.destroy();
    expect([await historyOf(database), await counts(database)]).toEqual([['001_shop', '002_count'], [{ n: 0, rows: ROWS }]]);
    expect([(await project.work()).exitCode, await counts(database)]).toEqual([0, [{ n: 1, rows: ROWS }]]);
  });

  test('needs no right to make tables once they are there, and says so before', async () => {
    const database = await freshDatabase();
    const role = `migrator_${database.database}`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'zwiebel'; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO ${role}`,
    );
    onTestFinished(() => database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`).then(() => {}));
    const project = await createProject(database, { ...SHOP, ...COUNT }, IN_BACKGROUND);
    const as = { variables: { ...variablesOf(database), DB_USER: role, DB_PASSWORD: 'zwiebel' } };
    expect((await project.apply({ ...as, to: '001' })).exitCode).toBe(0);
    await database.query(`REVOKE CREATE ON SCHEMA public FROM ${role}`);
    const { exitCode, screen } = await project.apply(as);
    expect([exitCode, screen]).toEqual([1, expect.stringContaining(`in public, and ${role} may not make them there`)]);
    await database.query(`GRANT CREATE ON SCHEMA public TO ${role}`);
    expect((await project.apply(as)).exitCode).toBe(0);
    await database.query(`REVOKE CREATE ON SCHEMA public FROM ${role}`);
    await project.write(pair('003_again', '-- part: backfill in background\nUPDATE users SET n = n + 1;', 'SELECT 1;'));
    expect((await project.apply(as)).exitCode).toBe(0);
    const worked = await project.work(as);
    expect([worked.exitCode, await counts(database)], worked.screen).toEqual([0, [{ n: 2, rows: ROWS }]]);
  });
});
