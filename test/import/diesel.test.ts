import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { importFolder } from '../../src/journeys/import.ts';

test('orders folders of diesel by their digits, with dashes or without', async () => {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-diesel-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const name of ['20160101120000_first', '2018-04-24-145128_third', '2017-08-31-230457-0000_second']) {
    mkdirSync(path.join(root, 'migrations', name), { recursive: true });
    writeFileSync(path.join(root, 'migrations', name, 'up.sql'), 'SELECT 1;');
    writeFileSync(path.join(root, 'migrations', name, 'down.sql'), 'SELECT 2;');
  }
  const { imported } = await importFolder(root, { folder: path.join(root, 'migrations'), dryRun: true });
  expect(imported.map(({ name, foreign }) => [name, foreign.down?.sql])).toEqual([
    ['20160101120000_first', 'SELECT 2;'],
    ['20170831230457_second', 'SELECT 2;'],
    ['20180424145128_third', 'SELECT 2;'],
  ]);
});
