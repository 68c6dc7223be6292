/** What is shown of one migration: it applies, its rollback brings back what was there, and it applies again to the same end. */

import { findDeclared, findMigrationText } from '../files/migration-text.ts';
import { readSource } from '../files/read-source.ts';
import { filesOf } from '../files/write-migration.ts';
import { attempt } from '../model/attempt.ts';
import { given } from '../model/given.ts';
import type { Declared, Migration } from '../model/migration.ts';
import type { Failure } from '../model/outcome.ts';
import type { Proof, ProofFinding, Repetition } from '../model/rehearsal.ts';
import { compare, type Differences, type Picture } from '../rehearse/judge.ts';
import { runAfterPrefixes, runAgain } from '../rehearse/run-again.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import type { Stage } from './rehearsal-stage.ts';

export interface Act {
  readonly root: string;
  readonly stage: Stage;
  readonly migration: Migration;
  /** The one below it; absent for the first. */
  readonly below: string | undefined;
  readonly mayLackRollback: boolean;
  /** How the stage is, where that is known. */
  readonly known?: Picture | undefined;
}

/** How the stage is left: with the migration applied, without it, or beyond repair. */
export interface Acted {
  readonly proof: Proof;
  readonly isApplied: boolean;
  /** How it was left, where that is known. */
  readonly known?: Picture;
  /** The failure that is the scratch server's and not the file's: an extension that it lacks. */
  readonly lacks?: string;
}

interface Draft {
  readonly findings: ProofFinding[];
  readonly notes: string[];
  rows: number;
  upMs?: number;
  downMs?: number;
  repetition?: Repetition | undefined;
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
  else draft.repetition ??= await again(act, known);
  return { proof: proof(), isApplied: true, ...(known && { known }) };
}

/** What rows are to blame for: a value that does not fit, a constraint, an exception of the migration's own. */
const OF_ROWS = /^(?:22|23|P0001)/;
// feature_not_supported, undefined_file: CREATE EXTENSION of what the server has not.
const LACKS_EXTENSION = /extension "([^"]+)" (?:is not available|has no installation script)|could not open extension control file/;

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
  const before = rows === 0 && act.known ? act.known : await stage.picture();
  const { ms, failure } = await stage.run('up', { to: migration.name });
  draft.upMs = ms;
  if (!failure) return { before };
  const lacks = LACKS_EXTENSION.exec(`${failure.what} ${failure.detail ?? ''}`);
  if (lacks) return { lacks: lacks[1] ?? 'an extension' };
  const isOfRows = OF_ROWS.test(failure.sqlstate ?? '') && [...before.data.tables.values()].some(({ count }) => count > 0);
  return isOfRows ? withoutRows(act, draft, failure) : refuse(draft, 'up-failed', failure);
}

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

/** What of a failure a person needs to know. */
export const findingOf = (code: ProofFinding['code'], { what, where, next }: Failure): ProofFinding => ({
  code,
  what: code === 'up-fails-on-rows' ? `it applies to empty tables only: ${what}` : what,
  ...(where && { where }),
  next: code === 'up-fails-on-rows' ? NEEDS_VALUE : next,
});

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

const NEEDS_VALUE = 'give the column a DEFAULT, or add it without NOT NULL, fill it, and set NOT NULL then';

interface Standing {
  readonly draft: Draft;
  readonly declared: Declared;
  readonly before: Picture;
  /** With the migration applied. */
  readonly above: Picture;
}

/** @returns how the stage is with the migration applied once more; undefined where it is to be built anew */
async function goBack(act: Act, standing: Standing): Promise<Picture | undefined> {
  const { stage, migration, below, root } = act;
  const { draft, declared, before, above } = standing;
  const isUndoable = migration.down !== undefined || findMigrationText(root, migration)?.kind === 'code';
  if (declared.irreversible !== undefined) return above;
  if (!isUndoable) {
    if (!act.mayLackRollback) draft.findings.push(missing(migration));
    return above;
  }
  const { ms, failure } = await stage.run('down', { to: below ?? '0' });
  draft.downMs = ms;
  if (failure) {
    draft.findings.push(findingOf('rollback-failed', failure));
    return undefined;
  }
  const differences = compare(before, await stage.picture());
  tell(act, standing, differences);
  if (differences.schema.length > 0) return undefined;
  draft.repetition = await afterPrefixes(act, above);
  return comeAgain(act, standing);
}

const missing = ({ name }: Migration): ProofFinding => ({
  code: 'rollback-missing',
  what: `${name} has no rollback`,
  next: `write ${filesOf(name).down}; where there is no way back, at the top of ${filesOf(name).up}: -- irreversible: why`,
});

function tell({ migration }: Act, { draft, declared }: Standing, { schema, rows, stays }: Differences): void {
  const file = migration.down ?? migration.module ?? migration.name;
  draft.notes.push(...stays);
  if (schema.length > 0)
    draft.findings.push({
      code: 'rollback-differs',
      what: `${file} does not bring back the schema that was there`,
      where: { file },
      lines: schema,
      next: `correct ${file}: a line with - is what it has to bring back, one with + what it leaves behind`,
    });
  if (rows.length === 0) return;
  if (declared.lossy !== undefined) draft.notes.push(...rows.map((line) => `lossy, as its file says: ${line}`));
  else
    draft.findings.push({
      code: 'rollback-loses',
      what: `${file} does not bring back the rows that were there`,
      where: { file },
      lines: rows,
      next: `correct ${file}; where that cannot be brought back, at its top: -- lossy: why`,
    });
}

async function comeAgain({ stage, migration }: Act, { draft, above }: Standing): Promise<Picture | undefined> {
  const { failure } = await stage.run('up', { to: migration.name });
  if (failure) {
    draft.findings.push(findingOf('again-failed', { ...failure, what: `applied again after its rollback, ${failure.what}` }));
    return undefined;
  }
  const now = await stage.picture();
  const { schema } = compare(above, now);
  if (schema.length === 0) return now;
  const what = `${migration.name}, applied again after its rollback, does not make the same schema`;
  draft.findings.push({
    code: 'again-differs',
    what,
    lines: schema,
    next: `correct ${migration.down ?? migration.name}: it leaves something behind`,
  });
  return undefined;
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

const isSql = async ({ root, migration }: Act) => {
  const text = findMigrationText(root, migration);
  return text?.kind === 'sql' ? parseScript(text.file, { mayBeEmpty: true }) : undefined;
};

async function again(act: Act, above: Picture): Promise<Repetition | undefined> {
  const script = await isSql(act);
  return script && runAgain(act.stage.session, { script, isSame: () => isLike(act.stage, above) });
}

async function afterPrefixes(act: Act, above: Picture): Promise<Repetition | undefined> {
  const script = await isSql(act);
  const found = script && (await runAfterPrefixes(act.stage.session, { script, isSame: () => isLike(act.stage, above) }));
  // Only what went wrong is the last word: that it may run on its own result is still to be shown.
  return found?.isHarmless === false ? found : undefined;
}

async function isLike(stage: Stage, above: Picture): Promise<boolean> {
  const { schema, rows } = compare(above, await stage.picture());
  return schema.length + rows.length === 0;
}
