import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { inject } from 'vitest';
import { findAccount } from '../../src/dev-server/account.ts';
import { makeFolder, placesOf } from '../../src/dev-server/data-places.ts';
import { initData } from '../../src/dev-server/init-data.ts';
import { makeProject, newestBin } from './scratch-project.ts';

let made: Promise<string> | undefined;

/** A project whose server was started before and stopped: its data is a copy, which costs a third of what making it does. */
export async function makePreparedProject(): Promise<string> {
  const root = await makeProject();
  made ??= makeData();
  const dataDir = path.join(placesOf(root).project, 'pg18');
  makeFolder(path.dirname(dataDir));
  execFileSync('cp', ['-a', await made, dataDir]);
  return root;
}

/** Once for a worker, where the checkouts are; it goes with them. */
async function makeData(): Promise<string> {
  const folder = path.join(inject('checkouts'), `data-${process.env['VITEST_POOL_ID']}`);
  makeFolder(folder);
  const spec = { major: 18, bin: await newestBin(folder), account: findAccount(), port: 0, maxConnections: 100, isDurable: true };
  const dataDir = path.join(folder, 'pg18');
  await initData({ ...spec, dataDir });
  return dataDir;
}
