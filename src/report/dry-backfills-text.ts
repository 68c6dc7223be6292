import { applyCommand } from '../model/command.ts';
import { type DryBackfill, type DryBackfills, estimate } from '../model/dry-backfill.ts';
import { formatPlace } from '../model/lockstep-error.ts';
import { duration, paragraphs, place } from './phrases.ts';

/** What each backfill is going to do, and what to type. */
export function dryBackfillsText({ environment, server, backfills, isMeasured }: DryBackfills): string {
  const next = isMeasured
    ? applyCommand(environment)
    : `npm run backfill:dry -- --env ${environment} --measure   runs the first batch, rolls it back, and says how long all of it takes`;
  return paragraphs([[`${environment}: ${place(server)}`], ...backfills.map(linesOf), [`Next: ${next}`]]);
}

const batches = (many: number): string => `${number(many)} ${many === 1 ? 'batch' : 'batches'}`;

const number = (value: number): string => Math.round(value).toLocaleString('en');

function linesOf(backfill: DryBackfill): readonly string[] {
  const { name, where, what, along, rows, done, problem, explain } = backfill;
  const way = along && (along.length === 0 ? 'page by page' : `along ${along.join(', ')}`);
  const left = rows === undefined ? undefined : `${number(rows)} rows${rows > 0 ? ', as the server estimates' : ''}`;
  return [
    `${name}   ${formatPlace(where)}`,
    `  ${[what, way, left, done > 0 && `${number(done)} done`].filter(Boolean).join('   ')}`,
    ...paceLines(backfill),
    ...(problem === undefined ? [] : [`  no plan to show: ${problem}; what an earlier part or migration makes is not there yet`]),
    ...(explain.length === 0 ? [] : ['  the first batch, as the server plans it:', ...explain.map((line) => `    ${line}`)]),
  ];
}

function paceLines(backfill: DryBackfill): readonly string[] {
  const { measured, batch, rows, pauseMs } = backfill;
  const ahead = estimate(backfill);
  if (measured && ahead && batch !== undefined)
    return [
      `  the first batch: ${number(measured.rows)} rows in ${duration(measured.ms)}, rolled back`,
      `  about ${batches(ahead.batches)} of ${number(batch)} rows, ${duration(ahead.ms)}${pauseMs > 0 ? ` with ${pauseMs} ms between them` : ''}`,
    ];
  if (batch !== undefined && rows !== undefined) return [`  ${batches(Math.ceil(rows / batch))} of ${number(batch)} rows`];
  return rows ? ['  batches of about 200 ms each'] : [];
}
