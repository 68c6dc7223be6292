import type { Client } from 'pg';
import { given } from '../model/given.ts';
import type { Direction } from '../model/migration.ts';
import type { Running } from '../model/target.ts';
import { ask, type Question } from './ask.ts';
import { findBlockers } from './blockers.ts';
import { phaseQuestion } from './phase.ts';
import { findRunLockHolder } from './run-lock.ts';

// Longer ones are cut by the server, with a notice (manual: runtime-config-logging, application_name). The part comes first.
const LONGEST = 63;
const APPLICATION = /^lockstep (up|down) (\d+\/\d+) (\S+)$/;

/** The `application_name` of a session while it runs a part of a migration: visible to others at once, unlike its rows. */
export const runningName = (direction: Direction, part: string, name: string): string =>
  `lockstep ${direction} ${part} ${name}`.slice(0, LONGEST);

/** The whole name of what runs, by what can run; the same again where it was not cut, or nothing tells. */
export function withWholeName(running: Running, open: readonly { readonly name: string }[]): Running {
  const { name, holder } = running;
  if (name === undefined || (holder.application ?? '').length < LONGEST) return running;
  const whole = open.find((one) => one.name.startsWith(name));
  return whole ? { ...running, name: whole.name } : running;
}

// Within a transaction the first look at pg_stat_activity is kept for all later ones (manual: monitoring-stats), locks are not.
const lookAfresh = (client: Client) => client.query('SELECT pg_catalog.pg_stat_clear_snapshot()');

const stateQuestion = (pid: number): Question<string | null | undefined> => ({
  sql: `SELECT state FROM pg_catalog.pg_stat_activity WHERE pid = ${pid}`,
  read: ([found]) => found?.state,
});

/** What the holder of the RunLock does right now; undefined when nobody holds it. Takes no lock. */
export async function readRunning(client: Client, schema: string): Promise<Running | undefined> {
  await lookAfresh(client);
  const first = await findRunLockHolder(client, schema);
  if (!first) return undefined;
  // Whom it waits for comes before what it is called: it takes the name of its step first, and waits then.
  const waitsFor = await findBlockers(client, first.pid);
  await lookAfresh(client);
  const holder = await findRunLockHolder(client, schema);
  if (holder?.pid !== first.pid) return holder && { holder, waitsFor: [] };
  const [, direction, part, name] = APPLICATION.exec(holder.application ?? '') ?? [];
  const [state, phase] = await ask(client, stateQuestion(holder.pid), phaseQuestion(holder.pid));
  return {
    holder,
    waitsFor,
    ...given({ name, part, direction: direction as Direction | undefined, state, phase }),
  };
}
