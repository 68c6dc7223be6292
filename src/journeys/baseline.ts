import { compareApplied, driftRefusal } from '../drift/compare-applied.ts';
import { readMarks } from '../drift/migration-record.ts';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError, refuseAll } from '../model/lockstep-error.ts';
import { compareVersions, type Migration } from '../model/migration.ts';
import { phasesIn } from '../plan/deploy-phases.ts';
import { findLate, highestOf, selectPending } from '../plan/select-steps.ts';
import { insertMark, recordMark, recordRun } from '../run/record-run.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { MARKING } from '../target/verify-identity.ts';
import { withReader } from '../target/with-reader.ts';
import { withRun } from '../target/with-run.ts';
import { planAdopted } from './adopt-history.ts';
import { adoptKnex } from './adopt-knex.ts';

export interface Baseline extends Journey {
  /** The last version that the database has already. */
  readonly to: string;
  readonly dryRun?: boolean;
}

/** Marks what the database has already as applied. Nothing of it is executed. */
async function baseline(journey: Baseline): Promise<ExitCode> {
  const { project, to } = journey;
  const migrations = await readVerifiedMigrations(project.root);
  // Refuses a version that no migration has.
  selectPending(migrations, [], to);
  return markAll(journey, (target) => planBaseline(target, { migrations, root: project.root, to }));
}

/** Marks what the history of another tool says is applied, of what was imported from it. Its own table stays as it is. */
async function adoptHistory(journey: Omit<Baseline, 'to'> & { readonly tool: string }): Promise<ExitCode> {
  const { project, emit, tool } = journey;
  const migrations = await readVerifiedMigrations(project.root);
  return markAll(journey, async (target) => {
    const adopted = await planAdopted(target, { root: project.root, migrations, tool });
    for (const text of adopted.notes) emit({ type: 'note', text });
    return adopted.migrations;
  });
}

async function markAll(journey: Omit<Baseline, 'to'>, plan: (target: OpenTarget) => Promise<readonly Migration[]>): Promise<ExitCode> {
  const { project, emit } = journey;
  if (journey.dryRun)
    return withReader<ExitCode>(journey, async (target) => {
      const names = (await plan(target)).map(({ name }) => name);
      const text = `Dry run: would mark ${names.length} as applied in ${target.target.database}, without executing anything`;
      emit({ type: 'recorded', text, names });
      return 0;
    });
  return withRun<ExitCode>({ ...journey, commands: MARKING }, async ({ context, ...run }) => {
    const marks = await readMarks(project.root, await plan(run));
    const names = marks.map(({ name }) => name);
    const sql = marks.map((mark) => recordMark(context, mark, { event: 'baselined', history: insertMark(context, mark), details: {} }));
    const { journal } = await recordRun(context, names, sql.join('\n'));
    const text = `Marked ${names.length} as applied in ${run.target.database} (${run.environment}); nothing was executed`;
    emit({ type: 'recorded', text, names, ...(journal && { journal }) });
    return 0;
  });
}

interface Question {
  readonly root: string;
  readonly migrations: readonly Migration[];
  readonly to: string;
}

/** @throws LockstepError (exit 3) where the version is applied or passed already, or another one would be jumped over */
async function planBaseline(target: OpenTarget, { root, migrations, to }: Question): Promise<readonly Migration[]> {
  const { applied } = target;
  const marked = selectPending(migrations, applied, to).filter(({ up, module }) => up || module);
  const last = selectPending(migrations, [], to).at(-1);
  const highest = highestOf(applied);
  if (applied.some(({ name }) => name === last?.name)) throw refusal('already-applied', `${last?.name} is in history already`);
  if (last && applied.length > 0 && compareVersions(last.name, highest) < 0)
    throw refusal('baseline-below', `${last.name} lies below ${highest}, which is in history already`, last);
  const [late] = findLate(marked, applied, phasesIn(root, migrations));
  if (late) throw refusal('baseline-gap', `${late.name} lies below ${highest} and is not applied; a baseline does not jump over it`, late);
  const drifts = await compareApplied({ ...target, root, migrations, hasJournal: target.tables.hasJournal });
  refuseAll(drifts.filter(({ stops }) => stops).map(driftRefusal));
  return marked;
}

function refusal(code: string, what: string, late?: Migration): LockstepError {
  return new LockstepError({
    code,
    what,
    next: late
      ? `npm run migrate:make -- --renumber ${late.version}   gives it the next number`
      : 'npm run migrate:status   lists what is applied',
    exitCode: 3,
  });
}

export interface MarkWish extends Journey {
  readonly to?: string;
  /** Of stock Knex. */
  readonly table?: string;
  /** Another tool, whose migrations were imported. */
  readonly from?: string;
  readonly dryRun?: boolean;
}

/** Does what `migrate:baseline` was asked for: one of three things. */
export async function markApplied({ to, table, from, ...journey }: MarkWish): Promise<ExitCode> {
  const asked = [to, table, from].filter((one) => one !== undefined).length;
  if (asked !== 1)
    throw new LockstepError({
      code: 'usage',
      what:
        asked === 0
          ? 'migrate:baseline needs a version, a tool, or a table of stock Knex'
          : 'migrate:baseline takes one of --to, --from and --from-knex',
      next: 'npm run migrate:baseline -- --to 001\nnpm run migrate:baseline -- --from-knex\nnpm run migrate:baseline -- --from goose',
      exitCode: 2,
    });
  if (to !== undefined) return baseline({ ...journey, to });
  return table === undefined ? adoptHistory({ ...journey, tool: from ?? '' }) : adoptKnex({ ...journey, table });
}
