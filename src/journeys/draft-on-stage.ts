/** A rollback as a scratch server drafts it: the schema before and after a migration, the way back between them, and the proof that it leads there. */
import { type Draft, draftText } from '../draft/draft-text.ts';
import { unseenBy } from '../draft/forward-data.ts';
import { readState, type State } from '../draft/read-state.ts';
import { type Walked, walkBack } from '../draft/walk-back.ts';
import type { SourceFile } from '../model/migration.ts';
import { serverWords } from '../pg/failure.ts';
import type { Picture } from '../rehearse/judge.ts';
import { compareData } from '../rehearse/row-pictures.ts';
import { compareSnapshots } from '../snapshot/compare-snapshots.ts';
import { isOurs, type Stage } from './rehearsal-stage.ts';

/** How the stage was below the migration. */
export interface Below {
  readonly state: State;
  readonly picture: Picture;
}

export const lookBelow = async (stage: Stage): Promise<Below> => ({
  picture: await stage.picture(),
  state: await readState(stage.session, isOurs),
});

/** Expects the migration to be applied, and leaves it so. */
export async function draftOnStage(stage: Stage, file: SourceFile, { state, picture }: Below): Promise<Draft> {
  const walk = await undone(stage, () => walkBack(stage.session, state, isOurs));
  const draft = { ...walk, unseen: await unseenBy(file, state), differences: [], rows: [] };
  const shorter = { ...draft, walked: lastOfEach(walk.walked) };
  const found = await prove(stage, shorter, picture);
  if (found.differences.length === 0 || shorter.walked.length === draft.walked.length) return { ...shorter, ...found };
  return { ...draft, ...(await prove(stage, draft, picture)) };
}

/** What was tried in vain comes a second time. */
const lastOfEach = (walked: readonly Walked[]): readonly Walked[] =>
  walked.filter(({ sql }, i) => !walked.slice(i + 1).some((other) => other.sql === sql));

/** The text itself is run, not what it was made of. */
async function prove(stage: Stage, draft: Draft, before: Picture): Promise<Pick<Draft, 'differences' | 'rows'>> {
  const text = draftText(draft, { name: '', version: '', from: '' }).replaceAll(/^(?:BEGIN|COMMIT);$/gm, '');
  return undone(stage, async () => {
    try {
      await stage.session.query(text);
    } catch (error) {
      return { differences: [`it fails: ${serverWords(error).message}`], rows: [] };
    }
    const now = await stage.picture();
    return {
      differences: compareSnapshots(before.schema, now.schema),
      rows: compareData({ ...before.data, isReal: true }, now.data).map(uncounted),
    };
  });
}

/** How many rows were made for the trial says nothing. */
const uncounted = (line: string): string => line.replaceAll(/\b[\d,]+ rows?\b/g, 'rows').replaceAll('rows is ', 'rows are ');

async function undone<T>({ session }: Stage, body: () => Promise<T>): Promise<T> {
  await session.query('BEGIN');
  try {
    return await body();
  } finally {
    await session.query('ROLLBACK');
  }
}
