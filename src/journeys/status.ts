import type { Client } from 'pg';
import { listBackupsOf } from '../backup/list-backups.ts';
import { compareApplied, findMigrationText } from '../drift/compare-applied.ts';
import { readMigrationText } from '../files/migration-text.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { filesOf, touchCommand } from '../files/write-migration.ts';
import { findStockHistory } from '../history/find-stock-history.ts';
import { readHistory } from '../history/history.ts';
import { readIdentity, readRemembered } from '../history/identity.ts';
import { readAttempts } from '../history/read-attempts.ts';
import { inspectTables, type Tables } from '../history/tables.ts';
import type { Drift } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Journey } from '../model/journey.ts';
import { isLockstepError, type Refusal, toRefusal } from '../model/lockstep-error.ts';
import { type Migration, readDescription } from '../model/migration.ts';
import type { PendingMigration, Status } from '../model/status.ts';
import type { Target } from '../model/target.ts';
import { readRunning, withWholeName } from '../pg/activity.ts';
import { inReadOnlyTransaction } from '../pg/read-only.ts';
import { readTarget, verifyServerVersion } from '../pg/target.ts';
import { findLate, selectPending } from '../plan/select-steps.ts';
import { connectTarget } from '../target/connect-target.ts';
import { findWaits } from '../target/find-waits.ts';
import { openEnvironment } from '../target/open-environment.ts';
import { rollbackCommandOf } from '../target/rollback-command.ts';
import { findOtherIdentity } from '../target/verify-identity.ts';
import { findUnrecorded } from './gates/recorded-gate.ts';

export interface StatusWish extends Journey {
  /** Reads every file, also one that looks as it did when it was last read. */
  readonly isThorough?: boolean;
}

/** Tells what is applied, pending, damaged and running. Takes no lock, creates nothing, and works while a migration runs. */
export async function status(journey: StatusWish): Promise<Status> {
  const { chosen, settings } = await openEnvironment(journey);
  const client = await connectTarget({ settings, application: 'lockstep status', createMissing: false, ...journey });
  try {
    return await inReadOnlyTransaction(client, async () => {
      const { target } = await readTarget(client, settings);
      verifyServerVersion(target);
      const tables = await inspectTables(client, settings.schema);
      const remembered = tables.hasJournal ? await readRemembered(client, settings.schema) : undefined;
      const environment = chosen ?? remembered?.environment ?? 'development';
      const { root } = journey.project;
      const unread = journey.isThorough ? undefined : 'trust';
      const read = await readStatus(client, { root, environment, chosen: journey.env, target, tables, unread });
      const other = chosen && findOtherIdentity(chosen, { identity: await readIdentity(client, target.database), remembered });
      return {
        ...read,
        problems: [...(other ? [toRefusal(other)] : []), ...read.problems],
        rollbackCommand: rollbackCommandOf(journey, environment),
        backups: await listBackupsOf(client, journey.project, environment),
      };
    });
  } finally {
    await client.end().catch(() => {});
  }
}

interface Question {
  readonly root: string;
  readonly environment: string;
  /** As the command named it, where it did. */
  readonly chosen?: string | undefined;
  readonly target: Target;
  readonly tables: Tables;
  readonly unread: 'trust' | undefined;
}

async function readStatus(
  client: Client,
  { root, environment, chosen, target, tables, unread }: Question,
): Promise<Omit<Status, 'backups' | 'rollbackCommand'>> {
  const { schema } = target;
  const run = await readRunning(client, schema);
  const hasHistory = tables.history.length > 0;
  const applied = hasHistory ? await readHistory(client, schema) : [];
  const { migrations, problems } = await readMigrations(root);
  const drifts = hasHistory ? await compareApplied({ root, client, schema, migrations, history: applied, unread }) : [];
  const pending = readPending(root, migrations, applied);
  const names = pending.map(({ migration }) => migration.name);
  const stock = await findStockHistory(client, { schema, hasJournal: tables.hasJournal, names, env: chosen }).catch(asRefusal);
  const open = run?.direction === 'down' ? applied : pending.map(({ migration }) => migration);
  const running = run && (await findWaits(client, withWholeName(run, open), { root, migrations }));
  return {
    environment,
    target: { ...target, isReadOnly: false },
    hasHistory,
    applied,
    pending: pending.map(({ migration }) => migration),
    attempts: tables.hasJournal
      ? await readAttempts(client, {
          schema,
          applied,
          pending: new Set(names),
          ...(running && { running }),
        })
      : [],
    drifts: [...drifts, ...(tables.hasJournal ? await findUnrecorded(client, schema, names) : []), ...withoutRollback(root, migrations)],
    problems: [...problems, ...(stock ? [stock] : []), ...pending.flatMap(({ problem }) => (problem ? [problem] : []))].map(toRefusal),
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
  const late = new Set(findLate(pending, applied));
  return pending.map((migration) => {
    const base = { name: migration.name, isLate: late.has(migration) };
    try {
      const description = readDescription(readMigrationText(root, migration).text);
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
