import type { Node } from 'libpg-query';
import type { RuleClass, Severity } from '../model/finding.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { LintTask } from './lint-task.ts';
import type { Hit, Rule } from './rule/rule.ts';
import { RULES } from './rules.ts';

type Wish = Pick<LintTask, 'direction' | 'severities' | 'major'>;

const BY_CLASS: Readonly<Record<RuleClass, Severity>> = {
  'lock-long': 'error',
  rewrite: 'error',
  'lock-brief': 'warning',
  'runtime-error': 'error',
  'data-loss': 'warning',
  compat: 'warning',
  transaction: 'warning',
  dml: 'warning',
  correctness: 'error',
  policy: 'off',
  style: 'off',
};

/** A rollback takes things away on purpose, in an emergency, when what it takes is used no more. */
const IN_ROLLBACK: Readonly<Partial<Record<RuleClass, Severity>>> = {
  'data-loss': 'off',
  'lock-brief': 'off',
  compat: 'off',
  'lock-long': 'warning',
  rewrite: 'warning',
};

export function severityOf(rule: Rule, { direction, severities = {} }: Wish, hit?: Hit): Severity {
  const wished = severities[rule.id] ?? severities[rule.class];
  const own = hit?.severity ?? rule.severity ?? BY_CLASS[rule.class];
  if (wished !== undefined) return wished;
  const lowered = direction === 'down' ? IN_ROLLBACK[rule.class] : undefined;
  return lowered !== undefined && own !== 'info' ? lowered : own;
}

/** A slip of the pen in a knexfile would leave a rule as it is. @throws LockstepError (exit 2) for a name that means no rule and no class */
export function verifySeverities(severities: Readonly<Record<string, Severity>>): void {
  const unknown = Object.keys(severities).find((name) => !Object.hasOwn(BY_CLASS, name) && !RULES.some(({ id }) => id === name));
  if (unknown === undefined) return;
  throw new LockstepError({
    code: 'policy',
    what: `lintRules in the knexfile names ${unknown}, which is no rule and no class of rules`,
    next: 'npm run migrate:lint -- --rules   lists them',
  });
}

const NONE = {};
/** By direction, major and kind of statement, those that are on and hold on the server. */
const chosen = new WeakMap<NonNullable<Wish['severities']>, Map<string, readonly Rule[]>>();

export function rulesFor(task: Wish, node: Node): readonly Rule[] {
  const { direction, major, severities = NONE } = task;
  const [kind = ''] = Object.keys(node);
  const key = `${direction} ${major} ${kind}`;
  const byKey = chosen.get(severities) ?? new Map<string, readonly Rule[]>();
  chosen.set(severities, byKey);
  const known = byKey.get(key) ?? RULES.filter((rule) => isChosen(rule, task) && (rule.on?.includes(kind) ?? true));
  byKey.set(key, known);
  return known;
}

function isChosen(rule: Rule, task: Wish): boolean {
  const { since = 0, until = Number.POSITIVE_INFINITY } = rule;
  const { major } = task;
  return severityOf(rule, task) !== 'off' && (major === undefined || (major >= since && major <= until));
}
