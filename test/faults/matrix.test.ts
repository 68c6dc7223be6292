import { expect, test } from 'vitest';
import { faults } from '../../faults/faults.ts';
import { planEntries } from '../../faults/plan.ts';
import { missingServers } from '../../faults/server.ts';
import { sampleSize } from '../support/sample-size.ts';

// More of the same on request: FAULT_POINTS=400 FAULT_SEED=7 npx vitest run test/faults/matrix
const POINTS = sampleSize('FAULT_POINTS', { everyday: 20, inCi: 200 });
const SEED = Number(process.env['FAULT_SEED'] ?? 1);

test.skipIf(missingServers([18]).length > 0)(`a sample of ${POINTS} faults converges`, { timeout: 60_000 + POINTS * 3_000 }, async () => {
  let told = '';
  const tell = (text: string): void => {
    told += text;
  };
  const { isGood } = await faults({ runner: 'ours', scope: 'quick', seed: SEED, sample: POINTS, tell });
  expect(isGood, told).toBe(true);
});

test.skipIf(missingServers([18]).length > 0)('a matrix that is interrupted is no result', { timeout: 120_000 }, async () => {
  const interruption = AbortSignal.abort('SIGTERM');
  const run = faults({ runner: 'ours', scope: 'quick', seed: 1, project: 'transactional', sample: 3, tell: () => undefined, interruption });
  await expect(run).rejects.toThrow('Interrupted by SIGTERM after 0 points, of which 0 did not converge; nothing was written');
});

test('a matrix without a point is refused, and not a success', () => {
  expect(() => planEntries({ isPlain: false, scope: 'usual', project: 'nothing' })).toThrow('No project is put to such a fault');
  expect(() => planEntries({ isPlain: false, scope: 'usual', kind: 'kil' })).toThrow('Next: choose a project of transactional');
});
