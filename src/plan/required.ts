import { readJobs } from '../history/read-jobs.ts';
import type { Job } from '../model/background.ts';
import { progressOf } from '../model/background-progress.ts';
import { applyCommand, withOptions } from '../model/command.ts';
import { readHeader } from '../model/header.ts';
import { LockstepError, type Refusal, type Where } from '../model/lockstep-error.ts';
import { compareVersions, type Migration, type SourceFile, versionNumber } from '../model/migration.ts';
import type { Required, Step } from '../model/plan.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import type { Known } from './plan-request.ts';

/** The versions behind `-- requires:` in the comments at the top of a file. */
export const readRequired = (file: SourceFile): readonly Required[] =>
  readHeader(file.text)
    .filter(({ key }) => key === 'requires')
    .flatMap(({ line, value }) => {
      const before = file.text.split('\n', line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      const start = file.text.indexOf(value, file.text.indexOf(':', before));
      if (value === '') throw requiresNothing(file, before);
      return [...value.matchAll(/[^\s,]+/g)].map(({ 0: version, index }) => ({ version, where: placeOf(file, start + index) }));
    });

const requiresNothing = (file: SourceFile, offset: number): LockstepError =>
  new LockstepError({
    code: 'requires-nothing',
    what: '-- requires: names no migration',
    where: placeOf(file, offset),
    next: 'write -- requires: VERSION, or take the line out',
    exitCode: 3,
  });

interface Wish {
  readonly steps: readonly Step[];
  readonly migrations: readonly Migration[];
  readonly known: Known;
}

/** What must have ended before a step begins, its backfills in the background too, and has not. */
export async function findUnmet({ steps, migrations, known }: Wish): Promise<readonly Refusal[]> {
  const wishes = steps.flatMap((step) => (step.required ?? []).map((required) => ({ step, required })));
  if (wishes.length === 0) return [];
  const jobs = known.history ? await readJobs(known.history) : [];
  const names = [...migrations, ...known.applied].map(({ name }) => name);
  return wishes.flatMap(({ step, required: { version, where } }) => {
    const name = names.find((one) => (/^\d+$/.test(version) ? versionNumber(one) === versionNumber(version) : one === version));
    const asked = { name: step.migration.name, where };
    if (name === undefined) return unknown(asked, version);
    const isThere = known.applied.some((row) => row.name === name) || steps.some(({ migration }) => migration.name === name);
    if (compareVersions(name, step.migration.version) >= 0) return notBefore(asked, name);
    if (!isThere) return notOfThisRun(asked, name, known.environment);
    const job = jobs.find((one) => one.name === name);
    if (job) return stillRuns(asked, job, known.environment);
    return isLeft(steps, name, known) ? wouldBeLeft(asked, name, known.environment) : [];
  });
}

/** The same run would leave it to the background. */
const isLeft = (steps: readonly Step[], name: string, { policy }: Known): boolean =>
  policy.backfills === 'background' &&
  steps.some(
    (step) =>
      step.kind === 'sql' &&
      step.migration.name === name &&
      step.script.parts.some((part) => part.mode === 'backfill' && part.backfill.inBackground),
  );

interface Asked {
  readonly name: string;
  readonly where: Where;
}

const refusal = ({ where }: Asked, code: string, texts: { readonly what: string; readonly next: string }): LockstepError =>
  new LockstepError({ code, where, exitCode: 3, ...texts });

const unknown = (asked: Asked, version: string): LockstepError =>
  refusal(asked, 'requires-unknown', {
    what: `${asked.name} requires ${version}, and there is no such migration`,
    next: 'npm run migrate:status   lists the versions',
  });

const notBefore = (asked: Asked, name: string): LockstepError =>
  refusal(asked, 'requires-later', {
    what: `${asked.name} requires ${name}, which is not applied before it`,
    next: `npm run migrate:make -- --renumber ${asked.name}   gives it the next number`,
  });

const notOfThisRun = (asked: Asked, name: string, environment: string): LockstepError =>
  refusal(asked, 'requires-pending', {
    what: `${asked.name} requires ${name}, which is not applied and waits for another phase of the deploy`,
    next: `${withOptions(applyCommand(environment), '--phase after-deploy')}   where its time has come`,
  });

const workCommand = (environment: string): string => `npm run migrate:work -- --env ${environment} --once`;

function stillRuns(asked: Asked, job: Job, environment: string): LockstepError {
  const { rows, totalRows, remainingMs } = progressOf(job);
  const how = [
    `${rows.toLocaleString('en')}${totalRows === undefined ? '' : ` of about ${totalRows.toLocaleString('en')}`} rows done`,
    job.workers === 0 ? 'nobody works on it' : `${job.workers} at work`,
    remainingMs !== undefined && job.workers > 0 && `about ${Math.ceil(remainingMs / 1_000).toLocaleString('en')} s left`,
    job.pausedBy !== undefined && `paused by ${job.pausedBy}`,
    job.failure && 'it has failed',
  ].filter(Boolean);
  return refusal(asked, 'requires-running', {
    what: `${asked.name} requires ${job.name}, whose backfill is not done: ${how.join(', ')}`,
    next: job.failure?.next ?? `${workCommand(environment)}   ends when it is done; then ${applyCommand(environment)}`,
  });
}

const wouldBeLeft = (asked: Asked, name: string, environment: string): LockstepError =>
  refusal(asked, 'requires-running', {
    what: `${asked.name} requires ${name}, whose backfill would still run in the background`,
    next: `${withOptions(applyCommand(environment), `--to ${name.split('_')[0]}`)} && ${workCommand(environment)} && ${applyCommand(environment)}`,
  });
