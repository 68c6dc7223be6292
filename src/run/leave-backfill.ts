import { FIRST_BATCH } from '../backfill/pace.ts';
import { splitWay } from '../backfill/split.ts';
import { findEnd } from '../backfill/walk.ts';
import { insertJob, mayKeepJobs, type NewRange } from '../history/jobs.ts';
import type { WalkKey } from '../model/backfill.ts';
import type { LockstepError } from '../model/lockstep-error.ts';
import { askOne } from '../pg/ask.ts';
import { KEEP_SETTINGS, SETTINGS_KEPT } from '../pg/session.ts';
import { identifier, literal } from '../pg/sql-text.ts';
import { type BackfillRun, keyFor, refuse } from './begin-backfill.ts';
import { OWN_BEGIN } from './record-step.ts';
import type { RunContext } from './run-context.ts';
import type { Worked } from './run-transaction.ts';

/** Records what a part is to do in the transaction that records the part, and leaves it to `migrate:work`. */
export async function leaveBackfill(context: RunContext, run: BackfillRun): Promise<Worked> {
  const { client, history, session } = context;
  if (!(await askOne(client, mayKeepJobs(history)))) throw mayNotKeep(context, run);
  const { part, number, script, step } = run;
  const found = await keyFor(context, run);
  if (found.table.startsWith('"pg_temp_')) throw ofOneSession(run, found);
  const { ranges, rows } = await rangesOf(context, found, part.backfill.batch);
  const key = { ...(rows !== undefined && { rows }), ...found };
  const job = { name: step.migration.name, part: number, checksum: part.checksum, path: script.file.path, text: textOf(run), key, ranges };
  // Nothing is left of an empty table, and what comes into it later is the application's.
  const left = ranges.length === 0 ? '' : insertJob(history, job, await settingsOf(context, key));
  await client.query(`${OWN_BEGIN}; ${KEEP_SETTINGS} ${session.ourselves} ${left} ${run.recorded} COMMIT;`);
  if (left)
    context.emit({
      type: 'note',
      text: `${job.name} leaves ${key.rows === undefined ? 'its rows' : `about ${Math.round(key.rows).toLocaleString('en')} rows`} to the background`,
      next: `npm run migrate:work -- --env ${context.environment}`,
    });
  return { taken: [] };
}

const mayNotKeep = ({ history: { schema, names }, settings: { user }, retryCommand }: RunContext, run: BackfillRun): LockstepError =>
  refuse(run, {
    code: 'background-tables',
    what: `What this leaves for the background is kept in ${names.rows}_jobs and ${names.rows}_ranges in ${schema}, and ${user} may not make them there`,
    next: `as the owner of ${schema}, once: GRANT CREATE ON SCHEMA ${identifier(schema)} TO ${identifier(user)};   then again ${retryCommand('up')}`,
  });

const ofOneSession = (run: BackfillRun, { table }: WalkKey): LockstepError =>
  refuse(run, {
    code: 'no-backfill-key',
    what: `${table} is a temporary table, and no worker sees it`,
    next: '-- part: backfill   without "in background" has the run do it',
  });

/** As many as there is to do now; none where the table is empty. */
export async function rangesOf(
  { client }: Pick<RunContext, 'client'>,
  key: WalkKey,
  batch: number | undefined,
): Promise<{ readonly ranges: readonly NewRange[]; readonly rows?: number }> {
  const end = await findEnd(client, key);
  if (!end) return { ranges: [] };
  const { ranges, ...estimate } = await splitWay(client, key, { end, batch });
  return { ranges: ranges.map((range) => ({ ...range, batch: batch ?? FIRST_BATCH })), ...estimate };
}

/**
 * A worker may log in as somebody else: it becomes whom the script has become, and not whoever ran it; and looks for tables where the run has found them.
 * Where a policy would hide rows from it that the run sees, the server is to refuse (manual: row_security).
 */
async function settingsOf({ client }: RunContext, { table }: WalkKey): Promise<string> {
  const kept = await askOne(client, {
    sql: `SELECT coalesce(pg_catalog.string_agg(pg_catalog.quote_ident(name), ', ' ORDER BY at), '') AS search_path,
      CASE WHEN pg_catalog.row_security_active(${literal(table)}) THEN 'on' ELSE 'off' END AS row_security FROM unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY s (name, at)`,
    read: ([row]) => JSON.stringify(row),
  });
  const own = "CASE WHEN kept ->> 'authorization' = session_user THEN kept - 'authorization' ELSE kept END";
  const settings = `coalesce(nullif(kept -> 'settings', 'null'), '{}') || ${literal(kept)}::jsonb`;
  return `(SELECT (${own}) || pg_catalog.jsonb_build_object('settings', ${settings}) FROM (SELECT ${SETTINGS_KEPT} AS kept) k)`;
}

const DIRECTIVE = /^[ \t]*--[ \t]*part[ \t]*:/gim;

/** The part alone, on the lines where it stands in its file: a message about it still tells the right place. */
function textOf({ script: { file }, part }: BackfillRun): string {
  const [{ start, end }] = part.statements;
  const above = file.text.slice(0, start);
  const from = [...above.matchAll(DIRECTIVE)].at(-1)?.index ?? start;
  return `${'\n'.repeat(above.slice(0, from).split('\n').length - 1)}${file.text.slice(from, end)};`;
}
