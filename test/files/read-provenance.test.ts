import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readProvenance } from '../../src/files/read-provenance.ts';

const AUTHOR = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];

test('names files as they are called in the project, wherever the repository begins', async () => {
  const repository = mkdtempSync(path.join(os.tmpdir(), 'lockstep-git-'));
  onTestFinished(() => rmSync(repository, { recursive: true, force: true }));
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', repository, ...AUTHOR, ...args], { encoding: 'utf8' });
  const root = path.join(repository, 'backend');
  mkdirSync(path.join(root, 'db/migrations'), { recursive: true });
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'Begin');
  writeFileSync(path.join(root, 'db/migrations/001 ä.sql'), 'SELECT 1;\n');
  writeFileSync(path.join(repository, 'elsewhere.sql'), '');
  expect(await readProvenance(root, {})).toEqual({ commit: git('rev-parse', 'HEAD').trim(), dirty: ['db/migrations/001 ä.sql'] });
});

test('takes the commit from the variables of the job where there is no repository', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lockstep-image-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  expect(await readProvenance(folder, { CI_COMMIT_SHA: 'abc1234def' })).toEqual({ commit: 'abc1234def' });
  expect(await readProvenance(folder, { GIT_COMMIT: '$(rm -rf /)' })).toEqual({});
});
