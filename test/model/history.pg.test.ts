import fc from 'fast-check';
import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';
import { sampleSize } from '../support/sample-size.ts';
import { commands, verify } from './history-model.ts';

// npm run model: 500 sequences. A failure prints its seed and the shortest script that still fails.
const SEQUENCES = sampleSize('SEQUENCES', { everyday: 8, inCi: 12 });
const SEED = process.env['SEED'] ? Number(process.env['SEED']) : 20261122;

onServer('newest', 'history', ({ freshDatabase }) => {
  test(`agrees with its model after each of ${SEQUENCES} random sequences`, { timeout: 60_000 + SEQUENCES * 5_000 }, async () => {
    let steps = 0;
    const database = await freshDatabase();
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        await database.query('drop schema public cascade; create schema public');
        const project = await createProject(database, {});
        const model = { files: [], applied: [] };
        await fc.asyncModelRun(() => ({ model, real: { database, project } }), sequence);
        await verify(model, { database, project });
        steps += 1;
      }),
      { numRuns: SEQUENCES, seed: SEED, endOnFailure: false },
    );
    expect(steps).toBeGreaterThanOrEqual(SEQUENCES);
  });

  test('that was changed by hand is told apart from its model', async () => {
    const database = await freshDatabase();
    const project = await createProject(database, pair('001_m', 'CREATE TABLE m_1 (id int);', 'DROP TABLE m_1;'));
    await project.apply();
    const model = { files: ['001_m'], applied: ['001_m'] };
    await verify(model, { database, project });
    await database.query('delete from schema_migrations');
    await expect(verify(model, { database, project })).rejects.toThrow('history is , and should be 001_m');
  });
});
