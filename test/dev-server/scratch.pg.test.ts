import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withScratchServer } from '../../src/dev-server/scratch-server.ts';
import { until } from '../support/wait.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const folders = (): readonly string[] => readdirSync(os.tmpdir()).filter((name) => name.startsWith('lockstep-scratch-'));

/** A process that has a scratch server and a folder, and says so; it is killed at once. */
async function killInTheMiddle(afterMs: number): Promise<void> {
  const code = `import { withScratchServer, withTemporaryFolder } from './src/dev-server/scratch-server.ts';
process.stdout.write('begun\\n'); await withTemporaryFolder(() => withScratchServer(process.cwd(), () => new Promise(() => setInterval(() => {}, 1000))));`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

test('a scratch server is gone with its folder, and so is what killed ones left', async () => {
  const before = folders();
  for (const afterMs of [50, 400, 2000]) await killInTheMiddle(afterMs);
  // An initdb that outlives its killed parent may still write: what cannot be removed now goes with the next start.
  await until('the folders to go', async () => {
    await withScratchServer(ROOT, async ({ port }) => expect(port).toBeGreaterThan(0));
    return folders().filter((name) => !before.includes(name)).length === 0;
  });
});

test('two at once do not take one another for abandoned', async () => {
  const ports = await withScratchServer(ROOT, ({ port }) => withScratchServer(ROOT, async (inner) => [port, inner.port]));
  expect(new Set(ports).size).toBe(2);
});
