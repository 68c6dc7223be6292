/** The history tables of other tools: where they are, and what they say is applied. */
import type { Client } from 'pg';
import { literal, qualified } from '../pg/sql-text.ts';

/** What a history tells. */
export interface Told {
  /** What it calls each migration that is applied. */
  readonly keys: readonly string[];
  /** It names only the newest: what counts up to it is applied. */
  readonly upTo?: string;
  /** Rows that say that something is not in order. */
  readonly troubles: readonly string[];
  /** What is worth a word, and stops nobody. */
  readonly notes?: readonly string[];
}

type Row = Readonly<Record<string, string | null>>;

interface ForeignHistory {
  readonly table: string;
  /** Where it is looked for when it is not in the history's own schema. */
  readonly schema?: string;
  readonly order: string;
  /** The column that tells it from others of this name, where its order does not. */
  readonly sign?: string;
  readonly read: (rows: readonly Row[]) => Told;
}

const isTrue = (value: string | null | undefined): boolean => value === 'true' || value === 't';
const digits = (value: string | null | undefined): string => String(BigInt(/^\d+/.exec(value ?? '')?.[0] ?? 0));
const column =
  (name: string, toKey: (value: string | null | undefined) => string = String): ForeignHistory['read'] =>
  (rows) => ({ keys: rows.map((row) => toKey(row[name])), troubles: [] });

function readGoose(rows: readonly Row[]): Told {
  const newest = new Map(rows.map((row) => [digits(row['version_id']), isTrue(row['is_applied'])] as const));
  return { keys: [...newest].flatMap(([key, applied]) => (applied && key !== '0' ? [key] : [])), troubles: [] };
}

function readGolangMigrate(rows: readonly Row[]): Told {
  const [row] = rows;
  const version = digits(row?.['version']);
  return {
    keys: [],
    ...(row && { upTo: version }),
    troubles: isTrue(row?.['dirty']) ? [`version ${version} is dirty: it failed, or runs now`] : [],
  };
}

function readFlyway(rows: readonly Row[]): Told {
  const applied = new Set<string>();
  let upTo: string | undefined;
  const notes: string[] = [];
  for (const { version, type, description, success } of rows) {
    if (!isTrue(success)) continue;
    if (version == null) notes.push(`"${description}" is repeatable (${type}), and is not taken over`);
    else if (/UNDO|DELETE/.test(type ?? '')) applied.delete(version);
    else if (/BASELINE/.test(type ?? '')) upTo = version;
    else applied.add(version.split(/[._]/).map(digits).join('.'));
  }
  const failed = rows.filter(({ success }) => !isTrue(success));
  return {
    keys: [...applied],
    ...(upTo !== undefined && { upTo }),
    troubles: failed.map(({ version, description }) => `version ${version} (${description}) failed`),
    notes,
  };
}

function readPrisma(rows: readonly Row[]): Told {
  const standing = rows.filter((row) => row['rolled_back_at'] == null);
  const isDone = (row: Row): boolean => row['finished_at'] != null;
  return {
    keys: standing.filter(isDone).map((row) => String(row['migration_name'])),
    troubles: standing.filter((row) => !isDone(row)).map((row) => `${row['migration_name']} began and never ended`),
  };
}

function readSqitch(rows: readonly Row[]): Told {
  const times = new Map<string, number>();
  const keys = rows.map(({ change }) => {
    const nth = (times.get(String(change)) ?? 0) + 1;
    times.set(String(change), nth);
    return `${change}#${nth}`;
  });
  return { keys, troubles: [] };
}

const readDrizzle = (rows: readonly Row[]): Told => {
  const newest = rows.map((row) => digits(row['created_at'])).reduce((a, b) => (BigInt(a) > BigInt(b) ? a : b), '0');
  return { keys: [], ...(rows.length > 0 && { upTo: newest }), troubles: [] };
};

