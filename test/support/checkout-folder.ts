import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Where the checkouts of this run lie, and a temporary folder for their commands. The name lets a later run clear it away when this one is killed. */
export function makeCheckoutFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `lockstep-test-${process.pid}-`));
  fs.chmodSync(folder, 0o755);
  fs.mkdirSync(tmpOf(folder));
  fs.chmodSync(tmpOf(folder), 0o1777);
  return folder;
}

/** tsx reads its whole folder of compiled files at each start, and the one in /tmp holds those of every run. */
export const tmpOf = (folder: string): string => path.join(folder, 'tmp');

/** Removes the checkouts, and their bundles in the node_modules that they share. */
export function removeCheckouts(folder: string): void {
  for (const name of fs.readdirSync(folder)) fs.rmSync(bundlesOf(path.join(folder, name)), { recursive: true, force: true });
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** As bundles.mjs has it. */
export const bundlesOf = (root: string): string =>
  path.join(ROOT, 'node_modules/.cache/lockstep', createHash('sha256').update(root).digest('hex').slice(0, 12));
