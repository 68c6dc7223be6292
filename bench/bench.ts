import { type Contender, createContenders, type Job } from './contenders.ts';
import { type Measured, measure } from './measure.ts';
import { type BenchMigration, bulkMigration, smallMigrations } from './migrations.ts';
import { type BenchServer, withServer } from './server.ts';
import { page, type Row } from './table.ts';

export interface BenchOptions {
  readonly rounds: number;
  /** Few migrations, a small file: whether everything works, not how fast. */
  readonly isQuick: boolean;
  readonly tell: (text: string) => void;
}

interface Round {
  readonly title: string;
  readonly migrations: readonly BenchMigration[];
  readonly jobs: readonly (readonly [Job, string])[];
}

type Results = Map<string, Map<string, Measured[]>>;

/** Measures all contenders side by side, interleaved in rotating order. Returns the page that shows it. */
export async function bench({ rounds, isQuick, tell }: BenchOptions): Promise<string> {
  return withServer(async (server) => {
    const contenders = createContenders(server);
    const results: Results = new Map();
    for (const round of plan(isQuick)) {
      for (const contender of contenders) contender.layOut(round.migrations);
      // Ours bundles itself once after each change of its sources; the files are in the page cache for everybody.
      for (const contender of contenders) await warmUp(contender, server);
      for (let number = 0; number < rounds; number += 1) {
        tell(`${round.title}: round ${number + 1} of ${rounds}\n`);
        const turn = number % contenders.length;
        for (const contender of [...contenders.slice(turn), ...contenders.slice(0, turn)])
          await runRound(contender, { round, server, results });
      }
    }
    const rows = [...results].map(([title, measured]): Row => ({ title, measured }));
    return page(rows, { contenders: contenders.map(({ name }) => name), rounds, serverVersion: server.version });
  });
}

function plan(isQuick: boolean): readonly Round[] {
  const [few, many, megabytes] = isQuick ? [10, 50, 1] : [100, 1000, 20];
  const count = many.toLocaleString('en');
  return [
    { title: 'start', migrations: [], jobs: [['start', 'process start alone']] },
    { title: `${few} migrations`, migrations: smallMigrations(few), jobs: [['apply', `apply ${few} migrations`]] },
    {
      title: `${count} migrations`,
      migrations: smallMigrations(many),
      jobs: [
        ['apply', `apply ${count} migrations`],
        ['nothing', `nothing to do, ${count} applied`],
        ['status', `status, ${count} applied`],
        ['undo', `roll back the last, ${count} applied`],
      ],
    },
    {
      title: `${megabytes} MB file`,
      migrations: [bulkMigration(megabytes)],
      jobs: [['apply', `apply ${megabytes} MB of one-row INSERTs`]],
    },
  ];
}

async function warmUp(contender: Contender, server: BenchServer): Promise<void> {
  await server.createDatabase(contender.database);
  for (const job of ['start', 'status'] as const) await measure(contender, job);
}

async function runRound(
  contender: Contender,
  { round, server, results }: { readonly round: Round; readonly server: BenchServer; readonly results: Results },
): Promise<void> {
  await server.createDatabase(contender.database);
  for (const [job, title] of round.jobs) {
    const measured = await measure(contender, job);
    const row = results.get(title) ?? new Map<string, Measured[]>();
    results.set(title, row);
    row.set(contender.name, [...(row.get(contender.name) ?? []), measured]);
  }
}
