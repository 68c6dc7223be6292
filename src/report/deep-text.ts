import type { JsonDeep } from './json.ts';
import { count, paragraphs, place } from './phrases.ts';

const SHOWN = 40;

/** What the database has that its migrations do not make, and the other way round. */
export function deepText({ environment, server, replayed, differences }: JsonDeep): string {
  const rest = differences.length - SHOWN;
  const verdict =
    differences.length === 0
      ? [`As ${count(replayed, 'applied migration')} ${replayed === 1 ? 'makes' : 'make'} it`]
      : [
          `Not as ${count(replayed, 'applied migration')} ${replayed === 1 ? 'makes' : 'make'} it: - is missing in the database, + is in none of them`,
          ...differences.slice(0, SHOWN).map((line) => `  ${line}`),
          ...(rest > 0 ? [`  and ${count(rest, 'more line')}`] : []),
        ];
  const next =
    differences.length === 0
      ? []
      : [
          'Next: npm run migrate:make -- settle_differences   and write into it what makes the database so, with IF NOT EXISTS; or undo by hand what was done by hand',
        ];
  return paragraphs([[`${environment}: ${place(server)}`], verdict, next]);
}
