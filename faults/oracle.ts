import { setTimeout as sleep } from 'node:timers/promises';
import type { Kind } from './kinds.ts';
import { findDifference, findLeftovers, type Picture, takePicture } from './picture.ts';
import type { FaultProject } from './projects.ts';
import type { Answer, Order } from './runner.ts';
import type { FaultServer } from './server.ts';
import type { Side } from './wire-proxy.ts';

/** A project as one program runs it on one server: its base is laid, its undisturbed run is known. */
export interface Prepared {
  readonly project: FaultProject;
  readonly program: Order['program'];
  readonly server: FaultServer;
  readonly root: string;
  readonly template: string;
  readonly historyTable: string;
  /** The client's messages of the undisturbed run. */
  readonly sent: readonly string[];
  readonly expected: Picture;
}

export interface Point {
  readonly kind: Kind;
  readonly k: number;
  readonly side: Side;
}

export type Verdict = 'converged' | 'needed a human' | 'lost or doubled' | 'missed';

export interface Judgement {
  readonly verdict: Verdict;
  readonly why?: string;
  readonly said?: string;
}

/** What is known after the blow. */
export interface Case {
  readonly prepared: Prepared;
  readonly point: Point;
  readonly database: string;
  /** Of the run that was struck. */
  readonly answer: Answer;
  readonly rivalAnswer: Answer | undefined;
  /** Runs the plain command again. */
  readonly again: () => Promise<Answer>;
  /** Runs a plain command that has nothing to do, as the next thing that a user does. */
  readonly goOn: () => Promise<Answer>;
  /** Asks for the status. */
  readonly ask: () => Promise<Answer>;
  readonly sent: readonly string[];
}

/** Runs the plain command once more, as a user does who was not told that all is done, and compares with the undisturbed run. */
export async function judge(it: Case): Promise<Judgement> {
  const { prepared, database, answer, rivalAnswer } = it;
  const before = await pictureOf(prepared, database).catch((error: unknown) => {
    // A stock run that vanished keeps its tables locked, so that nobody can look; the plain command will tell.
    if (prepared.program === 'plain') return prepared.expected;
    throw error;
  });
  const lie = findLie(it, before);
  if (lie) return { verdict: 'lost or doubled', why: lie, said: answer.said };
  const trace = prepared.program === 'ours' || prepared.program === 'npm' ? STACK_TRACE.exec(answer.said) : undefined;
  if (trace) return human(`a stack trace: ${trace[0]}`, answer.said);
  // Stock Knex turns a second runner away while the first one works, and says so.
  if (rivalAnswer && rivalAnswer.exitCode !== 0 && prepared.program !== 'plain')
    return human(`the second runner ended with ${rivalAnswer.exitCode}`, rivalAnswer.said);
  const silence = await findSilence(it, before);
  if (silence) return human(silence, answer.said);
  const isOver = wasTold(it);
  const next = !isOver ? await it.again() : prepared.program === 'plain' ? undefined : await it.goOn();
  const said = next?.said ?? answer.said;
  if (next && next.exitCode !== 0) return human(`the plain command ended with ${next.exitCode}`, said);
  const difference = findDifference(prepared.expected, await pictureOf(prepared, database));
  if (difference) return { verdict: 'lost or doubled', why: difference, said };
  const [leftover] = await awaitNone(() => findLeftovers(prepared.server, database, next !== undefined));
  return leftover ? human(`left behind: ${leftover}`, said) : { verdict: 'converged' };
}

// An exception that nobody translated. Those of Knex's own queries are Knex's to print.
const STACK_TRACE = /^.*\n\s+at .*:\d+:\d+\)?$/m;

const human = (why: string, said: string): Judgement => ({ verdict: 'needed a human', why, said });

const isSelf = (kind: Kind): boolean => kind === 'rival' || kind === 'freeze';

/** A run that says it is done, and is not. */
function findLie({ prepared, point, answer }: Case, before: Picture): string | undefined {
  if (answer.exitCode !== 0)
    return point.kind === 'rival' && prepared.program !== 'plain' ? `the first runner ended with ${answer.exitCode}` : undefined;
  const difference = isSelf(point.kind) ? undefined : findDifference(prepared.expected, before);
  return difference && `it said that all is done: ${difference}`;
}

/** Whoever rolls back the last migration does it once: he repeats the command only when it did not say that it was done. */
function wasTold({ prepared, answer }: Case): boolean {
  if (prepared.project.command !== 'down') return false;
  return answer.exitCode === 0 || /\d_\w+ rolled back/.test(answer.said);
}

const STEP_PREPARED = /application_name = 'lockstep (?:up|down) \S+ (\w+)'/;

/** An attempt that the server saw begin and nobody finished must be in the status, unless it still runs. */
async function findSilence({ prepared, point, sent, answer, ask }: Case, before: Picture): Promise<string | undefined> {
  if (prepared.program === 'plain' || isSelf(point.kind) || answer.exitCode === 0) return undefined;
  const seen = sent.slice(0, point.side === 'before' ? point.k - 1 : point.k);
  // What prepares a step travels behind the step before it: it begins with the message that follows.
  const begun = seen.slice(0, -1).flatMap((message) => STEP_PREPARED.exec(message)?.[1] ?? []);
  // The stock CLI makes a run of each migration, and a signal ends a run between two; else a run is open until its last one is done.
  const isPolite = point.kind.startsWith('SIG') || prepared.program === 'stock';
  const relevant = isPolite ? begun.slice(-1) : begun.length > 0 ? [...before.history, ...prepared.expected.history] : [];
  const isThere = ({ history }: Picture, name: string): boolean => history.includes(name);
  if (relevant.every((name) => isThere(before, name) === isThere(prepared.expected, name))) return undefined;
  const told = await ask();
  const { attempts = [], running } = (told.status ?? {}) as { readonly attempts?: readonly unknown[]; readonly running?: unknown };
  if (told.exitCode !== 0) return `status ended with ${told.exitCode}: ${told.said}`;
  return attempts.length > 0 || running ? undefined : 'status shows no interrupted attempt';
}

/** A session that was told to end needs a moment. */
async function awaitNone(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  for (let i = 0; ; i += 1) {
    const found = await find();
    if (found.length === 0 || i === 20) return found;
    await sleep(50);
  }
}

export const pictureOf = ({ server, historyTable }: Pick<Prepared, 'server' | 'historyTable'>, database: string): Promise<Picture> =>
  takePicture(server, database, historyTable);
