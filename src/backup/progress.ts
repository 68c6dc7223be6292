import { tableName } from '../model/backup.ts';
import type { Emit } from '../model/event.ts';
import { given } from '../model/given.ts';
import type { UserTable } from '../pg/user-tables.ts';

const EVERY_MS = 500;

export interface BackupProgress {
  readonly onBytes: (bytes: number) => void;
  /** Exact, while we copy ourselves. */
  readonly onRows: (rows: number) => void;
  /** pg_dump has begun this table, so the one before is done. */
  readonly onTable: (name: string) => void;
}

/** Turns what is heard of a backup into events, a few each second. What remains is reckoned from the tables' sizes. */
export function trackBackup(emit: Emit, file: string, tables: readonly UserTable[]): BackupProgress {
  const startedAt = performance.now();
  const totalBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const totalRows = Math.round(tables.reduce((sum, { estimatedRows }) => sum + estimatedRows, 0));
  let told = startedAt;
  let rows = 0;
  let done = 0;
  let open: UserTable | undefined;
  const tell = (bytes: number): void => {
    const now = performance.now();
    if (now - told < EVERY_MS) return;
    told = now;
    const share = totalRows > 0 && rows > 0 && done === 0 ? rows / totalRows : totalBytes > 0 ? done / totalBytes : 0;
    const remainingMs = share > 0 && share < 1 ? ((now - startedAt) * (1 - share)) / share : undefined;
    const counted = given({ rows: rows || undefined, totalRows: totalRows || undefined, remainingMs });
    emit({ type: 'backup-progress', file, bytes, ...counted });
  };
  return {
    onBytes: tell,
    onRows: (seen) => {
      rows = seen;
    },
    onTable: (name) => {
      done += open?.bytes ?? 0;
      rows += Math.round(open?.estimatedRows ?? 0);
      open = tables.find((table) => tableName(table) === name);
    },
  };
}
