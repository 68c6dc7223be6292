import { readFileSync, writeFileSync } from 'node:fs';

const SECTION = '## Stalls while';

/** Puts the page in the place of the old one, or its section about stalls in the place of the old section. */
export function keepPage(file: string, text: string, isStall: boolean): void {
  const old = readFileSync(file, 'utf8');
  const at = old.indexOf(SECTION);
  const [page, section] = at < 0 ? [old, ''] : [old.slice(0, at), old.slice(at)];
  writeFileSync(file, `${(isStall ? page : text).trimEnd()}\n\n${(isStall ? text : section).trimEnd()}\n`.trimStart());
}
