import { refuseAll } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';
import type { Plan, Step } from '../model/plan.ts';
import { isDatabaseMissing } from '../pg/connection-failure.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { MadePlan } from '../plan/plan-request.ts';
import { maskPasswords } from '../sql/text/secrets.ts';
import { openEnvironment } from '../target/open-environment.ts';
import { absentTarget, type OpenTarget } from '../target/open-target.ts';
import { rollbackCommandOf } from '../target/rollback-command.ts';
import { mayCreate } from '../target/with-run.ts';
import { type PlannedJourney, planToRead, showPlan, unansweredNote } from './carry-out.ts';
import { passReadingGates } from './gates/pass-gates.ts';

export interface DryRun extends PlannedJourney {
  readonly direction: Direction;
  /** Absent: they are asked. */
  readonly asksGates?: false;
}

/** The run minus its execution: the same plan, notes and refusals, and the gates that only read. Touches nothing. */
export async function dryRun(journey: DryRun): Promise<Plan> {
  return planToRead(journey, journey.direction, (made, target) => show(journey, made, target)).catch(async (error: unknown) =>
    show(journey, await planForAbsent(journey, error), undefined),
  );
}

async function show(journey: DryRun, made: MadePlan, target: OpenTarget | undefined): Promise<Plan> {
  refuseAll(made.refusals);
  const { plan, unanswered } = made;
  if (unanswered && target)
    journey.emit(unansweredNote(unanswered.name, target.environment, rollbackCommandOf(journey, target.environment)));
  showPlan(journey, made, true);
  if (target && plan.steps.length > 0 && journey.asksGates !== false) await passReadingGates({ journey, target, plan });
  return withoutSecrets(plan, journey.emit);
}

/** A database that the run would create is an empty one. @throws what went wrong, where it would not */
async function planForAbsent({ project, direction, to, phase, ...journey }: DryRun, error: unknown): Promise<MadePlan> {
  if (!isDatabaseMissing((error as Error).cause)) throw error;
  const { chosen, settings } = await openEnvironment({ project, ...journey });
  if (!mayCreate(project, chosen) && !settings.embedded) throw error;
  const known = absentTarget({ project, chosen, settings });
  return makePlan(direction, { root: project.root, known, to, phase });
}

/** The plan is there to be read, in the log of a CI job too. */
export function withoutSecrets(plan: Plan, emit: DryRun['emit']): Plan {
  const names = plan.steps.flatMap((step) => (step.kind === 'sql' && step.script.hasSecret ? [step.migration.name] : []));
  if (names.length === 0) return plan;
  emit({ type: 'note', text: `passwords are masked in what is printed of ${names.join(', ')}; run the migration, and not that text` });
  const steps = plan.steps.map((step) => (names.includes(step.migration.name) ? masked(step) : step));
  return { ...plan, steps };
}

function masked(step: Step): Step {
  if (step.kind === 'code') return step;
  const { script } = step;
  return { ...step, script: { ...script, file: { ...script.file, text: maskPasswords(script.file.text) } } };
}
