import { openChecksums, type Trust } from '../files/kept-checksums.ts';
import { findMigrationText, type MigrationText } from '../files/migration-text.ts';
import { MODULE_FOLDER, UP_FOLDER } from '../files/write-migration.ts';
import type { History } from '../history/history.ts';
import { readAppliedText, readChanges, readSemanticHash } from '../history/journal.ts';
import { shellWord } from '../model/command.ts';
import { type Drift, repairCommand } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Refusal } from '../model/lockstep-error.ts';
import { fromStockName, isRepeatable, type Migration } from '../model/migration.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { replay } from './replay.ts';

/** What is applied, and the files that it is compared with. */
export interface Compared {
  readonly root: string;
  readonly history: History;
  readonly hasJournal: boolean;
  readonly migrations: readonly Migration[];
  readonly applied: readonly HistoryRow[];
  readonly halfApplied: readonly string[];
  readonly unread?: Trust;
}

/** Compares files with history: edited and missing files. Late versions are the plan's. Opens the parser only for files whose checksum differs. */
export async function compareApplied(compared: Compared): Promise<readonly Drift[]> {
  const { root, migrations, halfApplied } = compared;
  // Repeatables are edited in place.
  const applied = compared.applied.filter((row) => !isRepeatable(row));
  const checksums = openChecksums(root, compared.unread);
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const isStill = (migration: Migration, checksum: string | undefined): boolean =>
    checksum === undefined || checksums.isStill(migration, checksum);
  const drifts: Drift[] = [];
  // One after another: they share a connection.
  for (const row of applied) {
    const migration = byName.get(row.name);
    if (migration && isStill(migration, row.checksum)) continue;
    const drift = migration ? await findEdit(row, migration, compared) : await missing(row, compared);
    if (drift) drifts.push(drift);
  }
  checksums.keep();
  const known = new Set([...migrations.filter(({ up, module }) => up || module), ...applied].map(({ name }) => name));
  return [...drifts, ...halfApplied.filter((name) => !known.has(name)).map(orphaned)];
}

async function findEdit(row: HistoryRow, migration: Migration, compared: Compared): Promise<Drift | undefined> {
  const current = findMigrationText(compared.root, migration);
  if (!current || current.checksum === row.checksum) return undefined;
  const file = migration.up ?? migration.module ?? migration.name;
  const base = { name: row.name, file };
  const reformatted = `${file} was reformatted after it was applied; it means the same`;
  if (await meansTheSame(current, row.name, compared))
    return { ...base, kind: 'reformatted', stops: false, what: reformatted, next: 'nothing to do' };
  return {
    ...base,
    kind: 'edited',
    stops: true,
    what: `${file} was edited after it was applied on ${row.appliedAt.toISOString().slice(0, 10)}; the database does not have what it says now`,
    next: `${repairCommand({ kind: 'accept', name: row.name })}   if the database has what it says now; if not, bring the applied text back (git log -p -- ${file}) and put the change into a new migration: npm run migrate:make -- describe_the_change`,
  };
}

/** What was applied, of which the journal keeps the meaning of SQL and the text of code. */
async function meansTheSame(current: MigrationText, name: string, { history, hasJournal }: Compared): Promise<boolean> {
  if (!hasJournal) return false;
  if (current.kind === 'code') {
    const applied = await readAppliedText(history, name);
    return applied !== undefined && sameCode(applied, current.text);
  }
  const applied = await readSemanticHash(history, name);
  const script = applied ? await parseScript(current.file, { mayBeEmpty: true }).catch(() => undefined) : undefined;
  return script !== undefined && script.semanticHash === applied;
}

/** Whether two texts of a module are the same program: without types, comments and white space. False where that cannot be told. */
async function sameCode(a: string, b: string): Promise<boolean> {
  try {
    const { transform } = await import('esbuild');
    const [x, y] = await Promise.all([a, b].map((text) => transform(text, { loader: 'ts', minify: true, legalComments: 'none' })));
    return x?.code === y?.code;
  } catch {
    return false;
  }
}

