import { isWaiting } from './kinds.ts';
import { NpmRunners } from './npm-runner.ts';
import type { Point, Prepared } from './oracle.ts';
import { type Entry, pointsOf } from './plan.ts';
import { type Tried, tryPoint } from './point.ts';
import { prepare } from './prepare.ts';
import { type Order, type Pool, Runners } from './runner.ts';
import { type FaultServer, startFaultServer } from './server.ts';
import type { Workshop } from './workshop.ts';

export interface Result {
  readonly entry: Entry;
  readonly messages: number;
  readonly tried: readonly Tried[];
}

export interface Matrix {
  readonly entries: readonly Entry[];
  readonly workshop: Workshop;
  readonly folder: string;
  readonly tell: (text: string) => void;
  /** Takes some of the points only; all of them without it. */
  readonly pick?: (points: readonly Point[], entry: Entry) => readonly Point[];
  readonly interruption?: AbortSignal;
  /** Ends at the first point that does not converge. */
  readonly stopsAtFirst?: boolean;
}

interface Job {
  readonly prepared: Prepared;
  readonly point: Point;
  readonly into: Tried[];
}

// Blows are work for two cores; who waits takes none. A crash is everybody's on its server, so it has servers of its own.
const LANES = { blow: 4, wait: 16 } as const;
const CRASH_SERVERS = 2;

/** Tries every point of every entry. */
export async function runMatrix(matrix: Matrix): Promise<readonly Result[]> {
  const servers = new Servers(matrix.folder);
  const pools = new Pools(matrix);
  try {
    const results: Result[] = [];
    const jobs: { blow: Job[]; wait: Job[]; crash: Job[][] } = {
      blow: [],
      wait: [],
      crash: Array.from({ length: CRASH_SERVERS }, () => []),
    };
    for (const entry of matrix.entries) results.push(await enlist(matrix, { entry, servers, jobs, runners: pools.of(entry.program) }));
    const work = (job: Job): Promise<Tried> => tryPoint(job.prepared, job.point, pools.of(job.prepared.program));
    const progress = progressOf(matrix.tell, jobs.blow.length + jobs.wait.length + jobs.crash.flat().length);
    const lanes = [
      ...Array.from({ length: LANES.blow }, () => jobs.blow),
      ...Array.from({ length: LANES.wait }, () => jobs.wait),
      ...jobs.crash,
    ];
    const lane = async (queue: Job[]): Promise<void> => {
      for (let job = queue.shift(); job && !matrix.interruption?.aborted; job = queue.shift()) {
        const tried = progress(job, await work(job));
        job.into.push(tried);
        if (matrix.stopsAtFirst && tried.verdict !== 'converged') for (const others of lanes) others.length = 0;
      }
    };
    await Promise.all(lanes.map(lane));
    return results;
  } finally {
    await pools.end();
    await servers.stop();
  }
}

interface Enlisting {
  readonly entry: Entry;
  readonly servers: Servers;
  readonly runners: Pool;
  readonly jobs: { readonly blow: Job[]; readonly wait: Job[]; readonly crash: readonly Job[][] };
}

async function enlist({ workshop, pick, tell }: Matrix, { entry, servers, runners, jobs }: Enlisting): Promise<Result> {
  const tried: Tried[] = [];
  const { project, program, major } = entry;
  const on = async (server: FaultServer): Promise<Prepared> => prepare({ project, program, server, folder: workshop.folder }, runners);
  const prepared = await on(await servers.shared(major));
  const chosen = entry.kinds.flatMap((kind) => pointsOf(prepared, kind));
  const points = pick ? pick(chosen, entry) : chosen;
  for (const point of points.filter(({ kind }) => kind !== 'crash'))
    (isWaiting(point.kind) ? jobs.wait : jobs.blow).push({ prepared, point, into: tried });
  const crashes = points.filter(({ kind }) => kind === 'crash');
  for (const [i, queue] of crashes.length > 0 ? jobs.crash.entries() : []) {
    const own = await on(await servers.forCrashes(major, i));
    for (const point of crashes.filter((_, at) => at % CRASH_SERVERS === i)) queue.push({ prepared: own, point, into: tried });
  }
  tell(`${titleOf(entry)}: ${prepared.sent.length} messages, ${points.length} points\n`);
  return { entry, messages: prepared.sent.length, tried };
}

export const titleOf = ({ project, program, major }: Entry): string =>
  [project.name, program === 'stock' ? 'stock CLI' : program === 'npm' ? 'npm run' : '', major === 18 ? '' : `PostgreSQL ${major}`]
    .filter(Boolean)
    .join(', ');

function progressOf(tell: (text: string) => void, total: number): (job: Job, tried: Tried) => Tried {
  let [count, bad] = [0, 0];
  return ({ prepared, point }, tried) => {
    count += 1;
    if (tried.verdict !== 'converged') {
      bad += 1;
      const [said = ''] = [tried.said?.trim().split('\n').slice(-3).join(' | ')];
      tell(
        `${prepared.project.name} (${prepared.program}) ${point.kind} ${point.side} ${point.k}: ${tried.verdict}: ${tried.why}\n    at: ${prepared.sent[point.k - 1]?.slice(0, 90)}\n    said: ${said.slice(0, 600)}\n`,
      );
    }
    if (count % 100 === 0 || count === total) tell(`${count} of ${total} points, ${bad} not converged\n`);
    return tried;
  };
}

class Pools {
  private readonly ours: Runners;
  private readonly plain: Runners;

  constructor({ workshop, entries }: Matrix) {
    const isPlain = entries.every(({ program }) => program === 'plain');
    this.ours = new Runners(workshop.ours, isPlain ? 0 : LANES.blow);
    this.plain = new Runners(workshop.plain, isPlain ? LANES.blow : 0);
  }

  of(program: Order['program']): Pool {
    return program === 'plain' ? this.plain : program === 'npm' ? new NpmRunners(this.ours) : this.ours;
  }

  async end(): Promise<void> {
    await Promise.all([this.ours.end(), this.plain.end()]);
  }
}

/** Servers are started when the first entry needs them. */
class Servers {
  private readonly started = new Map<string, Promise<FaultServer>>();
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  shared(major: number): Promise<FaultServer> {
    return this.start(`${major}`, { major, isDurable: false });
  }

  forCrashes(major: number, index: number): Promise<FaultServer> {
    return this.start(`${major} crash ${index}`, { major, isDurable: true });
  }

  async stop(): Promise<void> {
    await Promise.all([...this.started.values()].map(async (server) => (await server).stop()));
  }

  private start(key: string, wish: { readonly major: number; readonly isDurable: boolean }): Promise<FaultServer> {
    const found = this.started.get(key) ?? startFaultServer({ folder: this.folder, number: this.started.size, ...wish });
    this.started.set(key, found);
    return found;
  }
}