const HISTORIES: Readonly<Record<string, ForeignHistory>> = {
  dbmate: { table: 'schema_migrations', order: 'version', read: column('version', digits) },
  goose: { table: 'goose_db_version', order: 'id', read: readGoose },
  'golang-migrate': { table: 'schema_migrations', order: 'version', sign: 'dirty', read: readGolangMigrate },
  flyway: { table: 'flyway_schema_history', order: 'installed_rank', read: readFlyway },
  'sql-migrate': { table: 'gorp_migrations', order: 'id', read: column('id') },
  'node-pg-migrate': { table: 'pgmigrations', order: 'id', read: column('name') },
  prisma: { table: '_prisma_migrations', order: 'started_at', read: readPrisma },
  drizzle: { table: '__drizzle_migrations', schema: 'drizzle', order: 'id', read: readDrizzle },
  sqitch: { table: 'changes', schema: 'sqitch', order: 'committed_at', read: readSqitch },
  liquibase: {
    table: 'databasechangelog',
    order: 'orderexecuted',
    read: (rows) => ({ keys: rows.map(({ filename, id, author }) => `${filename}::${id}::${author}`), troubles: [] }),
  },
  rails: {
    table: 'schema_migrations',
    order: 'version',
    read: (rows) => ({ keys: rows.length > 0 ? ['structure'] : [], troubles: [] }),
  },
};

export const hasHistory = (tool: string): boolean => tool in HISTORIES;

/** A history that was found, as SQL names it. */
export interface ReadHistory extends Told {
  readonly table: string;
}

/**
 * Reads the history table of a tool, in this schema or where the tool has it by default.
 * @returns undefined where there is none
 */
export async function readForeignHistory(client: Client, tool: string, own: string): Promise<ReadHistory | undefined> {
  const known = HISTORIES[tool];
  if (!known) return undefined;
  const places = [known.schema ?? own, own, 'public'].map((schema) => qualified(schema, known.table));
  for (const table of new Set(places)) {
    // Several tools, we among them, call their table schema_migrations: its columns tell whose it is.
    const { rows: found } = await client.query<{ there: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass(${literal(table)}) AND attname = ${literal(known.sign ?? known.order)} AND NOT attisdropped) AS there`,
    );
    if (!found[0]?.there) continue;
    const { rows } = await client.query<{ row: Record<string, unknown> }>(
      `SELECT pg_catalog.to_jsonb(h) AS row FROM ${table} h ORDER BY ${known.order}`,
    );
    const texts = rows.map(({ row }) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value == null ? null : String(value)])),
    );
    return { table, ...known.read(texts) };
  }
  return undefined;
}

/** A history that was found by its table, which does not always tell whose it is. */
export interface FoundHistory extends ReadHistory {
  readonly tools: readonly string[];
}

/** Every history of another tool that is there. */
export async function findForeignHistories(client: Client, own: string): Promise<readonly FoundHistory[]> {
  const found = new Map<string, FoundHistory>();
  for (const tool of Object.keys(HISTORIES)) {
    const told = await readForeignHistory(client, tool, own);
    const known = [...(found.get(told?.table ?? '')?.tools ?? []), tool];
    const signed = known.filter((one) => HISTORIES[one]?.sign);
    if (told)
      found.set(told.table, {
        ...(signed.includes(tool) ? told : (found.get(told.table) ?? told)),
        tools: signed.length > 0 ? signed : known,
      });
  }
  return [...found.values()];
}

/** Liquibase names a changelog by the path that it was given, which may begin further up. */
export const isSame = (theirs: string, key: string): boolean => theirs === key || (key.includes('::') && theirs.endsWith(`/${key}`));

export const isApplied = ({ keys, upTo }: ReadHistory, key: string): boolean =>
  keys.some((theirs) => isSame(theirs, key)) || (upTo !== undefined && isUpTo(key, upTo));

/** `1.2` counts up to `1.10`. */
function isUpTo(key: string, limit: string): boolean {
  const [a, b] = [key, limit].map((version) => version.split('.').map((part) => BigInt(/^\d+/.exec(part)?.[0] ?? 0)));
  for (const [i, part] of (a ?? []).entries()) if (part !== (b?.[i] ?? 0n)) return part < (b?.[i] ?? 0n);
  return true;
}
