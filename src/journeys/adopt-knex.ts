import path from 'node:path';
import type { Client } from 'pg';
import { readMark } from '../drift/migration-record.ts';
import { prepareMemory } from '../history/head-file.ts';
import { readHistory } from '../history/history.ts';
import {
  insertAdopted,
  isKnexLocked,
  type KnexRow,
  type KnexTable,
  parseKnexTable,
  readKnexTable,
  updateAdopted,
} from '../history/knex-table.ts';
import { HISTORY } from '../history/table-functions.ts';
import type { Journey } from '../model/journey.ts';
import { type ExitCode, LockstepError } from '../model/lockstep-error.ts';
import { fromStockName, type Migration, parseName, toTitle, withoutExtension } from '../model/migration.ts';
import { literal, qualified } from '../pg/sql-text.ts';
import { readVerifiedMigrations } from '../plan/plan-apply.ts';
import { recordMark, recordRun } from '../run/record-run.ts';
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
    return withReader<ExitCode>(journey, async ({ client, target, history }) => {
      const table = parseKnexTable(journey.table, target.schema);
      const adoptions = await planAdoption(client, {
        table,
        schema: target.schema,
        migrations,
        known: new Set(history.filter(isOurs).map(({ name }) => name)),
      });
      emit({
        type: 'recorded',
        text: `Dry run: would adopt ${adoptions.length} of ${journey.table}, without executing anything`,
        names: adoptions.map(describe),
      });
      return 0;
    });
  return withRun<ExitCode>({ ...journey, commands: MARKING }, async (run) => {
    const { client, settings } = run.context;
    const table = parseKnexTable(journey.table, settings.schema);
    const history = await readHistory(client, settings.schema);
    const known = new Set(history.filter(isOurs).map(({ name }) => name));
    const adoptions = await planAdoption(client, { table, schema: settings.schema, migrations, known });
    if (adoptions.length === 0) emit({ type: 'note', text: `every migration of ${journey.table} is in history already` });
    else await record(run, { table, adoptions, isFirst: history.length === 0, root: project.root });
    return 0;
  });
}

/** Stock Knex writes no checksum; what has one was applied or marked by us. */
const isOurs = ({ checksum }: { readonly checksum?: string }): boolean => checksum !== undefined;

const describe = ({ row, migration }: Adoption): string => (row.name === migration.name ? row.name : `${row.name} -> ${migration.name}`);

interface Question {
  readonly table: KnexTable;
  readonly schema: string;
  readonly migrations: readonly Migration[];
  /** Names that are in history already, with their checksums. */
  readonly known: ReadonlySet<string>;
}

/** @throws LockstepError (exit 3) where the table is absent or locked, or a row has no file */
async function planAdoption(client: Client, { table, schema, migrations, known }: Question): Promise<readonly Adoption[]> {
  const rows = await readKnexTable(client, table);
  if (!rows) throw tableMissing(table);
  if (!isOwn(table, schema) && (await isKnexLocked(client, table))) throw knexLocked(table);
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const found = rows.map((row) => ({ row, migration: byName.get(fromStockName(row.name)) }));
  const missing = found.filter(({ migration }) => !(migration?.up || migration?.module)).map(({ row }) => row.name);
  if (missing.length > 0) throw filesMissing(table, missing, migrations);
  const adoptions = found.flatMap(({ row, migration }) => (migration && !known.has(migration.name) ? [{ row, migration }] : []));
  verifyOnce(table, adoptions);
  return adoptions;
}

const isOwn = (table: KnexTable, schema: string): boolean => table.name === HISTORY && table.schema === schema;

interface Recording {
  readonly root: string;
  readonly table: KnexTable;
  readonly adoptions: readonly Adoption[];
  readonly isFirst: boolean;
}

async function record({ context, target, environment }: OpenRun, { root, table, adoptions, isFirst }: Recording): Promise<void> {
  const { schema } = context.settings;
  const own = isOwn(table, schema);
  const statements: string[] = [];
  for (const { row, migration } of adoptions) {
    const mark = await readMark(root, migration);
    const adopted = { ...mark, row };
    const history = own ? updateAdopted(schema, adopted) : insertAdopted(schema, adopted, isFirst);
    statements.push(recordMark(context, mark, { event: 'baselined', history, details: { from: row.name, table: table.name } }));
  }
  const names = adoptions.map(({ migration }) => migration.name);
  const remember = await prepareMemory(context, target);
  const { journal } = await recordRun(context, names, statements.join('\n'));
  remember(journal);
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
  const listed = missing.length > 5 ? `${missing.slice(0, 5).join(', ')} and ${missing.length - 5} more` : missing.join(', ');
  return new LockstepError({
    code: 'knex-files-missing',
    what: `${missing.length} of ${name} ${missing.length === 1 ? 'has' : 'have'} no file here, so nothing was adopted: ${listed}`,
    next: [
      'mkdir -p migrations && cp -n OLD_PROJECT/migrations/* migrations/   where OLD_PROJECT is the folder of the project that applied them',
      ...missing.flatMap((one) => renameInTable(table, one, migrations)),
    ].join('\n'),
    exitCode: 3,
  });
}
