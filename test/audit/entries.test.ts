import { expect, test } from 'vitest';
import { toEntries } from '../../src/drift/verify-journal.ts';
import type { SealedEvent } from '../../src/history/sealed-events.ts';

const sealed = (event: Pick<SealedEvent, 'id' | 'run' | 'event' | 'details'>): SealedEvent => ({
  at: new Date(0),
  prevHash: '',
  hash: '',
  rightHash: '',
  ...event,
});

test('an event is given who ran it, where, and from which commit', () => {
  const details = {
    by: 'ann@ci',
    environment: 'production',
    commit: '3f9a2c1b5d6e7f80a1b2',
    dirty: ['db/migrations/001_a.sql'],
    job: '77',
  };
  const entries = toEntries([
    sealed({ id: 1, run: 'a', event: 'run-started', details }),
    sealed({ id: 2, run: 'a', event: 'step-done', details: {} }),
    sealed({ id: 3, run: 'adopted', event: 'baselined', details: {} }),
  ]);
  expect(entries[1]).toMatchObject({ by: 'ann@ci', environment: 'production', commit: '3f9a2c1b5d6e (with local changes), job 77' });
  expect(entries[2]).not.toHaveProperty('by');
});
