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
  // What is no folder of a migration is none of its business.
  writeFileSync(path.join(root, 'migrations', 'by_hand.sql'), 'SELECT 3;');
  const { tool, imported } = await importFolder(root, { folder: path.join(root, 'migrations'), dryRun: true });
  expect(tool).toBe('diesel');
  expect(imported.map(({ name, foreign }) => [name, foreign.key, foreign.down?.sql])).toEqual([
    ['20160101120000_first', '20160101120000', 'SELECT 2;'],
    ['20170831230457_second', '201708312304570000', 'SELECT 2;'],
    ['20180424145128_third', '20180424145128', 'SELECT 2;'],
  ]);
});
