import type { Card } from '../model/rule-card.ts';
import { paragraphs } from './phrases.ts';

/** All there are, by class. */
export function ruleList(rules: readonly Card[]): string {
  const width = Math.max(...rules.map(({ id }) => id.length));
  const classes = [...new Set(rules.map((rule) => rule.class))];
  return paragraphs([
    ...classes.map((one) => [one, ...rules.filter((rule) => rule.class === one).map(({ id, title }) => `  ${id.padEnd(width)}  ${title}`)]),
    ['policy and style are off until the knexfile says lintRules; npm run migrate:lint -- --explain RULE   says more'],
  ]);
}

const indented = (sql: string): readonly string[] => sql.split('\n').map((line) => `  ${line}`);

/** What a rule says about itself. */
export function ruleText({ id, class: own, title, why, since, until, given, bad, good, same = {} }: Card): string {
  const elsewhere = [same.squawk && `squawk ${same.squawk}`, same.strongMigrations && `strong_migrations ${same.strongMigrations}`].filter(
    Boolean,
  );
  return paragraphs([
    [`${id} (${own}): ${title}`, why],
    ...(since || until ? [[`Holds on PostgreSQL ${since ?? 14} to ${until ?? 18}`]] : []),
    ...(given ? [['Given', ...indented(given)]] : []),
    ['Bad', ...indented(bad)],
    ['Good', ...indented(good)],
    [`To accept it: -- lint-allow ${id}: why`, ...(elsewhere.length > 0 ? [`Elsewhere: ${elsewhere.join(', ')}`] : [])],
  ]);
}
