import { expect, test } from 'vitest';
import { defineProject } from '../../src/environment/define-project.ts';

const define = (settings: object) => () => defineProject({ root: '/nowhere', ...settings });

test.each<readonly [object, string]>([
  [{ produktion: {} }, 'There is no setting produktion'],
  [{ production: 'strict' }, "The setting production cannot be 'strict'"],
  [{ production: { lockTimoutMs: 5_000 } }, 'There is no setting production.lockTimoutMs'],
  [{ production: [] }, 'The setting production cannot be [ … ]'],
  [{ production: { consent: Object.create(null) } }, 'The setting production.consent cannot be { … }'],
  [{ production: { toString: 1 } }, 'There is no setting production.toString'],
  [{ production: { lockTimeoutMs: 10 } }, 'The setting production.lockTimeoutMs cannot be 10'],
  [{ production: { lockRetryForMs: -5 } }, 'The setting production.lockRetryForMs cannot be -5'],
  [{ staging: { statementTimeoutMs: Number.NaN } }, 'The setting staging.statementTimeoutMs cannot be NaN'],
  [{ staging: { runLockWaitMs: '75000' } }, "The setting staging.runLockWaitMs cannot be '75000'"],
  [{ staging: { lockTimeoutMs: undefined } }, 'The setting staging.lockTimeoutMs cannot be undefined'],
  [{ production: { dataLoss: 'cosent' } }, "The setting production.dataLoss cannot be 'cosent'"],
  [{ production: { allowStock: 'no' } }, "The setting production.allowStock cannot be 'no'"],
  [{ production: { backup: 'pgdump' } }, "The setting production.backup cannot be 'pgdump'"],
  [{ production: { backup: { prof: 'restore' } } }, 'There is no setting production.backup.prof'],
  [{ production: { backup: { keepCount: Number.NaN } } }, 'The setting production.backup.keepCount cannot be NaN'],
])('%j is refused', (settings, what) => {
  expect(define(settings)).toThrow(`${what}\n  Next: in knexfile.ts: `);
});

test('what the documentation shows is taken', () => {
  const backup = { method: 'pg_dump', proof: 'restore', folder: '/var/backups/app', keepCount: 20, keepDays: 90, external: undefined };
  expect(define({ production: { runLockWaitMs: 120_000, lockTimeoutMs: 0, role: 'app_owner', backup } })).not.toThrow();
  expect(define({ staging: { backup: 'copy', lateVersions: 'apply' }, test: {}, development: undefined })).not.toThrow();
});
