import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { type Contender, type Job, ours } from './contenders.ts';
import { type Measured, measure, median } from './measure.ts';
import { smallMigrations } from './migrations.ts';
import { withServer } from './server.ts';

export interface ImageBench {
  readonly rounds: number;
  readonly tell: (text: string) => void;
}

type Pair = Readonly<Record<'checkout' | 'image', readonly Measured[]>>;

const JOBS: Readonly<Partial<Record<Job, string>>> = {
  start: 'process start alone',
  nothing: 'nothing to do, 100 applied',
  status: 'status',
};
/** A number that no account has. */
const NOBODY = '54321';

/** What a command costs in an image, against a checkout: a tree of root's that was built, run by somebody without a name. Root only. */
export function benchImage({ rounds, tell }: ImageBench): Promise<string> {
  return withServer(async (server) => {
    await server.createDatabase('bench_ours');
    const [checkout, image] = [runBy('0', ours(server)), asImage(ours({ ...server, folder: `${server.folder}/image` }))];
    for (const contender of [checkout, image]) contender.layOut(smallMigrations(100), 0);
    await measure(checkout, 'apply');
    const taken = new Map<string, Pair>();
    for (const [job, title] of Object.entries(JOBS) as [Job, string][]) {
      tell(`In an image: ${title}\n`);
      taken.set(title, await pair([checkout, image], { job, rounds }));
    }
    return imagePage(taken, { rounds, version: server.version });
  });
}

function asImage(contender: Contender): Contender {
  // The folders of these are not in the copy.
  for (const name of ['bench', 'corpus', 'drafts', 'faults', 'truth']) rmSync(path.join(contender.cwd, 'scripts', `${name}.ts`));
  const built = spawnSync(process.execPath, ['run.mjs', '--build'], { cwd: contender.cwd, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the image cannot be built: ${built.stderr}`);
  return runBy(NOBODY, { ...contender, env: { ...contender.env, HOME: '/' } });
}

const runBy = (user: string, contender: Contender): Contender => ({
  ...contender,
  command: (job) => ['setpriv', '--reuid', user, '--regid', user, '--clear-groups', ...(contender.command(job) ?? [])],
});

/** By turns, after one of each that nobody counts. */
async function pair([checkout, image]: readonly [Contender, Contender], { job, rounds }: { readonly job: Job; readonly rounds: number }) {
  const taken: Record<'checkout' | 'image', Measured[]> = { checkout: [], image: [] };
  for (let turn = 0; turn <= rounds; turn += 1)
    for (const [name, contender] of Object.entries({ checkout, image }) as [keyof Pair, Contender][]) {
      const measured = await measure(contender, job);
      if (measured && turn > 0) taken[name].push(measured);
    }
  return taken;
}

function imagePage(taken: ReadonlyMap<string, Pair>, { rounds, version }: { readonly rounds: number; readonly version: string }): string {
  const rows = [...taken].map(([title, { checkout, image }]) => {
    const [here, there] = [checkout, image].map((all) => median(all.map(({ cpuMs }) => cpuMs)));
    return `| ${title} | ${Math.round(here ?? 0)} ms | ${Math.round(there ?? 0)} ms | ${((there ?? 0) / (here ?? 1)).toFixed(2)} |`;
  });
  return `## A command in an image

Measured by \`npm run bench -- --image\` on ${new Date().toISOString().slice(0, 10)}, PostgreSQL ${version}: processor time in a tree of root's that was built as the
Dockerfile builds it, as a user without a name or a home, against a warm checkout. Medians of ${rounds}, by turns.

| | checkout | image | ratio |
|---|---:|---:|---:|
${rows.join('\n')}
`;
}
