/** The way back of a migration: whether it brings back what was there, and whether it applies to the same end after it. */
import { findMigrationText } from '../files/migration-text.ts';
import { filesOf } from '../files/write-migration.ts';
import { applyCommand } from '../model/command.ts';
import type { Declared } from '../model/header.ts';
import type { Migration } from '../model/migration.ts';
import type { Failure } from '../model/outcome.ts';
import type { ProofFinding, Repetition } from '../model/rehearsal.ts';
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

/** A proof in the making. */
export interface Draft {
  readonly findings: ProofFinding[];
  readonly notes: string[];
  rows: number;
  upMs?: number;
  downMs?: number;
  repetition?: Repetition | undefined;
}

/** What of a failure a person needs to know. */
export const findingOf = (code: ProofFinding['code'], { what, where, next }: Failure): ProofFinding => ({
  code,
  what: code === 'up-fails-on-rows' ? `it applies to empty tables only: ${what}` : what,
  ...(where && { where }),
  // What runs on the stage is for the developer to rehearse again, not to apply somewhere.
  next: code === 'up-fails-on-rows' ? NEEDS_VALUE : next.replaceAll(applyCommand('test'), 'npm run migrate:rehearse'),
});

const NEEDS_VALUE = 'give the column a DEFAULT, or add it without NOT NULL, fill it, and set NOT NULL then';

interface Standing {
  readonly draft: Draft;
  readonly declared: Declared;
  readonly before: Picture;
  /** With the migration applied. */
  readonly above: Picture;
  /** Tried once more, with no rows but those that migrations make. */
  readonly isEmpty?: boolean;
}

/** @returns how the stage is with the migration applied once more; undefined where it is to be built anew */
export async function goBack(act: Act, standing: Standing): Promise<Picture | undefined> {
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
    const empty = isOfValues(failure) && !stage.holdsRealRows && !standing.isEmpty ? await withoutRows(act) : undefined;
    if (empty) {
      draft.notes.push(`its rollback fails on the rows that were made, and was tried without any: ${failure.what}`);
      return goBack(act, { ...standing, ...empty, isEmpty: true, draft: Object.assign(draft, { rows: 0 }) });
    }
    draft.findings.push(findingOf('rollback-failed', failure));
    return undefined;
  }
  const differences = compare(before, await stage.picture());
  tell(act, standing, differences);
  if (differences.schema.length > 0) return undefined;
  if (draft.rows <= MOST_ROWS_TO_REPEAT) draft.repetition = await afterPrefixes(act, above);
  return comeAgain(act, standing);
}

/** What a value of made-up rows is to blame for: no JSON array, no number. A constraint that breaks is the rollback's own. */
const isOfValues = ({ sqlstate }: Failure): boolean => /^22/.test(sqlstate ?? '');

/** Before and after the migration, in a new database. */
async function withoutRows({ stage, migration, below }: Act): Promise<Pick<Standing, 'before' | 'above'> | undefined> {
  await stage.begin();
  if (below !== undefined) await stage.run('up', { to: below });
  const before = await stage.picture();
  const { failure } = await stage.run('up', { to: migration.name });
  return failure ? undefined : { before, above: await stage.picture() };
}

/** Whether it may run twice does not depend on real rows; of many, each look at them takes its time. */
export const MOST_ROWS_TO_REPEAT = 100_000;

const missing = ({ name, version }: Migration): ProofFinding => ({
  code: 'rollback-missing',
  what: `${name} has no rollback`,
  next: `npm run migrate:make -- --rollback ${version}   drafts it; where there is no way back, at the top of ${filesOf(name).up}: -- irreversible: why`,
});

function tell({ migration }: Act, { draft, declared }: Standing, { schema, rows, stays, alike }: Differences): void {
  const file = migration.down ?? migration.module ?? migration.name;
  draft.notes.push(...stays, ...alike);
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

const isSql = async ({ root, migration }: Act) => {
  const text = findMigrationText(root, migration);
  return text?.kind === 'sql' ? parseScript(text.file, { mayBeEmpty: true }) : undefined;
};

/** On its own result. */
export async function again(act: Act, above: Picture): Promise<Repetition | undefined> {
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
