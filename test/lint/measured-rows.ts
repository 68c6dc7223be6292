import type { Mode, PartCell, Row } from '../../truth/cell.ts';

const HEAD =
  '| measured on | locks | readers wait | writers wait | written anew | rows read | index built |\n| --- | --- | --- | --- | --- | --- | --- |';

/** What a form did, as a table: a line for each part, and for each group of majors that behave alike. */
export function measuredRows({ cells }: Row): string {
  const lines = cells.flatMap(({ majors, parts }) =>
    parts.map((part, index) => lineOf(part, `${span(majors)}${parts.length > 1 ? `, part ${index + 1}` : ''}`)),
  );
  return [HEAD, ...lines].join('\n');
}

function span(majors: readonly number[]): string {
  const [first, last] = [majors[0], majors.at(-1)];
  const isWhole = Number(last) - Number(first) === majors.length - 1;
  return isWhole && majors.length > 1 ? `${first} to ${last}` : majors.join(', ');
}

function lineOf({ error, locks = {}, readersWait, writersWait, rewrites, scans, builds }: PartCell, on: string): string {
  if (error) return `| ${on} | fails with ${error} | – | – | – | – | – |`;
  const held = Object.entries(locks).map(([name, mode]) => `${name}: ${spoken(mode)}`);
  return `| ${[on, list(held), ...[readersWait, writersWait, rewrites, scans, builds].map(list)].join(' | ')} |`;
}

const list = (names: readonly string[] | undefined): string => (names && names.length > 0 ? names.join(', ') : '–');

const spoken = (mode: Mode): string => mode.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase();
