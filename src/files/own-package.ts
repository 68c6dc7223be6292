import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface OwnPackage {
  readonly name: string;
  readonly version: string;
  /** The folder of its package.json. */
  readonly folder: string;
}

/** The package that this code is in: in an adopter's node_modules it may go by another name. */
export function ownPackage(): OwnPackage {
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (existsSync(file)) return { ...(JSON.parse(readFileSync(file, 'utf8')) as { name: string; version: string }), folder };
    if (folder === path.dirname(folder)) return { name: 'lockstep', version: '0.0.0', folder };
  }
}
