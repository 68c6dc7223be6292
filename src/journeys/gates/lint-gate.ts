import { readBaseline } from '../../files/lint-baseline.ts';
import { lintMigrations, together } from '../../lint/lint-migrations.ts';
import { readInput, textsOf } from '../../lint/read-input.ts';
import { readCatalogSchema } from '../../lint/schema/catalog.ts';
import type { Schema } from '../../lint/schema/schema.ts';
import { hasOwnRows } from '../../model/environment.ts';
import type { Finding } from '../../model/finding.ts';
import { refuseAll } from '../../model/lockstep-error.ts';
import type { OpenTarget } from '../../target/open-target.ts';
import type { Gate } from './gate.ts';

/** What would hurt whoever uses the database stops the plan, or is told, as the policy says. A rollback is none: in an emergency nobody waits. */
export const lintGate: Gate = async ({ journey, target, plan }) => {
  const { project, emit } = journey;
  const { lint: wish, lintRules } = target.policy;
  const migrations = plan.steps.map(({ migration }) => migration);
  if (wish === 'off' || plan.direction === 'down' || migrations.length === 0) return {};
  const schema = await readCatalogSchema(target.history.client, hasOwnRows(project, target.environment));
  if (isFresh(schema, target)) return {};
  const linted = await lintMigrations({
    inputs: migrations.map((one) => readInput(project.root, { ...one, down: undefined })),
    repeatables: textsOf(
      project.root,
      (plan.repeatables ?? []).map(({ migration }) => migration),
    ),
    schema,
    isBatch: true,
    severities: lintRules,
    baseline: readBaseline(project.root),
    today: new Date().toISOString().slice(0, 10),
    major: target.target.serverMajor,
  });
  const { findings } = together(linted);
  // What would be lost has a gate of its own, which asks for consent to exactly that.
  const errors = findings.filter((one) => one.severity === 'error' && one.class !== 'data-loss');
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  if (wish === 'refuse') refuseAll(errors.map(refusalOf));
  for (const { rule, what, where, next } of errors) emit({ type: 'note', text: `${where.file}:${where.line ?? 1} ${rule}: ${what}`, next });
  if (warnings > 0)
    emit({
      type: 'note',
      text: `lint warns ${warnings === 1 ? 'once' : `${warnings} times`}`,
      next: `npm run migrate:lint -- --env ${target.environment}`,
    });
  return {};
};

/** Nobody uses a database that holds nothing but its history. */
const isFresh = ({ relations }: Schema, { history }: OpenTarget): boolean =>
  [...relations.values()].every(
    ({ kind, schema, name }) => kind === 'index' || (schema === history.schema && name.startsWith(history.names.rows)),
  );

const refusalOf = ({ rule, what, where, why, next, size }: Finding) => ({
  code: `lint-${rule}`,
  what: `${what}${size ? ` (some ${size.rows.toLocaleString('en')} rows)` : ''}; nothing was changed`,
  where,
  detail: rule,
  next: `${next}\n-- lint-allow ${rule}: why   above the statement accepts it; ${why}`,
  exitCode: 3 as const,
});
