/** Their rollbacks beside ours: for each migration of a folder, whether either brings back the schema that was there. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isExactSchema } from '../src/draft/draft-text.ts';
import { defineProject } from '../src/environment/define-project.ts';
import { readMigrations } from '../src/files/read-migrations.ts';
import { readSource } from '../src/files/read-source.ts';
import { draftOnStage, lookBelow } from '../src/journeys/draft-on-stage.ts';
import { importFolder } from '../src/journeys/import.ts';
import { Stage } from '../src/journeys/rehearsal-stage.ts';
import { withScratchPlace } from '../src/journeys/scratch-place.ts';
import type { Journey } from '../src/model/journey.ts';
import type { Migration } from '../src/model/migration.ts';
import type { Picture } from '../src/rehearse/judge.ts';
import { compareSnapshots } from '../src/snapshot/compare-snapshots.ts';

/** Why it is not as it was; empty where it is. */
export type Verdict = readonly string[];

export interface DraftedPair {
  readonly name: string;
  /** Absent where there is no rollback of theirs. */
  readonly theirs?: Verdict;
  readonly ours: Verdict;
}

export interface DraftsReport {
  readonly folder: string;
  readonly server: string;
  readonly pairs: readonly DraftedPair[];
  /** Migrations that do not apply here, and why. */
  readonly skipped: readonly string[];
}

/** So many are applied again at most where a rollback leaves the stage in disorder. */
const KEEP_EVERY = 10;

/** Reads a folder of any tool that `migrate:import` knows, into a folder that is removed again. */
export async function drafts(journey: Journey & { readonly major?: number }, folder: string): Promise<DraftsReport> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-drafts-'));
  try {
    await importFolder(root, { folder });
    const project = defineProject({ root, development: { rollbacks: 'optional', emptyScripts: 'accept' } });
    const { migrations } = await readMigrations(root);
    return await withScratchPlace({ ...journey, project }, journey.major, async (place) => {
      const stage = new Stage(place, { ...journey, project, env: 'development' });
      try {
        await stage.begin();
        return { folder, server: `PostgreSQL ${place.major}`, ...(await actAll(stage, root, migrations)) };
      } finally {
        await stage.end();
      }
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function actAll(stage: Stage, root: string, migrations: readonly Migration[]): Promise<Pick<DraftsReport, 'pairs' | 'skipped'>> {
  const pairs: DraftedPair[] = [];
  const skipped: string[] = [];
  for (const [i, migration] of migrations.entries()) {
    if (i % KEEP_EVERY === 0) await stage.keep();
    const found = await act(stage, { root, migration, below: migrations[i - 1]?.name ?? '0' });
    if ('ours' in found) pairs.push(found);
    else skipped.push(`${migration.name}: ${found.why}`);
  }
  return { pairs, skipped };
}

interface Act {
  readonly root: string;
  readonly migration: Migration;
  readonly below: string;
}

async function act(stage: Stage, { root, migration, below }: Act): Promise<DraftedPair | { readonly why: string }> {
  const { name, up } = migration;
  if (up === undefined) return { why: 'it is code' };
  const before = await lookBelow(stage);
  const { failure } = await stage.run('up', { to: name });
  if (failure) {
    // Those above it may need what it makes, however it makes that.
    await stage.session.query(readSource(root, up).text).catch(() => stage.session.query('ROLLBACK'));
    await stage.mark(name);
    return { why: failure.what };
  }
  const draft = await draftOnStage(stage, readSource(root, up), before);
  const ours = isExactSchema(draft) ? [] : [...draft.differences, ...draft.left.map(({ about, why }) => `${about}: ${why}`)];
  const theirs = migration.down === undefined ? undefined : await goBack(stage, { name, below, picture: before.picture });
  return { name, ours, ...(theirs && { theirs }) };
}

interface Back {
  readonly name: string;
  readonly below: string;
  readonly picture: Picture;
}

/** Leaves the stage with the migration applied. */
async function goBack(stage: Stage, { name, below, picture }: Back): Promise<Verdict> {
  const { failure } = await stage.run('down', { to: below });
  const verdict = failure ? [`it fails: ${failure.what}`] : compareSnapshots(picture.schema, (await stage.picture()).schema);
  if (verdict.length > 0) await stage.restore();
  await stage.run('up', { to: name });
  return verdict;
}
