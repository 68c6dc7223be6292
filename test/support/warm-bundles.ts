import { linkSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { bundlesOf } from './checkout-folder.ts';

/** What is built and what is compiled, and not what is being written. */
const isWhole = (name: string): boolean => name.endsWith('.mjs') || /\.mjs\.[0-9a-f]{16}-v\d+\.\d+\.\d+$/.test(name);

/** Gives a checkout the bundles that others with the same files have made; whether they are good for it is for `run.mjs` to find out. */
export function shareBundles(root: string, others: readonly string[]): void {
  const own = bundlesOf(root);
  mkdirSync(own, { recursive: true });
  const present = new Set(readdirSync(own));
  for (const folder of others.map(bundlesOf)) {
    for (const name of namesIn(folder).filter((one) => isWhole(one) && !present.has(one))) {
      present.add(name);
      link(path.join(folder, name), path.join(own, name));
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // The other checkout replaced it just now. Then it is built once more.
  }
}
