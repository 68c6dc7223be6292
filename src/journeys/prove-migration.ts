/** What is shown of one migration: it applies, its rollback brings back what was there, and it applies again to the same end. */

import { findDeclared } from '../files/migration-text.ts';
import { readSource } from '../files/read-source.ts';
import { attempt } from '../model/attempt.ts';
import { given } from '../model/given.ts';
import type { Failure } from '../model/outcome.ts';
import type { Proof, ProofFinding } from '../model/rehearsal.ts';
import type { Picture } from '../rehearse/judge.ts';
import { type Act, again, type Draft, findingOf, goBack, MOST_ROWS_TO_REPEAT } from './prove-rollback.ts';

/** How the stage is left: with the migration applied, without it, or beyond repair. */
export interface Acted {
  readonly proof: Proof;
  readonly isApplied: boolean;
  /** How it was left, where that is known. */
  readonly known?: Picture;
  /** The failure that is the scratch server's and not the file's: an extension that it lacks. */
  readonly lacks?: string;
}

/** Expects everything below the migration to be applied. Leaves it applied where it can be. */
export async function proveMigration(act: Act): Promise<Acted> {
  const { root, migration, stage } = act;
  const declared = findDeclared(root, migration);
  const draft: Draft = { findings: [], notes: [], rows: 0 };
  const proof = (): Proof => {
    const { repetition, ...rest } = draft;
    return { name: migration.name, ...rest, ...given({ repetition }), ...declared };
  };
  const { before, lacks } = await goUp(act, draft);
  if (!before) return { proof: proof(), isApplied: false, ...given({ lacks }) };
  const above = await stage.picture();
  const known = await goBack(act, { draft, declared, before, above });
  if (!known) await rebuild(act);
  else if (draft.rows <= MOST_ROWS_TO_REPEAT) draft.repetition ??= await again(act, known);
  return { proof: proof(), isApplied: true, ...(known && { known }) };
}

/** What rows are to blame for: a value that does not fit, a constraint, an exception of the migration's own. */
const OF_ROWS = /^(?:22|23|P0001)/;
// feature_not_supported, undefined_file: CREATE EXTENSION of what the server has not.
const LACKS_EXTENSION =
  /extension "([^"]+)" (?:is not available|has no installation script)|extension control file "[^"]*?([^"/\\]+)\.control"/;

interface GoneUp {
  /** How it was before; absent where the migration does not apply. */
  readonly before?: Picture;
  readonly lacks?: string;
}

/** Applies it to tables with rows, and where those are in the way to such without. */
async function goUp(act: Act, draft: Draft): Promise<GoneUp> {
  const { stage, migration } = act;
  const { rows, empty } = await stage.fill();
  draft.rows = rows;
  draft.notes.push(...empty.map(({ table, why }) => `${table} stays empty: no row could be made for it (${why})`));
  const before = rows === 0 && act.known ? act.known : await stage.picture(act.known);
  if (stage.holdsRealRows) draft.rows = countRows(before);
  const { ms, failure } = await stage.run('up', { to: migration.name });
  draft.upMs = ms;
  if (!failure) return { before };
  const lacks = LACKS_EXTENSION.exec(`${failure.what} ${failure.detail ?? ''}`);
  if (lacks) return { lacks: lacks[1] ?? lacks[2] ?? 'an extension' };
  // Real rows are as they are: what fails on them fails.
  const isOfRows = !stage.holdsRealRows && OF_ROWS.test(failure.sqlstate ?? '') && countRows(before) > 0;
  return isOfRows ? withoutRows(act, draft, failure) : refuse(draft, 'up-failed', failure);
}

const countRows = ({ data }: Picture): number => [...data.tables.values()].reduce((sum, { count }) => sum + count, 0);

async function withoutRows(act: Act, draft: Draft, failure: Failure): Promise<GoneUp> {
  const { stage, migration, below } = act;
  await stage.begin();
  if (below !== undefined) await stage.run('up', { to: below });
  const before = await stage.picture();
  const again = await stage.run('up', { to: migration.name });
  if (again.failure) return refuse(draft, 'up-failed', again.failure);
  draft.rows = 0;
  // Of a column without a value any row is enough; everything else depends on the rows.
  if (failure.sqlstate === '23502' && addsRequired(act.root, failure)) refuse(draft, 'up-fails-on-rows', failure);
  else draft.notes.push(`it applies to empty tables, and not to the rows that were made for them: ${failure.what}`);
  return { before };
}

/** Whether the statement that failed adds a column, and does not only close one that was filled. */
function addsRequired(root: string, { where }: Failure): boolean {
  if (where?.line === undefined) return false;
  const text = attempt(() => readSource(root, where.file).text) ?? '';
  const [statement = ''] = text
    .split('\n')
    .slice(where.line - 1)
    .join('\n')
    .split(';');
  return /\bADD\b/i.test(statement) && !/\bSET\s+NOT\s+NULL\b/i.test(statement);
}

function refuse(draft: Draft, code: ProofFinding['code'], failure: Failure): GoneUp {
  draft.findings.push(findingOf(code, failure));
  return {};
}

/** All below it, and itself, in a new database. */
async function rebuild({ stage, migration }: Act): Promise<void> {
  await stage.restore();
  const { failure } = await stage.run('up', { to: migration.name });
  if (!failure) return;
  // Rows that were kept are in the way of what came later.
  await stage.begin();
  await stage.run('up', { to: migration.name });
}
