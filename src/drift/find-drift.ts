import { MODULE_FOLDER, UP_FOLDER } from '../files/write-migration.ts';
import { shellWord } from '../model/command.ts';
import { type Drift, repairCommand } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import { fromStockName, type Migration } from '../model/migration.ts';

/** What is known of an applied migration's text as it is on disk now. */
export interface CurrentText {
  readonly checksum: string;
  /** Whether it still means what was applied. Asked only when the checksum differs: it needs the parser. */
  readonly meansTheSame: () => Promise<boolean>;
}

export interface DriftQuestion {
  /** The history table's name. */
  readonly table: string;
  readonly migrations: readonly Migration[];
  readonly history: readonly HistoryRow[];
  /** Undefined where the text cannot be read. */
  /** Whether the journal has the text of an applied migration. */
  readonly isKept: (name: string) => Promise<boolean>;
  readonly readText: (migration: Migration) => CurrentText | undefined;
}

/** Compares files with history: edited and missing files. Late versions are the plan's. */
export async function findDrift({ table, migrations, history, readText, isKept }: DriftQuestion): Promise<readonly Drift[]> {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const drifts: Drift[] = [];
  // One after another: they share a connection.
  for (const row of history) {
    const migration = byName.get(row.name);
    const drift = migration
      ? await findEdit(row, migration, readText)
      : await missing(row, { table, migrations, history, readText, isKept });
    if (drift) drifts.push(drift);
  }
  return drifts;
}

async function findEdit(row: HistoryRow, migration: Migration, readText: DriftQuestion['readText']): Promise<Drift | undefined> {
  if (row.checksum === undefined) return undefined;
  const current = readText(migration);
  if (!current || current.checksum === row.checksum) return undefined;
  const file = migration.up ?? migration.module ?? migration.name;
  const isSame = await current.meansTheSame();
  const base = { name: row.name, file };
  if (isSame)
    return {
      ...base,
      kind: 'reformatted',
      stops: false,
      what: `${file} was reformatted after it was applied; it means the same`,
      next: 'nothing to do',
    };
  return {
    ...base,
    kind: 'edited',
    stops: true,
    what: `${file} was edited after it was applied on ${row.appliedAt.toISOString().slice(0, 10)}; the database does not have what it says now`,
    next: `${repairCommand({ kind: 'accept', name: row.name })}   if the database has what it says now; if not, bring the applied text back (git log -p -- ${file}) and put the change into a new migration: npm run migrate:make -- describe_the_change`,
  };
}

async function missing(row: HistoryRow, { table, migrations, history, readText, isKept }: DriftQuestion): Promise<Drift> {
  const bare = fromStockName(row.name);
  if (bare !== row.name && migrations.some(({ name }) => name === bare)) return stockName(row.name, bare, table);
  const file = `${UP_FOLDER}/${row.name}.sql`;
  const free = migrations.filter(({ name }) => !history.some((one) => one.name === name));
  const namesake = free.find(({ name }) => name.split('_')[0] === row.name.split('_')[0]);
  const isRenamed = namesake && row.checksum !== undefined && readText(namesake)?.checksum === row.checksum;
  return {
    kind: 'missing',
    name: row.name,
    stops: true,
    file,
    what: `${row.name} is applied, and its files are gone${isRenamed ? `: they were renamed to ${namesake.name}` : namesake ? `; ${namesake.name} has its version` : ''}`,
    next: isRenamed
      ? `${renameCommand(namesake, row.name)}   or keep the new name: ${repairCommand({ kind: 'rename', name: row.name, to: namesake.name })}`
      : [bringBack(row.name, file, await isKept(row.name)), namesake && editedAsWell(namesake, row.name)].filter(Boolean).join('\n'),
  };
}

/** Parts of it are in the database, and nothing on disk says so: under another name they would run once more. */
export const orphaned = (name: string): Drift => ({
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

/** Whether two texts of a module are the same program: without types, comments and white space. False where that cannot be told. */
export async function sameCode(a: string, b: string): Promise<boolean> {
  try {
    const { transform } = await import('esbuild');
    const [x, y] = await Promise.all([a, b].map((text) => transform(text, { loader: 'ts', minify: true, legalComments: 'none' })));
    return x?.code === y?.code;
  } catch {
    return false;
  }
}
