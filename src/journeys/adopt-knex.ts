import path from 'node:path';
import { readMark } from '../drift/migration-record.ts';
import { readVerifiedMigrations } from '../files/read-migrations.ts';
import type { HistoryTables } from '../history/history.ts';
import {
  insertAdopted,
  isKnexLocked,
  type KnexRow,
  type KnexTable,
  parseKnexTable,
  readKnexTable,
  updateAdopted,
} from '../history/knex-table.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError, listed } from '../model/lockstep-error.ts';
import { fromStockName, type Migration, parseName, toTitle, withoutExtension } from '../model/migration.ts';
import { literal, qualified } from '../pg/sql-text.ts';
import { recordMark, recordRun } from '../run/record-run.ts';
import type { OpenTarget } from '../target/open-target.ts';
import { MARKING } from '../target/verify-identity.ts';
import { withReader } from '../target/with-reader.ts';
import { type OpenRun, withRun } from '../target/with-run.ts';

export interface Adopt extends Journey {
  /** The table in which stock Knex kept its history. */
  readonly table: string;
  readonly dryRun?: boolean;
}

interface Adoption {
  readonly row: KnexRow;
  readonly migration: Migration;
}

/** Takes over the history of stock Knex. Its own table stays as it is, unless it is the one that we go on with. */
export async function adoptKnex(journey: Adopt): Promise<ExitCode> {
  const { project, emit } = journey;
  const migrations = await readVerifiedMigrations(project.root);
  if (journey.dryRun)
    return withReader<ExitCode>(journey, async (target) => {
      const adoptions = await planAdoption(target, parseKnexTable(journey.table, target.history.schema), migrations);
      emit({
        type: 'recorded',
        text: `Dry run: would adopt ${adoptions.length} of ${journey.table}, without executing anything`,
        names: adoptions.map(describe),
      });
      return 0;
    });
  return withRun<ExitCode>({ ...journey, commands: MARKING }, async (run) => {
    const table = parseKnexTable(journey.table, run.history.schema);
    const adoptions = await planAdoption(run, table, migrations);
    if (adoptions.length === 0) emit({ type: 'note', text: `every migration of ${journey.table} is in history already` });
    else await record(run, table, adoptions);
    return 0;
  });
}

/** Stock Knex writes no checksum; what has one was applied or marked by us. */
const isOurs = ({ checksum }: { readonly checksum?: string }): boolean => checksum !== undefined;

const describe = ({ row, migration }: Adoption): string => (row.name === migration.name ? row.name : `${row.name} -> ${migration.name}`);

/** @throws LockstepError (exit 3) where the table is absent or locked, or a row has no file */
async function planAdoption(
  { history, applied }: OpenTarget,
  table: KnexTable,
  migrations: readonly Migration[],
): Promise<readonly Adoption[]> {
  const known = new Set(applied.filter(isOurs).map(({ name }) => name));
  const rows = await readKnexTable(history.client, table);
  if (!rows) throw tableMissing(table);
  if (!isOwn(table, history) && (await isKnexLocked(history.client, table))) throw knexLocked(table);
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const found = rows.map((row) => ({ row, migration: byName.get(fromStockName(row.name)) }));
  const missing = found.filter(({ migration }) => !(migration?.up || migration?.module)).map(({ row }) => row.name);
  if (missing.length > 0) throw filesMissing(table, missing, migrations);
  const adoptions = found.flatMap(({ row, migration }) => (migration && !known.has(migration.name) ? [{ row, migration }] : []));
  verifyOnce(table, adoptions);
  return adoptions;
}

const isOwn = (table: KnexTable, { schema, names }: HistoryTables): boolean => table.name === names.rows && table.schema === schema;

async function record(run: OpenRun, table: KnexTable, adoptions: readonly Adoption[]): Promise<void> {
  const { context, target, environment, history: tables } = run;
  const own = isOwn(table, tables);
  const statements: string[] = [];
  for (const { row, migration } of adoptions) {
    const mark = await readMark(context.root, migration);
    const adopted = { ...mark, row };
    const history = own ? updateAdopted(tables, adopted) : insertAdopted(tables, adopted, run.applied.length === 0);
    statements.push(recordMark(context, mark, { event: 'baselined', history, details: { from: row.name, table: table.name } }));
  }
  const names = adoptions.map(({ migration }) => migration.name);
  const { journal } = await recordRun(context, names, statements.join('\n'));
  const text = `Adopted ${names.length} of ${table.name} in ${target.database} (${environment}); nothing was executed${own ? '' : `, and ${table.name} stays as it is`}`;
  context.emit({ type: 'recorded', text, names: adoptions.map(describe), ...(journal && { journal }) });
}

function verifyOnce(table: KnexTable, adoptions: readonly Adoption[]): void {
  const names = adoptions.map(({ migration }) => migration.name);
  const twice = adoptions.find(({ migration }, i) => names.indexOf(migration.name) !== i);
  if (!twice) return;
  throw new LockstepError({
    code: 'history-doubled',
    what: `${table.name} lists ${twice.migration.name} more than once, the second time as ${twice.row.name}`,
    next: `DELETE FROM ${qualified(table.schema, table.name)} WHERE id = ${twice.row.id};   keeps the first row`,
    exitCode: 3,
  });
}

const tableMissing = ({ schema, name }: KnexTable): LockstepError =>
  new LockstepError({
    code: 'knex-table-missing',
    what: `There is no history of stock Knex in ${schema}.${name}`,
    next: 'npm run migrate:baseline -- --from-knex TABLE   with the tableName of the old knexfile (SCHEMA.TABLE where it is elsewhere)',
    exitCode: 3,
  });

const knexLocked = ({ schema, name }: KnexTable): LockstepError =>
  new LockstepError({
    code: 'knex-locked',
    what: `A stock Knex runs on ${schema}.${name}, or died there: ${name}_lock says is_locked`,
    next: `UPDATE ${qualified(schema, `${name}_lock`)} SET is_locked = 0;   where no Knex runs any more`,
    exitCode: 3,
  });

/** A file whose name had no number got one here; which, only its title tells. */
function renameInTable({ schema, name }: KnexTable, row: string, migrations: readonly Migration[]): readonly string[] {
  const title = toTitle(withoutExtension(row));
  const file = migrations.find((one) => one.module && parseName(one.name)?.title === title)?.module;
  if (!file || /^\d/.test(row)) return [];
  const [now, was] = [path.posix.basename(file), row].map(literal);
  return [`UPDATE ${qualified(schema, name)} SET name = ${now} WHERE name = ${was};   where ${file} is that file under another name`];
}

function filesMissing(table: KnexTable, missing: readonly string[], migrations: readonly Migration[]): LockstepError {
  const { name } = table;
  return new LockstepError({
    code: 'knex-files-missing',
    what: `${missing.length} of ${name} ${missing.length === 1 ? 'has' : 'have'} no file here, so nothing was adopted: ${listed(missing, 5)}`,
    next: [
      'mkdir -p migrations && cp -n OLD_PROJECT/migrations/* migrations/   where OLD_PROJECT is the folder of the project that applied them',
      ...missing.flatMap((one) => renameInTable(table, one, migrations)),
    ].join('\n'),
    exitCode: 3,
  });
}
