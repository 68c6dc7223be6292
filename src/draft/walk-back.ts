/** Leads a database back to an earlier state, by trying: PostgreSQL itself says what depends on what. */
import type { Client } from 'pg';
import { serverWords } from '../pg/failure.ts';
import { columnAdditions, columnChanges } from './columns.ts';
import { drops, inReverse, partDrops } from './drops.ts';
import { enumChanges } from './enums.ts';
import { inTheWay } from './in-the-way.ts';
import { matchState } from './match.ts';
import { creations, objectChanges } from './objects.ts';
import { propertyChanges } from './properties.ts';
import { readState, type State } from './read-state.ts';
import { detours, renames } from './renames.ts';
import { saidChanges } from './said.ts';
import type { Step, Tag } from './step.ts';

/** A statement that the server took. */
export interface Walked {
  readonly about: string;
  readonly sql: string;
  readonly tag: Tag;
  readonly why?: string;
}

/** What it took in no form. */
export interface NotWalked {
  readonly about: string;
  readonly sql: readonly string[];
  readonly why: string;
  readonly sqlstate?: string | undefined;
}

export interface Walk {
  readonly walked: readonly Walked[];
  readonly left: readonly NotWalked[];
}

type Phase = (before: State, now: State) => readonly Step[];

function partChanges(before: State, now: State): readonly Step[] {
  return [...columnChanges(before, now), ...propertyChanges(before, now), ...enumChanges(before, now)];
}

function additions(before: State, now: State): readonly Step[] {
  return [...columnAdditions(before, now), ...creations(before, now)];
}

const PHASES: readonly Phase[] = [renames, drops, partChanges, objectChanges, additions, saidChanges];

/** More rounds than any migration has needed: a circle that nobody thought of ends. */
const MOST_ROUNDS = 60;
/** A view that reads a column of another type than it did is never what it was, however often it is made again. */
const MOST_TIMES = 2;

interface Walking {
  readonly client: Client;
  readonly before: State;
  readonly walked: Walked[];
  readonly failures: Map<string, NotWalked>;
  /** How often each step was taken, and whether it added something. */
  readonly times: Map<string, number>;
  readonly added: Set<string>;
  /** Steps for which everything in the way was taken aside. */
  readonly cleared: Set<string>;
}

/**
 * Inside the caller's transaction, which is to be rolled back. The state is read again after each phase that did something, so that no step is built on what is not so any more.
 * @param isLeftOut takes a name like `public.users`
 */
export async function walkBack(client: Client, before: State, isLeftOut: (name: string) => boolean): Promise<Walk> {
  const walking = {
    client,
    before,
    walked: [],
    failures: new Map(),
    times: new Map(),
    added: new Set<string>(),
    cleared: new Set<string>(),
  };
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const now = matchState(before, await readState(client, isLeftOut));
    if (await moveOn(walking, now)) continue;
    const open = PHASES.flatMap((phase) => phase(before, now));
    return { walked: walking.walked, left: open.flatMap((one) => walking.failures.get(keyOf(one)) ?? []) };
  }
  return { walked: walking.walked, left: [{ about: 'the way back', sql: [], why: `it does not end within ${MOST_ROUNDS} rounds` }] };
}

/** The first that does anything: a name, a phase, a part that stands in the way, or whatever needs what has to go. @returns whether anything did */
async function moveOn(walking: Walking, now: State): Promise<boolean> {
  const { before } = walking;
  if (await tryAll(walking, renames(before, now))) return true;
  if (await firstThatMoves(detours(before, now), (one) => tryAll(walking, [one]))) return true;
  if (await firstThatMoves(PHASES, (phase) => tryPhase(walking, phase, now))) return true;
  return (await tryAll(walking, partDrops(before, now))) || clear(walking, now);
}

async function tryPhase(walking: Walking, phase: Phase, now: State): Promise<boolean> {
  const steps = phase(walking.before, now);
  if (phase === additions) for (const one of steps) walking.added.add(keyOf(one));
  if (await tryAll(walking, steps)) {
    // What was tried in vain may find now what it needs.
    if (phase === additions) for (const key of walking.times.keys()) if (!walking.added.has(key)) walking.times.delete(key);
    return true;
  }
  // What reads a column is taken aside before anything else is tried with it.
  const blocked = phase === partChanges ? steps.filter((one) => isBlocked(walking.failures.get(keyOf(one)))) : [];
  return tryAll(
    walking,
    blocked.flatMap(({ on }) => inReverse(inTheWay(on, now, false), now)),
  );
}

async function clear(walking: Walking, now: State): Promise<boolean> {
  const { cleared, failures, before } = walking;
  const open = PHASES.flatMap((phase) => phase(before, now)).filter((one) => failures.has(keyOf(one)));
  const waiting = [false, true].flatMap((withHeavy) => open.map((one) => ({ one, withHeavy, id: `${withHeavy} ${keyOf(one)}` })));
  return firstThatMoves(
    waiting.filter(({ id }) => !cleared.has(id)),
    ({ one, withHeavy, id }) => {
      cleared.add(id);
      return tryAll(walking, inReverse(inTheWay(one.on, now, withHeavy), now));
    },
  );
}

const keyOf = ({ about, ways }: Step): string => `${about}\n${ways[0]?.sql.join('\n')}`;

async function firstThatMoves<T>(all: readonly T[], move: (one: T) => Promise<boolean>): Promise<boolean> {
  for (const one of all) if (await move(one)) return true;
  return false;
}

// feature_not_supported, dependent_objects_still_exist
const isBlocked = (failure: NotWalked | undefined): boolean => ['0A000', '2BP01'].includes(failure?.sqlstate ?? '');

async function tryAll({ client, walked, failures, times }: Walking, steps: readonly Step[]): Promise<boolean> {
  let hasMoved = false;
  for (const one of steps) {
    const key = keyOf(one);
    const count = times.get(key) ?? 0;
    if (count >= MOST_TIMES) continue;
    const result = await tryWays(client, one);
    if ('why' in result) failures.set(key, result);
    else {
      walked.push(...result.walked);
      times.set(key, count + 1);
      failures.delete(key);
      hasMoved = true;
    }
  }
  return hasMoved;
}

async function tryWays(client: Client, { about, ways }: Step): Promise<{ readonly walked: readonly Walked[] } | NotWalked> {
  let why = 'there is no statement for it';
  let sqlstate: string | undefined;
  for (const [i, { sql, tag = 'exact', why: note }] of ways.entries()) {
    if (sql.length === 0) continue;
    try {
      await client.query('SAVEPOINT way');
      await client.query([...sql.map(withoutEnd), 'RELEASE way'].join(';\n'));
      return { walked: sql.map((text, at) => ({ about, sql: text, tag, ...(note && at === 0 && { why: note }) })) };
    } catch (error) {
      const words = serverWords(error);
      // What the first way was refused for says most.
      if (i === 0) [why, sqlstate] = [words.message, words.sqlstate];
      await client.query('ROLLBACK TO way; RELEASE way');
    }
  }
  return { about, sql: ways[0]?.sql ?? [], why, sqlstate };
}

const withoutEnd = (sql: string): string => sql.replace(/;\s*$/, '');
