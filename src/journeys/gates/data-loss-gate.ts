import { applyCommand, shellWord, withOptions } from '../../model/command.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import { describeLoss, type Loss } from '../../model/loss.ts';
import { countLosses } from '../../pg/count-losses.ts';
import { readPlanEffects } from '../../plan/plan-effects.ts';
import { rollbackCommandOf } from '../../target/rollback-command.ts';
import type { Gate, GateQuestion } from './gate.ts';

/** Counts what would be lost as far as the text tells, shows it, and asks for consent to exactly that. */
export const dataLossGate: Gate = async (question) => {
  const { target, plan, journey } = question;
  const { policy } = target;
  if (policy.dataLoss === 'off') return {};
  const effects = readPlanEffects(plan);
  const losses = effects.losses.length === 0 ? [] : await countLosses(target.history.client, effects.losses);
  noteSuperfluous(question, losses);
  if (policy.dataLoss !== 'show' && effects.isOpaque) journey.emit((await countsRows(target)) ? NOT_READ : NOT_COUNTED);
  if (losses.length === 0) return {};
  journey.emit({ type: 'data-loss', losses });
  const kept = losses.map(({ object, what, count = null, isEstimate, key = null }) => ({ object, what, count, isEstimate, key }));
  return { losses: kept, ...(policy.dataLoss === 'show' ? {} : { consentToLoss: await consent(question, losses) }) };
};

const NOT_READ = {
  type: 'note',
  text: 'code, DO blocks and functions cannot be read ahead: what they delete or drop is measured before each COMMIT, and refused where nobody said so',
} as const;

const NOT_COUNTED = {
  type: 'note',
  text: 'track_counts is off for this role, so the rows that code, DO blocks and functions delete are neither read ahead nor measured before COMMIT',
  next: 'ALTER DATABASE … SET track_counts = on;   as a superuser',
} as const;

async function countsRows({ history }: GateQuestion['target']): Promise<boolean> {
  const { rows } = await history.client.query<{ track_counts: string }>('SHOW track_counts');
  return rows[0]?.track_counts === 'on';
}

/** A consent that nothing needs may be a slip of the pen, and would hide that another is missing. Code may still need it. */
function noteSuperfluous({ journey }: GateQuestion, losses: readonly Loss[]): void {
  const needless = (journey.allowDataLoss ?? []).filter((name) => !losses.some(({ object }) => object === name));
  if (needless.length === 0) return;
  journey.emit({
    type: 'note',
    text: `${needless.map((name) => `--allow-data-loss ${name}`).join(' ')}: nothing that the text says would be lost has that name`,
  });
}

export const COVERED = 'covered by the backup';

/** Whether the policy is content with a backup of what is lost, and takes one that it proves. */
export function isCovered({ target: { policy }, plan }: GateQuestion): boolean {
  const { method } = policy.backup;
  const isProved = method !== 'off' && method !== 'external';
  return isProved && (policy.dataLoss === 'backup' || plan.direction === 'down');
}

/** @returns how it was given. @throws LockstepError (exit 3) naming each object */
async function consent(question: GateQuestion, losses: readonly Loss[]): Promise<string> {
  const { journey, target } = question;
  const allowed = new Set(journey.allowDataLoss ?? []);
  const open = losses.filter(({ object }) => !allowed.has(object));
  if (open.length === 0) return `--allow-data-loss ${losses.map(({ object }) => object).join(' ')}`;
  // The consent gate asks for the database's name, below the list of what is lost.
  if (journey.ask && target.policy.consent === 'ask') return 'asked for with the plan';
  if (isCovered(question)) return COVERED;
  throw refused(commandOf(question), open);
}

/** What was typed, as far as it says which plan was meant. */
function commandOf({ journey, target: { environment }, plan }: GateQuestion): string {
  const command = journey.command ?? (plan.direction === 'up' ? applyCommand(environment) : rollbackCommandOf(journey, environment));
  return journey.to === undefined ? command : withOptions(command, `--to ${shellWord(journey.to)}`);
}

function refused(command: string, losses: readonly Loss[]): LockstepError {
  const [first] = losses;
  const objects = [...new Set(losses.map(({ object }) => object))];
  return new LockstepError({
    code: 'data-loss',
    what: `This would lose ${losses.map(describeLoss).join(', ')}; nothing was changed`,
    ...(first && { where: first.where }),
    next: `${withOptions(command, objects.map((object) => `--allow-data-loss ${shellWord(object)}`).join(' '))}   to confirm the loss`,
    exitCode: 3,
  });
}
