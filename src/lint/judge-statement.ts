import type { Finding, Severity } from '../model/finding.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { rulesFor, severityOf } from './choose-rules.ts';
import { commandTexts } from './edit/command-texts.ts';
import { stepsText } from './edit/steps-text.ts';
import type { LintTask } from './lint-task.ts';
import type { Hit, Rule, Site } from './rule/rule.ts';
import type { Schema } from './schema/schema.ts';

/** What the rules that are on say of a statement, with its place, and how much it weighs on a table of that size. */
export function judge(site: Site, task: LintTask, span: { readonly start: number; readonly end: number }): readonly Finding[] {
  return rulesFor(task, site.node).flatMap((rule) => {
    return rule.check(site).flatMap((hit) => {
      const severity = severityOf(rule, task, hit);
      return severity === 'off' ? [] : [toFinding(task, span, { rule, hit, severity, text: site.text })];
    });
  });
}

interface Told {
  readonly rule: Rule;
  readonly hit: Hit;
  readonly severity: Exclude<Severity, 'off'>;
  readonly text: string;
}

function toFinding(
  task: LintTask,
  { start, end }: { readonly start: number; readonly end: number },
  { rule, hit, severity, text }: Told,
): Finding {
  const offset = hit.fix?.command === undefined ? 0 : (commandTexts(text).offsets[hit.fix.command] ?? 0);
  const { table, fix } = hit;
  return {
    rule: rule.id,
    class: rule.class,
    migration: task.migration,
    direction: task.direction,
    where: placeOf(task.file, start + offset),
    start,
    end,
    what: hit.what,
    why: rule.why,
    next: hit.next ?? (fix ? stepsText(fix) : rule.good),
    ...(fix && { fix }),
    ...(table && { table: { name: table.name, ...(table.schema && { schema: table.schema }) } }),
    ...weighed(task.schema, { rule, hit, severity }),
  };
}

const dependsOnRows = (rule: Rule): boolean =>
  !['correctness', 'compat', 'policy', 'style'].includes(rule.class) && (rule.class !== 'runtime-error' || rule.needsRows === true);

/** Where nobody can be kept waiting and nothing can be lost, because there are no rows. */
function weighed(schema: Schema, { rule, hit, severity }: Omit<Told, 'text'>): Pick<Finding, 'severity' | 'size' | 'because'> {
  const found = schema.find(hit.table);
  if (found?.isEmptied && dependsOnRows(rule)) return { severity: 'info', because: 'the table was emptied above' };
  const relation = schema.countsSizes ? found : undefined;
  if (!relation || relation.rows === undefined) return { severity };
  const size = { table: relation.name, rows: relation.rows, bytes: relation.bytes ?? 0 };
  return relation.isEmpty && dependsOnRows(rule) ? { severity: 'info', size, because: 'the table is empty' } : { severity, size };
}
