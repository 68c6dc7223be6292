export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export interface BackedUpTable extends TableName {
  /** Counted in the backup itself, when it was read back. */
  readonly rows: number;
  /** SHA-256 of the rows as COPY writes them; of our own copies only. */
  readonly sha256?: string;
}

/** Which database a backup is of. A name alone is not enough: staging's may be the same. */
export interface DatabaseIdentity {
  readonly name: string;
  readonly oid: number;
  /** Differs between any two servers that were not copied from one another; absent where the role may not read it. */
  readonly systemIdentifier?: string;
}

/** What stands beside a backup, written last: without it there is no backup. */
export interface BackupManifest {
  readonly format: 1;
  readonly tool: string;
  readonly method: 'pg_dump' | 'copy';
  /** A copy holds the tables that a plan touches, or all; only pg_dump holds the database. */
  readonly scope: 'database' | 'all tables' | 'some tables';
  readonly environment: string;
  /** ISO 8601, UTC: when the snapshot was taken. */
  readonly at: string;
  readonly server: { readonly host: string; readonly port: number; readonly version: string; readonly major: number };
  readonly database: DatabaseIdentity & { readonly encoding: string; readonly collate: string; readonly ctype: string };
  /** Position of the write-ahead log when the snapshot was taken; absent where the role may not read it. */
  readonly lsn?: string;
  /** `15.18`; of method `pg_dump`. */
  readonly pgDumpVersion?: string;
  readonly tables: readonly BackedUpTable[];
  /** The file beside the manifest, or what the command was given. */
  readonly file: { readonly name: string; readonly bytes: number; readonly sha256: string; readonly storedBy: 'folder' | 'command' };
  /** `read`: every block was read back and its rows counted. `restore`: restored into a scratch server; schema and rows compared equal. */
  readonly proof: { readonly kind: 'read' | 'restore'; readonly durationMs: number };
  readonly durationMs: number;
}

export interface Backup {
  /** Absolute path of its folder: what `migrate:restore` takes. */
  readonly folder: string;
  readonly manifest: BackupManifest;
}

/** What the newest backup is worth, for status. */
export interface BackupSummary extends Pick<BackupManifest, 'method' | 'scope'> {
  readonly folder: string;
  readonly at: Date;
  readonly bytes: number;
  readonly proof: BackupManifest['proof']['kind'];
}

export const isSameTable = (a: TableName, b: TableName): boolean => a.schema === b.schema && a.name === b.name;

/** `public.users` */
export const tableName = ({ schema, name }: TableName): string => `${schema}.${name}`;
