// What machines read: SARIF 2.1.0, JUnit and GitLab's code quality (a subset of Code Climate's).
import { createHash } from 'node:crypto';
import type { Finding, LintResult } from '../model/finding.ts';
import { formatPlace } from '../model/lockstep-error.ts';
import type { Card } from '../model/rule-card.ts';

const LEVEL = { error: 'error', warning: 'warning', info: 'note' } as const;

export function sarifOf({ findings }: LintResult, cards: readonly Card[]): string {
  const told = new Set(findings.map(({ rule }) => rule));
  const rules = [...told].map((id) => {
    const card = cards.find((one) => one.id === id);
    return {
      id,
      shortDescription: { text: card?.title ?? id },
      fullDescription: { text: card?.why ?? id },
    };
  });
  const results = findings.map(({ rule, severity, what, next, where }) => ({
    ruleId: rule,
    level: LEVEL[severity],
    message: { text: `${what}\nNext: ${next}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: where.file, uriBaseId: '%SRCROOT%' },
          region: { startLine: where.line ?? 1, startColumn: where.column ?? 1 },
        },
      },
    ],
  }));
  return pretty({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'lockstep', rules } }, results }],
  });
}

const SEVERITY = { error: 'major', warning: 'minor', info: 'info' } as const;

export const codeQualityOf = ({ findings }: LintResult): string =>
  pretty(
    findings.map((one) => ({
      description: `${one.what} (${one.rule})`,
      check_name: one.rule,
      fingerprint: createHash('sha256')
        .update(`${one.rule}\0${formatPlace(one.where)}\0${one.what}`)
        .digest('hex'),
      severity: SEVERITY[one.severity],
      location: { path: one.where.file, lines: { begin: one.where.line ?? 1 } },
    })),
  );

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

const escapeXml = (text: string): string =>
  text.replaceAll(UNWRITABLE, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A migration is a test case, and fails by its errors. */
export function junitOf({ findings, linted }: LintResult): string {
  const cases = linted.map((name) => {
    const own = findings.filter((one) => one.migration === name && one.severity === 'error');
    const head = `  <testcase classname="lint" name="${escapeXml(name)}"`;
    if (own.length === 0) return `${head}/>`;
    return `${head}>\n${own.map(failure).join('\n')}\n  </testcase>`;
  });
  const failures = new Set(findings.filter(({ severity }) => severity === 'error').map(({ migration }) => migration)).size;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="lockstep lint" tests="${linted.length}" failures="${failures}">\n${cases.join('\n')}\n</testsuite>\n`;
}

const failure = ({ rule, what, where, why, next }: Finding): string =>
  `    <failure type="${escapeXml(rule)}" message="${escapeXml(what)}">${escapeXml(`${formatPlace(where)}\n${why}\nNext: ${next}`)}</failure>`;

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
