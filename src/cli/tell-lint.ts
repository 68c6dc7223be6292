import { writeFileSync } from 'node:fs';
import { type Lint, lint } from '../journeys/lint.ts';
import { RULES } from '../lint/rules.ts';
import type { LintResult } from '../model/finding.ts';
import { type ExitCode, LockstepError } from '../model/lockstep-error.ts';
import { printable } from '../model/printable.ts';
import { lintAnnotations } from '../report/github.ts';
import { lintJson } from '../report/json.ts';
import { codeQualityOf, junitOf, sarifOf } from '../report/lint-files.ts';
import { lintText } from '../report/lint-text.ts';
import { ruleList, ruleText } from '../report/rule-text.ts';
import { print } from './print.ts';

const FILES: Readonly<Record<string, (result: LintResult) => string>> = {
  sarif: (result) => sarifOf(result, RULES),
  junit: junitOf,
  gitlab: codeQualityOf,
};

/** Prints what lint found. @returns 1 where something is an error */
export async function tellLint(journey: Lint, report: readonly string[] | undefined): Promise<ExitCode> {
  const found = await lint(journey);
  print(report?.includes('json') ? lintJson(found) : printable(journey.baseline ? baselineText(found) : lintText(found)));
  if (report?.includes('github') ?? process.env['GITHUB_ACTIONS'] === 'true') print(lintAnnotations(printable(found)));
  for (const wish of report ?? []) {
    const [kind = '', file] = wish.split(/=(.*)/s);
    const make = FILES[kind];
    if (make && file) writeFileSync(file, make(found));
  }
  return found.findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

const baselineText = ({ accepted, linted }: LintResult): string =>
  `${accepted} findings in ${linted.length} migrations are written into db/lint-baseline.json, and told no more\nNext: git add db/lint-baseline.json\n`;

/** Prints what a rule is about, or what rules there are. @throws LockstepError (exit 2) for one that is not there */
export function tellRule(id: string | undefined): ExitCode {
  if (id === undefined) return print(ruleList(RULES));
  const rule = RULES.find((one) => one.id === id || one.same?.squawk === id || one.same?.strongMigrations === id);
  if (rule) return print(ruleText(rule));
  throw new LockstepError({ code: 'unknown-rule', what: `There is no rule ${id}`, next: 'npm run migrate:lint -- --rules' });
}
