import type { Finding, LintResult, RuleClass, TableSize } from '../model/finding.ts';
import { formatPlace } from '../model/lockstep-error.ts';
import { count, duration, paragraphs, size } from './phrases.ts';

const WEIGHT = { error: 0, warning: 1, info: 2 } as const;

/** What a developer reads: each finding with its place, why, and the SQL that settles it; the counts and the next command last. */
export function lintText(result: LintResult): string {
  const { findings, linted, source, accepted, notes } = result;
  if (linted.length === 0) return 'Nothing to lint: no migration is pending; npm run migrate:lint -- --all reads every file\n';
  const shown = [...findings].sort(
    (a, b) => WEIGHT[a.severity] - WEIGHT[b.severity] || compareText(a.migration, b.migration) || a.start - b.start,
  );
  const rest = [
    `${countsOf(findings)} in ${count(linted.length, 'migration')}, read beside ${source}`,
    ...(accepted > 0 ? [`${count(accepted, 'finding')} accepted by -- lint-allow or db/lint-baseline.json`] : []),
    ...notes,
    ...(findings.some(({ fix }) => fix) ? ['Next: npm run migrate:lint -- --fix   shows the online form of what can be rewritten'] : []),
  ];
  return paragraphs([...shown.map(findingLines), rest]);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function countsOf(findings: readonly Finding[]): string {
  const number = (severity: Finding['severity']): number => findings.filter((one) => one.severity === severity).length;
  const [errors, warnings, infos] = [number('error'), number('warning'), number('info')];
  const parts = [
    errors > 0 && count(errors, 'error'),
    warnings > 0 && count(warnings, 'warning'),
    infos > 0 && count(infos, 'remark'),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(', ') : 'Nothing found';
}

const sizeText = ({ table, rows, bytes }: TableSize): string =>
  `${table} has ${bytes === 0 ? 'no rows' : `some ${rows.toLocaleString('en')} rows, ${size(bytes)}`}`;

/** Bytes a second that a server may read, or write anew with its indexes; a guess, which is told as one. */
const PACE: Readonly<Partial<Record<RuleClass, number>>> = { 'lock-long': 200e6, rewrite: 50e6 };

/** How long the lock may be held. */
function lasting(own: RuleClass, bytes: number): string {
  const pace = PACE[own];
  return pace === undefined || bytes < pace
    ? ''
    : `: some ${duration((bytes * 1_000) / pace)} at ${size(pace)} a second (an estimate; npm run migrate:rehearse -- --load measures)`;
}

function findingLines({ rule, class: own, severity, where, what, why, next, size: met, because }: Finding): readonly string[] {
  return [
    `${formatPlace(where)}   ${severity}   ${rule}`,
    ...(where.frame ?? '')
      .split('\n')
      .filter(Boolean)
      .map((line) => `  ${line}`),
    `  ${what}${because === undefined ? '' : ` (not now: ${because})`}`,
    `  Why: ${why}`,
    ...(met === undefined ? [] : [`  ${sizeText(met)}${lasting(own, met.bytes)}`]),
    ...next.split('\n').map((line, i) => `  ${i === 0 ? 'Next: ' : '      '}${line}`),
  ];
}
