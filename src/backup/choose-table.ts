import path from 'node:path';
import { type Backup, isSameTable, tableName } from '../model/backup.ts';
import { shellWord } from '../model/command.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { identifier, qualified } from '../pg/sql-text.ts';

/**
 * The table of a backup that somebody names, as the gate writes it or plainly.
 * @param into the database that is to take it
 * @throws LockstepError (exit 2)
 */
export function chooseTable(backup: Backup, wish: string, into: string): { readonly schema: string; readonly name: string } {
  const candidates = backup.manifest.tables.filter((table) =>
    // As the gate names it: "My table", s."My table".
    [
      tableName(table),
      table.name,
      identifier(table.name),
      `${table.schema}.${identifier(table.name)}`,
      qualified(table.schema, table.name),
    ].includes(wish),
  );
  const [only, ...more] = candidates;
  if (only && more.every((one) => isSameTable(one, only))) return { schema: only.schema, name: only.name };
  throw new LockstepError({
    code: 'table-not-in-backup',
    what: only
      ? `"${wish}" may be ${candidates.map(tableName).join(' or ')}`
      : `The backup holds no table with rows of its own that is called "${wish}"`,
    next: only ? oneOf(candidates) : `${oneOf(backup.manifest.tables)}\n${partitioned(backup, into)}`,
    exitCode: 2,
  });
}

const oneOf = (tables: Backup['manifest']['tables']): string =>
  `--table ${tables
    .slice(0, 8)
    .map((table) => shellWord(tableName(table)))
    .join(', or ')}`;

/** A copy makes what is gone where it was; a dump goes into a database as a whole. */
function partitioned({ folder, manifest }: Backup, into: string): string {
  const command = `npm run migrate:restore -- ${shellWord(path.relative(process.cwd(), folder))} --into`;
  return `or, for a partitioned table: ${command} ${shellWord(manifest.method === 'copy' ? into : `${into}_restored`)}`;
}
