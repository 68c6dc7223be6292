import fs from 'node:fs';
import path from 'node:path';

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the symbolic links of the shared libraries, which an npm package cannot carry: its install script would make them, and we allow none to run.
 * Costs nothing when they are there. False where the folder cannot be written.
 */
export function hydrateLinks(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return true;
  const links: readonly Link[] = JSON.parse(fs.readFileSync(list, 'utf8'));
  return links.every(({ source, target }) => makeLink(path.resolve(native, '..', source), path.resolve(native, '..', target)));
}

function makeLink(file: string, link: string): boolean {
  if (fs.lstatSync(link, { throwIfNoEntry: false })) return true;
  try {
    fs.symlinkSync(path.relative(path.dirname(link), file), link);
    return true;
  } catch {
    return fs.existsSync(link);
  }
}
