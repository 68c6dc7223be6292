import type { LintResult } from '../model/finding.ts';
import { formatRefusal, type Where } from '../model/lockstep-error.ts';
import { printable } from '../model/printable.ts';
import { NOTHING_TO_CLOSE, type Reporter, type Write } from './reporter.ts';

// Workflow commands read %, line ends and (in properties) colons and commas as their own.
const escapeText = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string => escapeText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** A GitHub Actions annotation, at the file and line where there is one. */
function annotation(level: 'error' | 'warning', text: string, where: Where | undefined): string {
  const properties = where
    ? [`file=${escapeProperty(where.file)}`, where.line && `line=${where.line}`, where.column && `col=${where.column}`]
        .filter(Boolean)
        .join(',')
    : '';
  return `::${level}${properties && ` ${properties}`}::${escapeText(text)}\n`;
}

/**
 * Annotations for failures and notes.
 * @param folder the project's place in the repository, from whose root GitHub names files; empty where it is the root
 */
export function githubReporter(write: Write, folder: string): Reporter {
  const inRepository = (where: Where | undefined): Where | undefined =>
    where && folder !== '' ? { ...where, file: `${folder}/${where.file}` } : where;
  const report: Reporter['report'] = (told) => {
    const event = printable(told);
    if (event.type === 'step-failed') write(annotation('error', formatRefusal(event.failure), inRepository(event.failure.where)));
    if (event.type === 'backfill-ended' && event.failure)
      write(annotation('error', formatRefusal(event.failure), inRepository(event.failure.where)));
    if (event.type === 'refused') write(annotation('error', formatRefusal(event.refusal), inRepository(event.refusal.where)));
    if (event.type === 'note') write(annotation('warning', event.text, undefined));
  };
  return { report, close: NOTHING_TO_CLOSE };
}

/** An annotation for each finding of lint; remarks are none. */
export const lintAnnotations = ({ findings }: LintResult): string =>
  findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ severity, rule, what, next, where }) =>
      annotation(severity === 'error' ? 'error' : 'warning', `${what} (${rule})\nNext: ${next}`, where),
    )
    .join('');
