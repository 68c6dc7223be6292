import { isDue } from '../model/repeatable.ts';
import { isInOrder, type Status } from '../model/status.ts';

type Metric = readonly [name: string, help: string, value: number];

// https://prometheus.io/docs/instrumenting/exposition_formats/
const escaped = (text: string): string => text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');

/** The status for a node exporter's text file, or a push gateway. */
export function statusMetrics(status: Status): string {
  const labels = `{target="${escaped(status.target)}",environment="${escaped(status.environment)}"}`;
  return metricsOf(status)
    .map(([name, help, value]) => `# HELP lockstep_${name} ${help}\n# TYPE lockstep_${name} gauge\nlockstep_${name}${labels} ${value}\n`)
    .join('');
}

function metricsOf(status: Status): readonly Metric[] {
  const { applied, pending, repeatables, attempts, drifts, problems, running, backups, backfills } = status;
  const newest = (dates: readonly Date[]): number => Math.max(0, ...dates.map((date) => date.getTime() / 1000));
  return [
    ['in_order', 'Nothing is pending or wrong.', Number(isInOrder(status))],
    ['migrations_applied', 'Migrations in history.', applied.length],
    ['migrations_pending', 'Migrations not applied yet.', pending.length],
    [
      'migrations_pending_after_deploy',
      'Of those pending, the ones that come after a deploy.',
      pending.filter(({ phase }) => phase === 'after-deploy').length,
    ],
    ['repeatables_pending', 'Repeatable files that are not applied as they read.', repeatables.filter(isDue).length],
    ['migrations_unfinished', 'Migrations whose last attempt failed or was interrupted.', attempts.length],
    ['drifts', 'Differences between files, history and journal that stop a run.', drifts.filter(({ stops }) => stops).length],
    ['problems', 'What else is in the way of a run.', problems.length],
    ['backfills_open', 'Backfills that are not done.', backfills.length],
    [
      'backfills_failed',
      'Backfills in the background that wait for somebody.',
      backfills.filter(({ background }) => background?.failure).length,
    ],
    [
      'backfill_workers',
      'Workers on backfills in the background.',
      backfills.reduce((sum, { background }) => sum + (background?.workers ?? 0), 0),
    ],
    ['backfill_rows', 'Rows that open backfills have walked over.', backfills.reduce((sum, { rows }) => sum + rows, 0)],
    ['run_running', 'A run holds the RunLock.', Number(running !== undefined)],
    ['last_applied_timestamp_seconds', 'When the newest row of history was written.', newest(applied.map(({ appliedAt }) => appliedAt))],
    ['last_backup_timestamp_seconds', 'When the newest backup was taken.', newest(backups.map(({ at }) => at))],
  ];
}
