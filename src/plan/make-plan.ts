import { readMigrations } from '../files/read-migrations.ts';
import { DOWN_FOLDER } from '../files/write-migration.ts';
import { type LockstepError, listed, type Refusal } from '../model/lockstep-error.ts';
import type { Direction } from '../model/migration.ts';
import { planApply } from './plan-apply.ts';
import type { MadePlan, PlanRequest } from './plan-request.ts';
import { planRollback } from './plan-rollback.ts';
import { type MadeSwitch, planSwitch } from './plan-switch.ts';

/** The only planner: apply, rollback, dry run and stock Knex see the same steps, the same refusals and the same notes. */
export async function makePlan(direction: Direction, request: PlanRequest): Promise<MadePlan> {
  const folder = await readMigrations(request.root);
  const made = await (direction === 'up' ? planApply(request, folder) : planRollback(request, folder));
  return { ...made, refusals: groupAlike(made.refusals) };
}

/** The same for both directions of a switch. */
export async function makeSwitch(request: PlanRequest): Promise<MadeSwitch> {
  const { undo, redo } = await planSwitch(request, await readMigrations(request.root));
  return { undo: { ...undo, refusals: groupAlike(undo.refusals) }, redo: { ...redo, refusals: groupAlike(redo.refusals) } };
}

/** What many files have in common, and what settles all of them. */
interface Group {
  readonly what: (files: readonly string[]) => string;
  readonly next: (files: readonly string[]) => string;
}

/** Longer commands are no help on a screen. */
const LONGEST_COMMAND = 2000;

const GROUPS: Readonly<Record<string, Group>> = {
  'empty-script': {
    what: (files) => `${files.length} SQL files hold no statement: ${listed(files)}`,
    next: (files) =>
      [
        "in knexfile.ts: emptyScripts: 'accept' in the policy of the environment, where that is on purpose",
        files.every((file) => file.startsWith(`${DOWN_FOLDER}/`)) &&
          short(`for file in ${files.join(' ')}; do echo '-- empty: nothing to undo' >> $file; done   says so in each`),
      ]
        .filter(Boolean)
        .join('\n'),
  },
  'own-transactions': {
    what: (files) =>
      `${files.length} SQL files begin and commit transactions in their middle, where each migration is one: ${listed(files)}`,
    next: (files) =>
      short(`npm run migrate:repair -- --rewrite ${files.join(' ')}   applies all of these edits: -- part: transaction where one began`) ||
      `npm run migrate:repair -- --rewrite FILE…   takes BEGIN and COMMIT out, and puts -- part: transaction where one began`,
  },
};

const short = (command: string): string => (command.length > LONGEST_COMMAND ? '' : command);

/** Puts together what is wrong with many files alike, where its first stood. */
function groupAlike(refusals: readonly Refusal[]): readonly Refusal[] {
  return refusals.flatMap((refusal, i): readonly Refusal[] => {
    const group = GROUPS[refusal.code];
    const alike = refusals.filter(({ code }) => code === refusal.code);
    if (!group || alike.length === 1) return [refusal];
    if (alike[0] !== refusals[i]) return [];
    const files = [...new Set(alike.flatMap(({ where }) => (where ? [where.file] : [])))];
    const { code, exitCode } = refusal as LockstepError;
    return [{ code, exitCode, what: group.what(files), next: group.next(files) }];
  });
}
