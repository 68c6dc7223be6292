import { randomBytes } from 'node:crypto';
import { Hindrance, type Kind, type Scene, SHORT_IDLE_LIMIT_MS, spendsRunner, strike } from './kinds.ts';
import { judge, type Point, type Prepared, type Verdict } from './oracle.ts';
import type { Answer, Order, Pool } from './runner.ts';
import { type Wire, WireProxy } from './wire-proxy.ts';

export interface Tried extends Point {
  readonly verdict: Verdict;
  /** Why it is not converged. */
  readonly why?: string;
  readonly said?: string;
}

const RETRIES = 3;

/** Tries one point; where the run did not come by it, once more. */
export async function tryPoint(prepared: Prepared, point: Point, runners: Pool): Promise<Tried> {
  for (let retry = 1; ; retry += 1) {
    const database = `f_${randomBytes(6).toString('hex')}`;
    const tried = await inDatabase(prepared, database, () => injure(prepared, { point, database, runners })).catch(
      (error: unknown): Tried => ({
        ...point,
        verdict: 'missed',
        why: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
    );
    if (tried.verdict !== 'missed' || retry === RETRIES) return tried;
  }
}

async function inDatabase<T>({ server, template }: Prepared, database: string, body: () => Promise<T>): Promise<T> {
  await server.copyDatabase(database, template);
  try {
    return await body();
  } finally {
    await server.dropDatabase(database);
  }
}

export const orderFor = (
  { project, program, server, root }: Pick<Prepared, 'project' | 'program' | 'server' | 'root'>,
  database: string,
  port = server.port,
): Order => ({
  program,
  command: project.command,
  root,
  ...(project.isBackground && { isBackground: true }),
  variables: { DB_HOST: '127.0.0.1', DB_PORT: String(port), DB_USER: 'postgres', DB_PASSWORD: server.password, DB_NAME: database },
});

interface Injury {
  readonly point: Point;
  readonly database: string;
  readonly runners: Pool;
}

// As long as the text it stands for, so that no length changes; padded with a space, because PostgreSQL takes a leading 0 for octal.
const SHORT = `'${String(SHORT_IDLE_LIMIT_MS / 1000).padStart(2)}s'`;

function shortenIdleLimits(bytes: Buffer): Buffer {
  for (let at = bytes.indexOf("'60s'"); at >= 0; at = bytes.indexOf("'60s'", at)) bytes.write(SHORT, at);
  return bytes;
}

async function injure(prepared: Prepared, injury: Injury): Promise<Tried> {
  const { point, database, runners } = injury;
  const { kind, k, side } = point;
  const { server } = prepared;
  const runner = runners.take(spendsRunner(kind));
  const hindrance = new Hindrance();
  let struck: Wire | undefined;
  let failure: unknown;
  let rival: Promise<Answer> | undefined;
  const act = async (at: Wire): Promise<void> => {
    struck = at;
    try {
      if (side === 'during') await hindrance.awaitWaiting(scene, at);
      await strike(kind, scene, at);
    } catch (error) {
      failure = error;
    }
  };
  const trap = { k, side, act, hinder: () => hindrance.begin(scene) };
  const isShort = kind === 'drop' || kind === 'freeze';
  const proxy = new WireProxy(server, trap, isShort ? shortenIdleLimits : undefined);
  const startRival = (): void => {
    rival = runAgain(prepared, injury);
  };
  const scene: Scene = { server, database, runner, proxy, startRival };
  const running = runner.run(orderFor(prepared, database, await proxy.listen()));
  try {
    if (side === 'during') await endHindrance(scene, { hindrance, kind, pid: () => struck?.pid, running });
    if (kind === 'freeze') rival = whenHit(proxy, running).then(() => runAgain(prepared, injury));
    if (kind === 'freeze') await rival?.finally(() => runner.signal('SIGCONT'));
    const answer = await running;
    if (proxy.isHit) await proxy.isStruck;
    const rivalAnswer = await rival;
    if (failure) throw failure;
    if (!proxy.isHit) return { ...point, verdict: 'missed', why: `message ${k} was never sent`, said: answer.said };
    const again = (): Promise<Answer> => runAgain(prepared, injury);
    const ask = (): Promise<Answer> => runAgain(prepared, injury, { command: 'status' });
    const goOn = (): Promise<Answer> => runAgain(prepared, injury, upToDate(prepared));
    return { ...point, ...(await judge({ prepared, point, database, answer, rivalAnswer, again, goOn, ask, sent: proxy.sent })) };
  } finally {
    await proxy.close();
    if (spendsRunner(kind)) await runner.kill();
    runners.giveBack(runner);
  }
}

/** Frozen is frozen when the blow has been dealt: a backend that is gone, or a wait for it that was too long. */
async function whenHit(proxy: WireProxy, running: Promise<unknown>): Promise<void> {
  await Promise.race([proxy.isStruck, running]);
}

interface Hindered {
  readonly hindrance: Hindrance;
  readonly kind: Kind;
  readonly pid: () => number | undefined;
  readonly running: Promise<unknown>;
}

async function endHindrance(scene: Scene, { hindrance, kind, pid, running }: Hindered): Promise<void> {
  await Promise.race([scene.proxy.isStruck, running]);
  await hindrance.end(scene, pid(), kind);
}

/** Applies up to what is applied when all is done: nothing. */
const upToDate = ({ expected }: Prepared): Partial<Order> => ({
  program: 'ours',
  command: 'up',
  to: expected.history.at(-1)?.split('_')[0] ?? '0',
});

async function runAgain(prepared: Prepared, { database, runners }: Injury, other: Partial<Order> = {}): Promise<Answer> {
  const runner = runners.take();
  try {
    return await runner.run({ ...orderFor(prepared, database), ...other });
  } finally {
    runners.giveBack(runner);
  }
}
