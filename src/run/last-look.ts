import { lookFunctions } from '../history/look-functions.ts';
import type { Taken } from '../model/loss.ts';
import type { Step } from '../model/plan.ts';
import type { Sent } from '../pg/script-query.ts';
import { literal, qualified } from '../pg/sql-text.ts';
import type { RunContext } from './run-context.ts';

/** The column under which the answer to the look comes back. */
export const TAKEN = 'lockstep_taken';

const call = ({ history }: RunContext, which: 0 | 1, args: string): string =>
  `${qualified(history.schema, lookFunctions(history)[which].name)}(${args})`;

const ownOids = ({ oids }: RunContext): string => `'{${oids.own.join(',')}}'`;
const textArray = (texts: readonly string[]): string => `ARRAY[${texts.map(literal).join(', ')}]::text[]`;

/** The statements to send at BEGIN. What an earlier part of the script has made of its session may not see the history: it comes back after. */
export function lookAtBegin(context: RunContext, isLater = false): readonly string[] {
  const look = `SELECT ${call(context, 0, ownOids(context))}`;
  return isLater ? asOurselves(context, look) : [look];
}

/** A statement in the middle of what a script has made of its session; one statement a piece. */
export const asOurselves = ({ session }: Pick<RunContext, 'session'>, sql: string): readonly string[] => [
  KEEP_ROLE,
  ...session.ourselves.split('; ').map((one) => one.replace(/;$/, '')),
  sql,
  GIVE_BACK,
];

const KEPT = ['session_authorization', 'role', 'search_path'];
const KEEP_ROLE = `SELECT ${KEPT.map((name) => `pg_catalog.set_config('lockstep.${name}', pg_catalog.current_setting('${name}'), true)`).join(', ')}`;
const GIVE_BACK = `SELECT ${KEPT.map((name) => `pg_catalog.set_config('${name}', pg_catalog.current_setting('lockstep.${name}'), true)`).join(', ')}`;

export const readTaken = (rows: Sent['rows']): readonly Taken[] =>
  rows.flatMap(({ [TAKEN]: taken }) => (JSON.parse(taken ?? '[]') as readonly Taken[]).filter(({ object }) => object !== ''));

/** What to send before the record. Constraints that wait for COMMIT are checked first: their triggers can change rows too. */
export function lookBeforeCommit(context: RunContext, step: Step): string {
  const { oids, settings, session, losses } = context;
  const { refuses, keys } = losses(step);
  const visible = textArray([settings.schema, 'public']);
  return `SET CONSTRAINTS ALL IMMEDIATE; ${session.ourselves}
SELECT ${call(context, 1, `${ownOids(context)}, ${oids.newest}, ${visible}, ${textArray(keys)}, ${refuses}`)} AS ${TAKEN};`;
}
