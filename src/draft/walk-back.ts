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

const PHASES: readonly Phase[] = [
  drops,
  partChanges,
  objectChanges,
  (before, now) => [...columnAdditions(before, now), ...creations(before, now)],
  saidChanges,
];

/** More rounds than any migration has needed: a circle that nobody thought of ends. */
const MOST_ROUNDS = 60;
/** A view that reads a column of another type than it did is never what it was, however often it is made again. */
const MOST_TIMES = 2;

/**
 * Inside the caller's transaction, which is to be rolled back. The state is read again after each phase that did something, so that no step is built on what is not so any more.
 * @param isLeftOut takes a name like `public.users`
 */
export async function walkBack(client: Client, before: State, isLeftOut: (name: string) => boolean): Promise<Walk> {
  const walked: Walked[] = [];
  const failures = new Map<string, NotWalked>();
  const times = new Map<string, number>();
  const aside = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const now = matchState(before, await readState(client, isLeftOut));
    const attempt = (steps: readonly Step[]): Promise<boolean> => tryAll(client, steps, { walked, failures, times });
    const move = async (phase: Phase): Promise<boolean> => {
      const steps = phase(before, now);
      if (await attempt(steps)) return true;
      // What reads a column is taken aside before anything else is tried with it.
      const blocked = phase === partChanges ? steps.filter((one) => isBlocked(failures.get(keyOf(one)))) : [];
      return attempt(blocked.flatMap(({ on }) => inReverse(inTheWay(on, now, false), now)));
    };
    if (await attempt(renames(before, now))) continue;
    if (await firstThatMoves(detours(before, now), (one) => attempt([one]))) continue;
    if (await firstThatMoves(PHASES, move)) continue;
    if (await attempt(partDrops(before, now))) continue;
    const open = [renames, ...PHASES].flatMap((phase) => phase(before, now));
    const waiting = [false, true].flatMap((withHeavy) => open.map((one) => ({ one, withHeavy, id: `${withHeavy} ${keyOf(one)}` })));
    const isMoved = await firstThatMoves(
      waiting.filter(({ id }) => !aside.has(id)),
      ({ one, withHeavy, id }) => attempt(inReverse(inTheWay(aside.add(id) && one.on, now, withHeavy), now)),
    );
    if (isMoved) continue;
    return { walked, left: open.flatMap((one) => failures.get(keyOf(one)) ?? []) };
  }
  return { walked, left: [{ about: 'the way back', sql: [], why: `it does not end within ${MOST_ROUNDS} rounds` }] };
}

const keyOf = ({ about, ways }: Step): string => `${about}\n${ways[0]?.sql.join('\n')}`;

async function firstThatMoves<T>(all: readonly T[], move: (one: T) => Promise<boolean>): Promise<boolean> {
  for (const one of all) if (await move(one)) return true;
  return false;
}

// feature_not_supported, dependent_objects_still_exist
const isBlocked = (failure: NotWalked | undefined): boolean => ['0A000', '2BP01'].includes(failure?.sqlstate ?? '');

interface Record {
  readonly walked: Walked[];
  readonly failures: Map<string, NotWalked>;
  readonly times: Map<string, number>;
}

async function tryAll(client: Client, steps: readonly Step[], { walked, failures, times }: Record): Promise<boolean> {
  let hasMoved = false;
  for (const one of steps) {
    const count = times.get(keyOf(one)) ?? 0;
    if (count >= MOST_TIMES) continue;
    const result = await tryWays(client, one);
    if ('walked' in result) times.set(keyOf(one), count + 1);
    if ('why' in result) failures.set(keyOf(one), result);
    else walked.push(...result.walked);
    hasMoved ||= 'walked' in result;
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
