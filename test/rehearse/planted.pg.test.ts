import { expect, test } from 'vitest';
import type { Rehearse } from '../../src/journeys/rehearse.ts';
import type { Rehearsal } from '../../src/model/rehearsal.ts';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, pair, type TestProject } from '../support/project.ts';
import { sampleSize } from '../support/sample-size.ts';
import { BASE } from './base.ts';
import { PLANTED, type Planted } from './planted.ts';

const urlOf = ({ user, password, host, port, database }: TestDatabase): string =>
  `postgresql://${user}:${password}@${host}:${port}/${database}`;

/** On the server of the tests, so that none has to be started. */
export const rehearseOn = (project: TestProject, database: TestDatabase, wish: Partial<Rehearse> = {}): Promise<Rehearsal> =>
  project.rehearse({ variables: { SCRATCH_URL: urlOf(database) }, ...wish });

const textOf = ({ proofs }: Rehearsal): string =>
  proofs.flatMap(({ findings }) => findings.flatMap(({ what, lines = [] }) => [what, ...lines])).join('\n');

onServer('newest', 'planted rollback mistakes', ({ freshDatabase }) => {
  const prove = async ({ up }: Planted, down: string): Promise<Rehearsal> => {
    const database = await freshDatabase();
    const project = await createProject(database, {
      ...pair('001_base', BASE, '-- irreversible: the base\nSELECT 1;'),
      ...pair('002_change', up, down),
    });
    return rehearseOn(project, database, { only: ['002'] });
  };

  const wanted = sampleSize('PLANTED', { everyday: 10, inCi: PLANTED.length });
  const tried = PLANTED.filter((_, i) => i % Math.max(1, Math.floor(PLANTED.length / wanted)) === 0);

  test.each(tried.map((one) => [one.name, one] as const))('finds a wrong, and accepts a right one: %s', async (_, planted) => {
    const [right, wrong] = [await prove(planted, planted.right), await prove(planted, planted.wrong)];
    expect(textOf(right)).toBe('');
    expect(textOf(wrong)).toMatch(planted.names);
  });
});
