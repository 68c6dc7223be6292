import { type Contender, ours, plainPg, stockKnex } from './contenders.ts';
import { withDistance } from './distance.ts';
import { type Measured, measure, type Results } from './measure.ts';
import { findPeers } from './peers.ts';
import { type Round, rounds } from './rounds.ts';
import { type BenchServer, withServer } from './server.ts';
import { page } from './table.ts';

export interface BenchOptions {
  readonly rounds: number;
  /** Few migrations, a small file: whether everything works, not how fast. */
  readonly isQuick: boolean;
  /** Of the table whose type changes. */
  readonly rows: number;
  readonly tell: (text: string) => void;
}

interface Turns {
  readonly server: BenchServer;
  readonly contenders: readonly Contender[];
  readonly results: Results;
  readonly turns: number;
  readonly tell: (text: string) => void;
}

/** Measures all contenders side by side, interleaved in rotating order. Returns the page that shows it. */
export function bench({ rounds: turns, isQuick, tell }: BenchOptions): Promise<string> {
  return withServer((server) =>
    withDistance(server.port, 20, async (port) => {
      const { peers, missing } = findPeers(server);
      if (missing.length > 0) tell(`Not here: ${missing.join(', ')} (npm install --prefix bench/peers; psql is PostgreSQL's own)\n`);
      const contenders = [ours(server), stockKnex(server), ...peers, plainPg(server)];
      const far = { ...server, port, folder: `${server.folder}/far` };
      const distant = [ours(far), stockKnex(far), ...findPeers(far).peers, plainPg(far)];
      const results: Results = new Map();
      for (const round of rounds(isQuick))
        await runRound(round, { server, contenders: round.distanceMs ? distant : contenders, results, turns, tell });
      return page(results, { contenders: contenders.map(({ name }) => name), rounds: turns, serverVersion: server.version });
    }),
  );
}

async function runRound(round: Round, { server, contenders, results, turns, tell }: Turns): Promise<void> {
  for (const contender of contenders) await prepare(contender, round, server);
  const most = Math.min(turns, round.mostTurns ?? turns);
  for (let turn = 0; turn < most; turn += 1) {
    tell(`${round.title}: round ${turn + 1} of ${most}\n`);
    const first = turn % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      if (round.applied === undefined) await server.createDatabase(contender.database);
      contender.layOut(round.migrations(turn), round.applied === undefined ? 0 : round.applied + turn);
      await runSteps(contender, round, results);
    }
  }
}

/** Ours builds itself once after each change of its sources; the files are in the page cache for everybody. */
async function prepare(contender: Contender, { applied = 0, migrations }: Round, server: BenchServer): Promise<void> {
  await server.createDatabase(contender.database);
  contender.layOut(applied > 0 ? migrations(0).slice(0, applied) : migrations(0), 0);
  if (applied > 0) await measure(contender, 'apply');
  for (const job of ['start', 'status'] as const) await measure(contender, job);
}

async function runSteps(contender: Contender, { steps }: Round, results: Results): Promise<void> {
  for (const { job, title, isCold = false } of steps) {
    if (isCold) contender.forget();
    const measured = await measure(contender, job);
    const row = results.get(title) ?? new Map<string, Measured[]>();
    results.set(title, row);
    if (measured) row.set(contender.name, [...(row.get(contender.name) ?? []), measured]);
  }
}
