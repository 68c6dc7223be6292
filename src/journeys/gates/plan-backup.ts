import { interrupted } from '../../backup/archive/refusals.ts';
import { withBackupSession } from '../../backup/backup-session.ts';
import { chooseBackup, copyNote } from '../../backup/choose-backup.ts';
import type { BackupWish } from '../../backup/make-backup.ts';
import { LockstepError } from '../../model/lockstep-error.ts';
import { listUserTables, measureTables } from '../../pg/user-tables.ts';
import { type EndangeredTables, findEndangered, isHistory, readPlanEffects } from '../../plan/plan-effects.ts';
import type { GateQuestion } from './gate.ts';

/** Beyond this a copy of everything is no longer something to do on the way. */
const LARGEST_BLIND_COPY = 1_000_000_000;

/** What is to be backed up before a plan, or why nothing is. Writes nothing. @throws LockstepError (exit 3) where it cannot be */
export async function planBackup(question: GateQuestion): Promise<BackupWish | { readonly none: string }> {
  const { target, journey } = question;
  const policy = target.policy.backup;
  const all = await listUserTables(target.history.client);
  if (all.every((table) => isHistory(table, target.history))) return { none: 'the database holds no table yet' };
  const choice = await chooseBackup(policy, target.target, journey.variables);
  const endangered = await findEndangered(target.history, readPlanEffects(question.plan));
  const isLarge = endangered.isOpaque && (await measure(question, endangered)) > LARGEST_BLIND_COPY;
  const { settings, environment } = target;
  const common = { settings, target: target.target, environment, policy };
  if (choice.programs) {
    // Counting every row of a large database would take as long as the backup; its tables are still looked for in the dump.
    const tables = isLarge ? [] : endangered.tables;
    return { ...common, programs: choice.programs, tables, scope: 'database' };
  }
  if (endangered.tables.length === 0) return { none: 'the plan takes no row and no value from a table that is there' };
  if (isLarge) throw tooLarge(target.target.serverMajor);
  const history = all.filter((table) => isHistory(table, target.history));
  const scope = endangered.isOpaque ? 'all tables' : 'some tables';
  const what = endangered.isOpaque ? 'all tables' : 'the tables that the plan touches';
  const tables = [...endangered.tables, ...history];
  return { ...common, programs: undefined, tables, scope, note: copyNote(choice.why ?? '', what) };
}

const measure = ({ target, journey }: GateQuestion, { tables }: EndangeredTables): Promise<number> =>
  withBackupSession(target.settings, { signal: journey.interruption }, ({ client }) => measureTables(client, tables)).catch(
    (error: unknown) => {
      throw journey.interruption.aborted ? interrupted(journey.interruption) : error;
    },
  );

function tooLarge(major: number): LockstepError {
  return new LockstepError({
    code: 'backup-too-large',
    what: `The plan holds code, a DO block or a function, so all tables would have to be copied, and they are above ${LARGEST_BLIND_COPY / 1e9} GB; nothing was changed`,
    next: [
      `apt-get install postgresql-client-${major}   then pg_dump takes the backup`,
      "or in knexfile.ts: backup: { external: 'snapshot id' }   records the snapshot that you took elsewhere",
    ].join('\n'),
    exitCode: 3,
  });
}
