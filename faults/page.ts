import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = path.resolve(import.meta.dirname, '../docs/reliability.md');

/** Puts a section of real output into docs/reliability.md, between its two marks. */
export function keepSection(name: 'ours' | 'knex' | 'mutants', text: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- ${name}: output of npm run faults -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/reliability.md has lost its marks ${begin} and ${end}`);
  writeFileSync(PAGE, `${page.slice(0, from)}${begin}\n${text.trim()}\n${page.slice(to)}`);
}
