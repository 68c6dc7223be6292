import type { JournalDetails } from '../model/history.ts';
import type { Question } from '../pg/ask.ts';
import { toDate } from '../pg/sql-text.ts';
import type { HistoryTables } from './history.ts';

/** What tells a database from its copies. */
export interface Identity {
  readonly database: string;
  /** Of the database: one of the same name that was made later has another (manual: catalog-pg-database). */
  readonly oid: number;
  /** Of the cluster, given by initdb (manual: functions-info, pg_control_system); absent where the server does not tell. */
  readonly system?: string;
}

/** The cluster's identifier. To be asked only where the role may: a managed server may keep it to itself. */
export const SYSTEM: Question<string | undefined> = {
  sql: 'SELECT system_identifier::text AS system FROM pg_catalog.pg_control_system()',
  read: ([row]) => row?.system,
};

/** Where, when and as what the last run took place. */
export interface Remembered {
  readonly environment: string;
  readonly at: Date;
  readonly host?: string;
  readonly database?: string;
  readonly system?: string;
  /** The history that remembers it, where that is not the one that was opened. */
  readonly table?: string;
}

/** What the database remembers of its last run; undefined before the first one. */
export const rememberedQuestion = ({ journal }: HistoryTables): Question<Remembered | undefined> => ({
  sql: `SELECT at, details FROM ${journal} WHERE event = 'run-started' AND details ? 'environment' ORDER BY id DESC LIMIT 1`,
  read: ([row]) => row && toRemembered(row),
});

function toRemembered({ at, details }: { readonly at: Date | number; readonly details: JournalDetails }): Remembered {
  const { environment, host, database, system } = details;
  return {
    environment: String(environment),
    at: toDate(at),
    ...(typeof host === 'string' && { host }),
    ...(typeof database === 'string' && { database }),
    ...(typeof system === 'string' && { system }),
  };
}
