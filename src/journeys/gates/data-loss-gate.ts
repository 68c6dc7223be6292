import { applyCommand, shellWord, withOptions } from '../../model/command.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import { describeLoss, type Loss } from '../../model/loss.ts';
import type { Plan } from '../../model/plan.ts';
import { countLosses } from '../../pg/count-losses.ts';
import { isOpaquePlan } from '../../plan/endangered-tables.ts';
import { readTakings } from '../../sql/effects/data-losses.ts';
import { FormerNames } from '../../sql/effects/renames.ts';
import { rollbackCommandOf } from '../../target/rollback-command.ts';
import type { Gate, GateQuestion } from './gate.ts';

/** Counts what would go, shows it, and asks for consent to exactly that. */
export const dataLossGate: Gate = async (question) => {
  const { target, plan, journey } = question;
  const { policy } = target;
  if (policy.dataLoss === 'off') return {};
  const losses = await readLosses(question, plan);
  noteSuperfluous(question, losses);
  if (policy.dataLoss !== 'show' && (await isOpaquePlan(plan))) journey.emit(NOT_READ);
  if (losses.length === 0) return {};
  journey.emit({ type: 'data-loss', losses });
  const kept = losses.map(({ object, what, count, isEstimate }) => ({ object, what, count: count ?? null, isEstimate }));
  return { losses: kept, ...(policy.dataLoss === 'show' ? {} : { consentToLoss: await consent(question, losses) }) };
};

const NOT_READ = {
  type: 'note',
  text: 'code, DO blocks and functions cannot be read: what they take away is neither counted nor asked about',
} as const;

/** A consent that nothing needs is a slip of the pen, and would hide that another is missing. */
function noteSuperfluous({ journey }: GateQuestion, losses: readonly Loss[]): void {
  const needless = (journey.allowDataLoss ?? []).filter((name) => !losses.some(({ object }) => object === name));
  if (needless.length === 0) return;
  journey.emit({
    type: 'note',
    text: `${needless.map((name) => `--allow-data-loss ${name}`).join(' ')}: nothing that would go has that name`,
  });
}

async function readLosses({ target }: GateQuestion, { steps }: Plan): Promise<readonly Loss[]> {
  const takings = [];
  const names = new FormerNames();
  for (const step of steps) if (step.kind === 'sql') takings.push(...(await readTakings(step.script, names)));
  return takings.length === 0 ? [] : countLosses(target.history.client, takings);
}

/** @returns how it was given. @throws LockstepError (exit 3) naming each object */
async function consent({ journey, target, plan }: GateQuestion, losses: readonly Loss[]): Promise<string> {
  const allowed = new Set(journey.allowDataLoss ?? []);
  const open = losses.filter(({ object }) => !allowed.has(object));
  if (open.length === 0) return `--allow-data-loss ${losses.map(({ object }) => object).join(' ')}`;
  // The consent gate asks for the database's name, below the list of what goes.
  if (journey.ask && target.policy.consent === 'ask') return 'asked for with the plan';
  const { method } = target.policy.backup;
  const isProved = method !== 'off' && method !== 'external';
  if (isProved && (target.policy.dataLoss === 'backup' || plan.direction === 'down')) return 'covered by the backup';
  throw refused(commandOf({ journey, target, plan }), open);
}

/** What was typed, as far as it says which plan was meant. */
function commandOf({ journey, target: { environment }, plan }: GateQuestion): string {
  const command = plan.direction === 'up' ? applyCommand(environment) : rollbackCommandOf(journey, environment);
  return journey.to === undefined ? command : withOptions(command, `--to ${shellWord(journey.to)}`);
}

function refused(command: string, losses: readonly Loss[]): LockstepError {
  const [first] = losses;
  const objects = [...new Set(losses.map(({ object }) => object))];
  return new LockstepError({
    code: 'data-loss',
    what: `This would lose ${losses.map(describeLoss).join(', ')}; nothing was changed`,
    ...(first && { where: first.where }),
    next: `${withOptions(command, objects.map((object) => `--allow-data-loss ${shellWord(object)}`).join(' '))}   where that is meant`,
    exitCode: 3,
  });
}
