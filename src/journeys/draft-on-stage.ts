/** A rollback as a scratch server drafts it: the schema before and after a migration, the way back between them, and the proof that it leads there. */
import { type Draft, draftText } from '../draft/draft-text.ts';
import { unseenBy } from '../draft/forward-data.ts';
import { readState, type State } from '../draft/read-state.ts';
import { walkBack } from '../draft/walk-back.ts';
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
  return { ...draft, ...(await prove(stage, draft, picture)) };
}

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
    return { differences: compareSnapshots(before.schema, now.schema), rows: compareData(before.data, now.data) };
  });
}

async function undone<T>({ session }: Stage, body: () => Promise<T>): Promise<T> {
  await session.query('BEGIN');
  try {
    return await body();
  } finally {
    await session.query('ROLLBACK');
  }
}
