import { createHash } from 'node:crypto';
import type { Finding } from '../model/finding.ts';
import type { SourceFile } from '../model/migration.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { type Allowance, readAllowances } from './allow.ts';
import type { LintedFile } from './lint-file.ts';
import type { LintTask } from './lint-task.ts';
import { RULES } from './rules.ts';

/** Findings by their fingerprint, as the baseline keeps them. */
export type Baseline = ReadonlySet<string>;

export interface Accepted {
  readonly findings: readonly Finding[];
  /** How many were not told. */
  readonly accepted: number;
}

/** What a finding is about, whatever line it stands on now. */
export const fingerprintOf = ({ migration, direction, rule, start, end }: Finding, { text }: SourceFile): string =>
  `${migration} ${direction} ${rule} ${createHash('sha256').update(text.slice(start, end).replaceAll(/\s+/g, ' ')).digest('hex').slice(0, 16)}`;

export interface Acceptance {
  readonly baseline: Baseline;
  /** `2026-11-30`: what is accepted until an earlier day is not accepted any more. */
  readonly today: string;
}

/** Leaves out what the file accepts, and tells of acceptances that mean nothing. */
export function accept(
  task: Pick<LintTask, 'file' | 'migration' | 'direction'>,
  linted: LintedFile,
  { baseline, today }: Acceptance,
): Accepted {
  const allowances = readAllowances(task.file.text, linted.statements);
  const used = new Set<Allowance>();
  const open = linted.findings.filter((finding) => {
    const allowance = allowances.find((one) => covers(one, finding));
    if (allowance) used.add(allowance);
    const isExpired = allowance?.until !== undefined && allowance.until < today;
    return !(allowance && !isExpired) && !baseline.has(fingerprintOf(finding, task.file));
  });
  const about = allowances.flatMap((one) => complaintAbout(one, { isUsed: used.has(one), today }) ?? []);
  return { findings: [...open, ...about.map((one) => toFinding(task, one))], accepted: linted.findings.length - open.length };
}

function covers({ rule, statement, of }: Allowance, finding: Finding): boolean {
  if (statement !== undefined && (statement < finding.start || statement >= finding.end) && statement !== finding.start) return false;
  return of === 'squawk' ? RULES.some(({ id, same }) => id === finding.rule && same?.squawk === rule) : rule === finding.rule;
}

interface Complaint {
  readonly rule: string;
  readonly what: string;
  readonly next: string;
  readonly offset: number;
}

function complaintAbout(
  allowance: Allowance,
  { isUsed, today }: { readonly isUsed: boolean; readonly today: string },
): Complaint | undefined {
  const { rule, reason, until, offset, of } = allowance;
  const isKnown = RULES.some(({ id, same }) => (of === 'squawk' ? same?.squawk === rule : id === rule));
  if (!isKnown && of !== 'squawk')
    return { rule: 'unknown-rule', what: `There is no rule ${rule}`, next: 'npm run migrate:lint -- --rules   lists them', offset };
  if (until !== undefined && until < today)
    return {
      rule: 'expired-allow',
      what: `${rule} was accepted until ${until}`,
      next: 'settle it, or give it another day and the reason',
      offset,
    };
  if (!isUsed)
    return isKnown ? { rule: 'unused-allow', what: `Nothing here breaks ${rule}`, next: 'take the comment out', offset } : undefined;
  if (of === 'squawk')
    return {
      rule: 'allow-without-reason',
      what: `squawk-ignore ${rule} is understood, and gives no reason`,
      next: `-- lint-allow ${ourName(rule)}: why`,
      offset,
    };
  return reason === ''
    ? { rule: 'allow-without-reason', what: `${rule} is accepted without a reason`, next: `-- lint-allow ${rule}: why`, offset }
    : undefined;
}

const ourName = (squawk: string): string => RULES.find(({ same }) => same?.squawk === squawk)?.id ?? squawk;

const toFinding = (
  { file, migration, direction }: Pick<LintTask, 'file' | 'migration' | 'direction'>,
  { rule, what, next, offset }: Complaint,
): Finding => ({
  rule,
  class: 'correctness',
  severity: 'warning',
  migration,
  direction,
  where: placeOf(file, offset),
  start: offset,
  end: offset,
  what,
  why: 'what is accepted has to be there, and to say why: the next one who reads it decides again',
  next,
});
