import { listBackupsOf } from '../backup/find-backup.ts';
import { compareApplied, findUnrecorded } from '../drift/compare-applied.ts';
import type { Trust } from '../files/kept-checksums.ts';
import { findDeclared, findMigrationText, readMigrationText } from '../files/migration-text.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { readSource } from '../files/read-source.ts';
import { filesOf, touchCommand } from '../files/write-migration.ts';
import { readBackfillStates } from '../history/backfill-states.ts';
import { readAttempts } from '../history/read-attempts.ts';
import { obstructedRefusal } from '../history/table-refusals.ts';
import { findAppliedElsewhere } from '../import/applied-elsewhere.ts';
import type { Drift } from '../model/drift.ts';
import { readDescription } from '../model/header.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError, type Refusal, toRefusal } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import type { PendingMigration, Status } from '../model/status.ts';
import { targetName } from '../model/target.ts';
import { readRunning, withWholeName } from '../pg/activity.ts';
import { phasesIn, verifyPhase } from '../plan/deploy-phases.ts';
import { readStates } from '../plan/plan-repeatables.ts';
import { findLate, selectPending } from '../plan/select-steps.ts';
import { heedMarkers } from '../sql/script/heed-markers.ts';
import { findWaits } from '../target/find-waits.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { rollbackCommandOf } from '../target/rollback-command.ts';
import { findFirstHistory } from '../target/verify-history.ts';
import { findOtherIdentity } from '../target/verify-identity.ts';
import { withReader } from '../target/with-reader.ts';

export interface StatusRequest extends Journey {
  /** Reads every file, also one that looks as it did when it was last read. */
  readonly isThorough?: boolean;
}

/** Reports what is applied, pending, damaged and running. Takes no lock, creates nothing, and works while a migration runs. */
export async function status(journey: StatusRequest): Promise<Status> {
  return withReader(journey, async (target) => {
    const { chosen, environment, history } = target;
    const read = await readStatus(target, journey.project.root, journey.isThorough ? undefined : 'trust');
    const { obstacles } = target.tables;
    const other = [
      chosen && findOtherIdentity(chosen, target),
      obstacles.length > 0 && obstructedRefusal(history, obstacles),
      await findFirstHistory(journey.project.root, target),
    ];
    return {
      ...read,
      environment,
      target: targetName(target),
      server: { ...target.target, isReadOnly: false },
      problems: [...other.flatMap((one) => (one ? [toRefusal(one)] : [])), ...read.problems],
      rollbackCommand: rollbackCommandOf(journey, environment),
      refusesLate: target.policy.lateVersions === 'refuse',
      backfills: await readBackfillStates(history),
      backups: await listBackupsOf(history.client, journey.project, environment),
    };
  });
}

type Read = Pick<Status, 'hasHistory' | 'applied' | 'pending' | 'repeatables' | 'attempts' | 'drifts' | 'problems' | 'running'>;

async function readStatus(opened: OpenTarget, root: string, unread: Trust): Promise<Read> {
  const { history, applied, chosen } = opened;
  const { hasHistory, hasJournal } = opened.tables;
  const { client } = history;
  const run = await readRunning(client, history.schema);
  const { migrations, problems, ...folder } = await readMigrations(root);
  const repeatables = await readStates(root, folder.repeatables, opened);
  const drifts = await compareApplied({ ...opened, root, migrations, hasJournal, unread });
  const pending = readPending(root, migrations, applied);
  const names = pending.map(({ migration }) => migration.name);
  const elsewhere = await findAppliedElsewhere(history, {
    root,
    hasJournal,
    migrations: migrations.filter(({ name }) => names.includes(name)),
    env: chosen,
  }).catch((error: unknown) => [asRefusal(error)]);
  const open = run?.direction === 'down' ? applied : pending.map(({ migration }) => migration);
  const running = run && (await findWaits(client, withWholeName(run, open), { root, migrations }));
  const again = repeatables.filter(({ state }) => state !== 'applied').map(({ name }) => name);
  const attempted = { applied, pending: new Set([...names, ...again]), ...(running && { running }) };
  return {
    hasHistory,
    applied,
    pending: pending.map(({ migration }) => migration),
    repeatables,
    attempts: hasJournal ? await readAttempts(history, attempted) : [],
    drifts: [
      ...drifts,
      ...(hasJournal ? await findUnrecorded(history, names) : []),
      ...(opened.policy.rollbacks === 'expected' ? withoutRollback(root, migrations) : []),
    ],
    problems: [...problems, ...elsewhere, ...pending.flatMap(({ problem }) => (problem ? [problem] : []))].map(toRefusal),
    ...(running && { running }),
  };
}

function asRefusal(error: unknown): Refusal {
  if (isLockstepError(error)) return error;
  throw error;
}

function readPending(
  root: string,
  migrations: readonly Migration[],
  applied: readonly HistoryRow[],
): readonly { readonly migration: PendingMigration; readonly problem?: Refusal }[] {
  const pending = selectPending(migrations, applied).filter(({ up, module }) => up || module);
  const phaseOf = phasesIn(root, migrations);
  const late = new Set(findLate(pending, applied, phaseOf));
  return pending.map((migration) => {
    const base = { name: migration.name, isLate: late.has(migration), phase: phaseOf(migration.name), ...findDeclared(root, migration) };
    try {
      const description = readDescription(readMigrationText(root, migration).text);
      verifyPhase(root, migration);
      if (migration.up) heedMarkers(readSource(root, migration.up));
      return { migration: { ...base, ...(description && { description }) } };
    } catch (error) {
      if (!isLockstepError(error)) throw error;
      return { migration: base, problem: error };
    }
  });
}

/** Worth a note while there is time to write one. */
function withoutRollback(root: string, migrations: readonly Migration[]): readonly Drift[] {
  return migrations
    .filter((migration) => migration.up && !migration.down && findMigrationText(root, migration)?.kind === 'sql')
    .map(({ name, up }) => ({
      kind: 'no-rollback',
      name,
      stops: false,
      what: `${up} has no rollback`,
      ...(up && { file: up }),
      next: touchCommand(root, [filesOf(name).down]),
    }));
}
