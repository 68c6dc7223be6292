import { expect, test } from 'vitest';
import type { Finding, LintResult } from '../../src/model/finding.ts';
import { lintAnnotations } from '../../src/report/github.ts';
import { lintJson } from '../../src/report/json.ts';
import { codeQualityOf, junitOf, sarifOf } from '../../src/report/lint-files.ts';
import { lintText } from '../../src/report/lint-text.ts';
import { expectDocumented } from '../support/report-schema.ts';
import { lintText as findingsOf } from './lint-text.ts';

async function result(): Promise<LintResult> {
  const findings = await findingsOf('ALTER TABLE "a<b" ALTER COLUMN x SET NOT NULL;\nDROP TABLE "a<b";', {
    given: 'CREATE TABLE "a<b" (x int);',
  });
  const sized = findings.map(
    (one): Finding => (one.rule === 'set-not-null' ? { ...one, size: { table: 'a<b', rows: 12_400_000, bytes: 3_100_000_000 } } : one),
  );
  return { findings: sized, accepted: 1, linted: ['001_given', '002_change'], source: 'staging, PostgreSQL 17.2', notes: [] };
}

test('the screen says what, why, how large, and what to do', async () => {
  const text = lintText(await result());
  expect(text).toContain('db/migrations/002_change.sql:1:19   error   set-not-null\n');
  expect(text).toContain(
    '  a<b has some 12,400,000 rows, 3.1 GB: some 15.5 s at 200.0 MB a second (an estimate; npm run migrate:rehearse -- --load measures)\n',
  );
  expect(text).toContain('1 error, 1 warning in 2 migrations, read beside staging, PostgreSQL 17.2\n1 finding accepted');
});

test('JSON is as documented', async () => {
  expect(expectDocumented(lintJson(await result()))).toEqual(['lint']);
});

test('SARIF, JUnit, GitLab and GitHub name the place and the rule, and escape names', async () => {
  const found = await result();
  const sarif = JSON.parse(sarifOf(found, [])) as {
    version: string;
    runs: { results: { ruleId: string; level: string; locations: { physicalLocation: object }[] }[] }[];
  };
  expect(sarif.version).toBe('2.1.0');
  expect(sarif.runs[0]?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
    ['set-not-null', 'error'],
    ['drop-table', 'warning'],
  ]);
  expect(sarif.runs[0]?.results[0]?.locations[0]?.physicalLocation).toEqual({
    artifactLocation: { uri: 'db/migrations/002_change.sql', uriBaseId: '%SRCROOT%' },
    region: { startLine: 1, startColumn: 19 },
  });
  const junit = junitOf(found);
  expect(junit).toContain('<testsuite name="lockstep lint" tests="2" failures="1">');
  expect(junit).toContain('a&lt;b');
  expect(junit).not.toContain('a<b');
  expect(JSON.parse(codeQualityOf(found))).toMatchObject([
    { check_name: 'set-not-null', severity: 'major', location: { lines: { begin: 1 } } },
    { severity: 'minor' },
  ]);
  expect(lintAnnotations(found)).toContain('::error file=db/migrations/002_change.sql,line=1,col=19::');
});

test('a name in lintRules that means nothing is refused', async () => {
  const { verifySeverities } = await import('../../src/lint/choose-rules.ts');
  expect(() => verifySeverities({ 'set-not-nul': 'off' })).toThrow(
    'lintRules in the knexfile names set-not-nul, which is no rule and no class of rules',
  );
  expect(() => verifySeverities({ 'set-not-null': 'off', style: 'warning' })).not.toThrow();
});
