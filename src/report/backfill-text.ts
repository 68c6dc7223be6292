import { formatRefusal } from '../model/lockstep-error.ts';
import type { BackfillState, Status } from '../model/status.ts';
import { count, duration } from './phrases.ts';

const workCommand = (environment: string): string => `npm run migrate:work -- --env ${environment}`;

export const backfillLines = (backfills: Status['backfills'], environment: string): readonly string[] =>
  backfills.map((one) => (one.background?.failure ? failedLine(one.name, one.rows, one.background.failure) : openLine(one, environment)));

const failedLine = (name: string, rows: number, failure: Parameters<typeof formatRefusal>[0]): string =>
  `Backfill failed: ${name}   ${rows.toLocaleString('en')} rows done\n${formatRefusal(failure).replaceAll(/^/gm, '  ')}`;

function openLine({ name, rows, pausedBy, background }: BackfillState, environment: string): string {
  const { totalRows = 0, rowsPerSecond = 0, workers = 0, remainingMs } = background ?? {};
  const done =
    totalRows > 0
      ? `${rows.toLocaleString('en')} of about ${totalRows.toLocaleString('en')} rows`
      : `${rows.toLocaleString('en')} rows done`;
  const pace = [
    background &&
      `${workers === 0 ? 'nobody works' : workers === 1 ? '1 works' : `${workers} work`} on it${workers === 0 ? `; ${workCommand(environment)}` : ''}`,
    workers > 0 && `${rowsPerSecond.toLocaleString('en')} a second`,
    workers > 0 && remainingMs !== undefined && `about ${duration(remainingMs)} left`,
  ];
  const rest = pausedBy === undefined ? pace : [`paused by ${pausedBy}; npm run migrate:resume -- --env ${environment}`];
  return [`Backfill: ${name}`, done, ...rest].filter(Boolean).join('   ');
}

/** What failed is to be put right, and what nobody works on done: other migrations may require it. */
export function nextForBackfills({ backfills, environment }: Status): string | undefined {
  const failed = backfills.find(({ background }) => background?.failure)?.background?.failure;
  if (failed) return failed.next;
  const idle = backfills.filter(({ background, pausedBy }) => background?.workers === 0 && pausedBy === undefined);
  if (idle.length === 0) return undefined;
  return `${workCommand(environment)}   does what ${count(idle.length, 'migration')} ${idle.length === 1 ? 'has' : 'have'} left for the background`;
}
