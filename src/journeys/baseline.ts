import type { Client } from 'pg';
import { compareApplied } from '../drift/compare-applied.ts';
import { readMarks } from '../drift/migration-record.ts';
import { prepareMemory } from '../history/head-file.ts';
import { readHistory } from '../history/history.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError } from '../model/lockstep-error.ts';
import { compareVersions, type Migration } from '../model/migration.ts';
import { readVerifiedMigrations } from '../plan/plan-apply.ts';
import { findLate, selectPending } from '../plan/select-steps.ts';
import { insertMark, recordMark, recordRun } from '../run/record-run.ts';
import { MARKING } from '../target/verify-identity.ts';
import { withReader } from '../target/with-reader.ts';
import { withRun } from '../target/with-run.ts';
import { adoptKnex } from './adopt-knex.ts';
import { verifyNoDrift } from './gates/drift-gate.ts';

export interface Baseline extends Journey {
  /** The last version that the database has already. */
  readonly to: string;
  readonly dryRun?: boolean;
}

/** Marks what the database has already as applied. Nothing of it is executed. */
async function baseline(journey: Baseline): Promise<ExitCode> {
  const { project, emit, to } = journey;
  const migrations = await readVerifiedMigrations(project.root);
  // Refuses a version that no migration has.
  selectPending(migrations, [], to);
  const plan = (client: Client, schema: string, history: readonly HistoryRow[]): Promise<readonly Migration[]> =>
    planBaseline({ client, schema, history, migrations, root: project.root, to });
  if (journey.dryRun)
    return withReader<ExitCode>(journey, async ({ client, target, history }) => {
      const names = (await plan(client, target.schema, history)).map(({ name }) => name);
      emit({
        type: 'recorded',
        text: `Dry run: would mark ${names.length} as applied in ${target.database}, without executing anything`,
        names,
      });
      return 0;
    });
  return withRun<ExitCode>({ ...journey, commands: MARKING }, async ({ context, target, environment }) => {
    const { client, settings } = context;
    const marked = await plan(client, settings.schema, await readHistory(client, settings.schema));
    const marks = await readMarks(project.root, marked);
    const names = marks.map(({ name }) => name);
    const remember = await prepareMemory(context, target);
    const sql = marks.map((mark) => recordMark(context, mark, { event: 'baselined', history: insertMark(context, mark), details: {} }));
    const { journal } = await recordRun(context, names, sql.join('\n'));
    remember(journal);
    const text = `Marked ${names.length} as applied in ${target.database} (${environment}); nothing was executed`;
    emit({ type: 'recorded', text, names, ...(journal && { journal }) });
    return 0;
  });
}

interface Question {
  readonly root: string;
  readonly client: Client;
  readonly schema: string;
  readonly migrations: readonly Migration[];
  readonly history: readonly HistoryRow[];
  readonly to: string;
}

/** @throws LockstepError (exit 3) where the version is applied or passed already, or another one would be jumped over */
async function planBaseline({ to, ...question }: Question): Promise<readonly Migration[]> {
  const { migrations, history } = question;
  const marked = selectPending(migrations, history, to).filter(({ up, module }) => up || module);
  const target = selectPending(migrations, [], to).at(-1);
  const highest = history.map(({ name }) => name).reduce((a, b) => (compareVersions(a, b) > 0 ? a : b), '');
  if (history.some(({ name }) => name === target?.name)) throw refusal('already-applied', `${target?.name} is in history already`);
  if (target && history.length > 0 && compareVersions(target.name, highest) < 0)
    throw refusal('baseline-below', `${target.name} lies below ${highest}, which is in history already`, target);
  const [late] = findLate(marked, history);
  if (late) throw refusal('baseline-gap', `${late.name} lies below ${highest} and is not applied; a baseline does not jump over it`, late);
  verifyNoDrift(await compareApplied(question));
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
  readonly dryRun?: boolean;
}

/** Does what `migrate:baseline` was asked for: one of two things. */
export async function markApplied({ to, table, ...journey }: MarkWish): Promise<ExitCode> {
  if (to !== undefined && table === undefined) return baseline({ ...journey, to });
  if (to === undefined && table !== undefined) return adoptKnex({ ...journey, table });
  throw new LockstepError({
    code: 'usage',
    what:
      to === undefined
        ? 'migrate:baseline needs a version, or a table of stock Knex'
        : 'migrate:baseline takes --to or --from-knex, not both',
    next: 'npm run migrate:baseline -- --to 001\nnpm run migrate:baseline -- --from-knex',
    exitCode: 2,
  });
}
