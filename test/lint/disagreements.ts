import type { Finding } from '../../src/model/finding.ts';
import type { Cell } from '../../truth/cell.ts';
import { errorOf, rewrites, stalls } from '../../truth/verdict.ts';

const NOTHING_DONE = 'asks for what is so already, which nobody writes on purpose; persistence and storage are not replayed';
const HELD = 'LOCK does nothing but lock, and that until COMMIT';

/** Where lint says more than was measured, or less, and why that is meant. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'columns/add-inlined-function-default': 'PostgreSQL inlines a function in SQL and looks at its body; lint believes its label',
  'storage/set-index-tablespace': 'the file of the index is copied, which counts as neither built nor written anew',
  'storage/set-logged-there': NOTHING_DONE,
  'storage/set-tablespace-there': NOTHING_DONE,
  'storage/set-access-method-there': NOTHING_DONE,
  'storage/lock-access-exclusive': HELD,
  'storage/lock-exclusive': HELD,
  'storage/lock-share': HELD,
  'rule:lock-table:bad': HELD,
};

const isError = ({ severity }: Finding): boolean => severity === 'error';
const tellsFailure = (finding: Finding): boolean => isError(finding) && /\bfails?\b/.test(finding.what) && !/^Code /.test(finding.what);
const tellsStall = ({ class: own }: Finding): boolean => own === 'lock-long' || own === 'rewrite';
const TELLING = ['lock-long', 'rewrite', 'lock-brief', 'transaction'];

/** What is wrong with what lint says about a form, by what was measured. */
export function disagreements(findings: readonly Finding[], cell: Cell): readonly string[] {
  const told = findings.map(({ rule, severity }) => `${rule} ${severity}`).join(', ') || 'nothing';
  const code = errorOf(cell);
  if (code)
    return findings.some((one) => tellsFailure(one) || (one.class === 'runtime-error' && isError(one)))
      ? []
      : [`fails with ${code}; told: ${told}`];
  const failing = findings.filter((one) => tellsFailure(one) || (one.class === 'runtime-error' && isError(one)));
  const strict = findings.filter((one) => tellsStall(one) && isError(one) && !tellsFailure(one));
  return [
    ...failing.map(({ rule }) => `does not fail; told: ${rule}`),
    ...(strict.length > 0 && !stalls(cell) ? [`keeps nobody waiting; told: ${told}`] : []),
    ...(strict.some(({ what }) => /table is written anew|writes .* anew/.test(what)) && !rewrites(cell)
      ? [`rewrites nothing; told: ${told}`]
      : []),
    ...(rewrites(cell) && !findings.some(tellsStall) ? [`rewrites a table; told: ${told}`] : []),
    ...(stalls(cell) && !findings.some((one) => TELLING.includes(one.class)) ? [`keeps others waiting; told: ${told}`] : []),
  ];
}