async function missing(row: HistoryRow, { root, migrations, applied, history, hasJournal }: Compared): Promise<Drift> {
  const bare = fromStockName(row.name);
  if (bare !== row.name && migrations.some(({ name }) => name === bare)) return stockName(row.name, bare, history.names.rows);
  const file = `${UP_FOLDER}/${row.name}.sql`;
  const free = migrations.filter(({ name }) => !applied.some((one) => one.name === name));
  const namesake = free.find(({ name }) => name.split('_')[0] === row.name.split('_')[0]);
  const isRenamed = namesake && row.checksum !== undefined && findMigrationText(root, namesake)?.checksum === row.checksum;
  return {
    kind: 'missing',
    name: row.name,
    stops: true,
    file,
    what: `${row.name} is applied, and its files are gone${isRenamed ? `: they were renamed to ${namesake.name}` : namesake ? `; ${namesake.name} has its version` : ''}`,
    next: isRenamed
      ? `${renameCommand(namesake, row.name)}   or keep the new name: ${repairCommand({ kind: 'rename', name: row.name, to: namesake.name })}`
      : [
          bringBack(row.name, file, hasJournal && (await readAppliedText(history, row.name)) !== undefined),
          namesake && editedAsWell(namesake, row.name),
        ]
          .filter(Boolean)
          .join('\n'),
  };
}

/** Parts of it are in the database, and nothing on disk says so: under another name they would run once more. */
const orphaned = (name: string): Drift => ({
  kind: 'missing',
  name,
  stops: true,
  file: `${UP_FOLDER}/${name}.sql`,
  what: `${name} was applied in part and never finished, and its files are gone or have another name, under which the finished parts would run again`,
  next: `rename its files back where they were renamed; where they were removed: ${bringBack(name, `${UP_FOLDER}/${name}.sql`, false)}\nor, where it was undone by hand: ${repairCommand({ kind: 'forget', name })}`,
});

function bringBack(name: string, file: string, isKept: boolean): string {
  if (isKept) return `${repairCommand({ kind: 'restore', name })}   writes ${file} again, as it was applied`;
  const files = [file, `${MODULE_FOLDER}/${name}.*`].map(shellWord).join(' ');
  return `git log --diff-filter=D --name-only --oneline -- ${files}   finds the commit that removed it, and the file; git checkout <commit>^ -- <file>`;
}

const editedAsWell = (namesake: Migration, applied: string): string =>
  `${renameCommand(namesake, applied)}   where ${namesake.name} is this migration, renamed and edited; if it is another one: npm run migrate:make -- --renumber ${namesake.name}`;

const stockName = (name: string, bare: string, table: string): Drift => ({
  kind: 'missing',
  name,
  stops: true,
  what: `${name} was applied by stock Knex, which keeps the extension; here its name is ${bare}`,
  next: `npm run migrate:baseline -- --from-knex ${table}   puts the names right in place`,
});

function renameCommand({ up, down, module, name }: Migration, applied: string): string {
  const files = [up, down, module].filter((file) => file !== undefined);
  return files.map((file) => `mv ${shellWord(file)} ${shellWord(file.replace(name, applied))}`).join(' && ');
}

/** Pending as far as history goes, while the journal says that it is applied: whoever runs it does it twice. */
export async function findUnrecorded(history: History, pending: readonly string[]): Promise<readonly Drift[]> {
  if (pending.length === 0) return [];
  const applied = replay(await readChanges(history, pending));
  return pending.flatMap((name): readonly Drift[] => {
    if (!applied.has(name)) return [];
    const what = `${name} was applied, and its row of history was deleted by hand; to apply it again would do it twice`;
    const [back, undone] = (['reinsert', 'forget'] as const).map((kind) => repairCommand({ kind, name }));
    return [{ kind: 'unrecorded', name, stops: true, what, next: `${back}   or, where it was undone by hand too: ${undone}` }];
  });
}

export const driftRefusal = ({ kind, what, file, next }: Drift): Refusal => ({
  code: `drift-${kind}`,
  what,
  ...(file && { where: { file } }),
  next,
  exitCode: 3,
});
