import type { Rule } from '../../src/lint/rule/rule.ts';
import { RULES } from '../../src/lint/rules.ts';
import type { Row } from '../../truth/cell.ts';
import { readTable } from '../../truth/table.ts';
import { measuredRows } from './measured-rows.ts';

const CLASSES: readonly (readonly [Rule['class'], string])[] = [
  ['lock-long', 'Readers or writers wait as long as the statement takes'],
  ['rewrite', 'The whole table is written anew while nobody can use it'],
  ['lock-brief', 'A strong lock for a moment, behind which everybody queues'],
  ['runtime-error', 'The statement fails'],
  ['data-loss', 'Rows or values are gone'],
  ['compat', 'Code that runs now breaks'],
  ['transaction', 'What a transaction does to those beside it'],
  ['dml', 'Rows'],
  ['correctness', 'Not what it seems'],
  ['policy', 'Policy: off until the knexfile asks for it'],
  ['style', 'Style: off until the knexfile asks for it'],
];

/** docs/rules.md, from the cards and what was measured. */
export function rulesPage(): string {
  const table = readTable();
  const sections = CLASSES.map(([name, heading]) => {
    const own = RULES.filter((rule) => rule.class === name).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return [`## ${heading}`, ...own.map((rule) => ruleSection(rule, table))].join('\n\n');
  });
  const head = `# Rules\n\nWhat [lint](lint.md) looks for: ${RULES.length} rules. This page is made from the rules' own cards, and a test holds each to its word: it finds what its card calls bad, is silent about what it calls good, and where it rewrites, both make the same schema on PostgreSQL 14 and 18. What it calls bad was run on PostgreSQL 14 to 18 with some thousand rows in each table: the table under each rule says what was seen, and another test fails where the rule claims something else. \`npm run truth\` measures anew.`;
  return `${[head, ...sections].join('\n\n')}\n`;
}

function ruleSection({ id, title, why, since, until, severity, given, bad, good, same = {} }: Rule, table: readonly Row[]): string {
  const facts = [
    (since ?? until) !== undefined && `PostgreSQL ${since ?? 14} to ${until ?? 18}.`,
    severity && `Severity: ${severity}.`,
    same.squawk && `squawk: \`${same.squawk}\`.`,
    same.strongMigrations && `strong_migrations: \`${same.strongMigrations}\`.`,
  ].filter(Boolean);
  const row = table.find((one) => one.id === `rule:${id}:bad`);
  const sql = [given && `-- given\n${given}`, `-- bad\n${bad}`, `-- good\n${good}`].filter(Boolean).join('\n\n');
  return [
    `### ${id}`,
    `**${title}.** ${why[0]?.toUpperCase()}${why.slice(1)}.`,
    facts.join(' '),
    `\`\`\`sql\n${sql}\n\`\`\``,
    row && measuredRows(row),
  ]
    .filter(Boolean)
    .join('\n\n');
}
