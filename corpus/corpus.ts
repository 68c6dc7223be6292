import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defineProject } from '../src/environment/define-project.ts';
import { readMigrations } from '../src/files/read-migrations.ts';
import type { ConnectionSettings } from '../src/model/environment.ts';
import { findEnvironment } from '../src/model/environment.ts';
import type { Journey } from '../src/model/journey.ts';
import { LockstepError } from '../src/model/lockstep-error.ts';
import type { Direction } from '../src/model/migration.ts';
import { askOne } from '../src/pg/ask.ts';
import { withConnection } from '../src/pg/connect.ts';
import { targetQuestion } from '../src/pg/target.ts';
import { openEnvironment } from '../src/target/open-environment.ts';
import type { CorpusEntry, CorpusFolder, CorpusReport } from './model.ts';
import { copyCorpus, readCorpus } from './read-corpus.ts';
import { type Corpus, runDirection } from './run-ours.ts';
import { answerPlainly, openPlain, type Plain } from './run-plain.ts';
import { createScratch, dropScratch, listServerObjects } from './scratch-database.ts';

/**
 * Applies every pair of a folder and rolls all of them back, as a project's own migrations are, in a scratch database;
 * and asks plain `pg` the same in a second one that is brought along. Both are dropped at the end.
 */
export async function corpus(journey: Journey, folder: string): Promise<CorpusReport> {
  const found = readCorpus(path.resolve(folder));
  const { chosen, settings } = await openEnvironment(journey);
  const base = findEnvironment(journey.project, chosen)?.basedOn;
  if (chosen && (base === 'production' || base === 'staging')) throw notHere(chosen);
  const before = await listServerObjects(settings);
  return withScratch(settings, async ({ root, ours, theirs }) => {
    const byName = await copyCorpus(found, root);
    const { migrations } = await readMigrations(root);
    const run: Corpus = { byName, migrations, root, journey: scratchJourney(journey, root, ours) };
    const { entries, diverged, times } = await runBoth(run, openPlain(theirs, found.folder));
    const { target } = await withConnection(ours, (client) => askOne(client, targetQuestion(ours)));
    const scratch = [ours, theirs].map(({ database }) => `database ${database}`);
    const after = await listServerObjects(settings);
    const made = after.filter((name) => !before.includes(name) && !scratch.includes(name));
    const leftOnServer = made.filter((name) => isNamedIn(found, name));
    const server = `PostgreSQL ${target.serverVersion} on ${target.host}:${target.port}`;
    return { corpus: found, server, entries, diverged, times, leftOnServer };
  });
}

/** Others may work on the server meanwhile: only what a file names can be a file's. */
function isNamedIn({ folder, pairs }: CorpusFolder, object: string): boolean {
  const name = object.slice(object.indexOf(' ') + 1);
  return pairs
    .flatMap(({ up, down }) => (down ? [up, down] : [up]))
    .some((file) => readFileSync(path.resolve(folder, file), 'utf8').includes(name));
}

async function runBoth(run: Corpus, plain: Plain): Promise<Pick<CorpusReport, 'entries' | 'diverged' | 'times'>> {
  const entries: CorpusEntry[] = [];
  const times = { up: 0, down: 0, plain: 0 };
  try {
    for (const direction of ['up', 'down'] as const satisfies readonly Direction[]) {
      const startedAt = performance.now();
      const own = await runDirection(run, direction, entries);
      const ranAt = performance.now();
      if (run.journey.interruption.aborted) throw interrupted(run.journey);
      entries.push(...(await answerPlainly(plain, own)));
      times[direction] = ranAt - startedAt;
      times.plain += performance.now() - ranAt;
    }
    return { entries, diverged: plain.diverged, times };
  } finally {
    await plain.close();
  }
}

interface Scratch {
  readonly root: string;
  readonly ours: ConnectionSettings;
  readonly theirs: ConnectionSettings;
}

async function withScratch<T>(settings: ConnectionSettings, body: (scratch: Scratch) => Promise<T>): Promise<T> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-corpus-'));
  const made: ConnectionSettings[] = [];
  try {
    const ours = await createScratch(settings, 'corpus');
    made.push(ours);
    const theirs = await createScratch(settings, 'corpus_plain');
    made.push(theirs);
    return await body({ root, ours, theirs });
  } finally {
    rmSync(root, { recursive: true, force: true });
    for (const database of made) await dropScratch(database);
  }
}

function scratchJourney(journey: Journey, root: string, settings: ConnectionSettings): Journey {
  const { host, port, user, password, database, tls, tlsCa, options, schema, schemaIsChosen } = settings;
  const variables = {
    DB_HOST: host,
    DB_PORT: String(port),
    DB_USER: user,
    DB_PASSWORD: password,
    DB_NAME: database,
    DB_SSL: tls,
    DB_SSL_CA: tlsCa,
    PGOPTIONS: options,
    ...(schemaIsChosen && { DB_SCHEMA: schema }),
  };
  return { project: defineProject({ root }), env: 'test', variables, emit: () => {}, interruption: journey.interruption };
}

function notHere(environment: string): LockstepError {
  return new LockstepError({
    code: 'corpus-needs-scratch-server',
    what: `Files of other projects do not run on the ${environment} server: some make roles, or change the server's settings`,
    next: 'MIGRATE_ENV=test npm run corpus -- FOLDER   with DB_HOST of a server that may be thrown away, or with nothing configured: the embedded one',
    exitCode: 3,
  });
}

function interrupted({ interruption }: Journey): LockstepError {
  return new LockstepError({
    code: 'interrupted',
    what: `Interrupted by ${String(interruption.reason)}; the scratch databases are dropped`,
    next: 'npm run corpus -- FOLDER   begins anew',
    exitCode: 1,
  });
}
