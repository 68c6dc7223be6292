import type { Client } from 'pg';
import type { JournalPlace } from '../history/head-file.ts';
import { type History, historyOf, historyTables, rowsQuestion } from '../history/history.ts';
import { type Identity, type Remembered, rememberedQuestion, SYSTEM } from '../history/identity.ts';
import { halfAppliedQuestion } from '../history/journal.ts';
import { latest, type OtherHistory, otherTablesQuestion, readOthers } from '../history/other-histories.ts';
import { judgeTables, type TableRow, type Tables, tablesQuestion } from '../history/tables.ts';
import {
  type ConnectionSettings,
  type Environment,
  environmentNamed,
  findEnvironment,
  historySchemaOf,
  type Project,
} from '../model/environment.ts';
import type { HistoryRow } from '../model/history.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { isRepeatable } from '../model/migration.ts';
import type { Policy } from '../model/policy.ts';
import type { Target } from '../model/target.ts';
import { ask, type Question } from '../pg/ask.ts';
import { type FoundTarget, targetQuestion } from '../pg/target.ts';

/** One database and its history, opened: what it is, what it remembers, what is applied. */
export interface OpenTarget {
  readonly history: History;
  readonly settings: ConnectionSettings;
  /** The environment that was asked for, where one was. */
  readonly chosen: string | undefined;
  /** That one, else the one that the database remembers. */
  readonly environment: string;
  /** Itself, or what it is based on, is production. */
  readonly isProduction: boolean;
  readonly policy: Policy;
  readonly target: Target;
  readonly tables: Tables;
  readonly identity: Identity;
  readonly remembered: Remembered | undefined;
  /** The environment that it remembers, where the project has it. */
  readonly recalled: Environment | undefined;
  /** In the order in which it was applied. */
  readonly applied: readonly HistoryRow[];
  /** Rows of repeatables, which have no place in that order. */
  readonly repeatables: readonly HistoryRow[];
  /** Names of what was applied in part and never finished. */
  readonly halfApplied: readonly string[];
  /** Of the database. */
  readonly encoding: string;
  /** Nothing has been applied here, and no run was ever kept. */
  readonly isNew: boolean;
  readonly others: readonly OtherHistory[];
}

/** How a database is found. */
export interface Opening {
  readonly project: Project;
  readonly chosen: string | undefined;
  readonly settings: ConnectionSettings;
}

/** What the first look tells: the server, and which of the history tables are there. */
export interface FirstLook {
  readonly history: History;
  readonly found: FoundTarget;
  readonly rows: readonly TableRow[];
  readonly others: readonly OtherHistory[];
}

export const historyAt = (client: Client, settings: ConnectionSettings): History =>
  historyOf(client, historyTables(historySchemaOf(settings), settings.historyTable));

export async function lookFirst(client: Client, settings: ConnectionSettings): Promise<FirstLook> {
  const history = historyAt(client, settings);
  const [found, rows, tables] = await ask(client, targetQuestion(settings), tablesQuestion(history), otherTablesQuestion(history));
  return { history, found, rows, others: await readOthers(history, tables) };
}

const nothing = <T>(value: T): Question<T> => ({ sql: 'SELECT', read: () => value });

/** What the history tables say, as far as they are there. */
export const stateQuestions = ({ history, found }: FirstLook, { hasHistory, hasJournal }: Tables) =>
  [
    hasHistory ? rowsQuestion(history) : nothing<readonly HistoryRow[]>([]),
    hasJournal ? rememberedQuestion(history) : nothing<Remembered | undefined>(undefined),
    hasJournal ? halfAppliedQuestion(history) : nothing<readonly string[]>([]),
    found.mayReadSystem ? SYSTEM : nothing<string | undefined>(undefined),
  ] as const;

export type State = readonly [readonly HistoryRow[], Remembered | undefined, readonly string[], string | undefined];

export function toOpenTarget(
  { project, chosen, settings }: Opening,
  { history, found: { target, oid, encoding }, others }: FirstLook,
  { tables, state: [rows, own, halfApplied, system] }: { readonly tables: Tables; readonly state: State },
): OpenTarget {
  const repeatables = rows.filter(isRepeatable);
  const applied = repeatables.length > 0 ? rows.filter((row) => !isRepeatable(row)) : rows;
  const remembered = latest([own, ...others.map((other) => other.remembered)]);
  const recalled = findEnvironment(project, remembered?.environment);
  if (!chosen && remembered && !recalled) throw notOurs(target.database, remembered.environment);
  const { name: environment, policy, basedOn } = environmentNamed(project, chosen ?? recalled?.name ?? 'development');
  const identity = { database: target.database, oid, ...(system && { system }) };
  const isProduction = basedOn === 'production';
  return {
    history,
    settings,
    chosen,
    environment,
    isProduction,
    policy,
    target,
    tables,
    identity,
    remembered,
    recalled,
    encoding,
    applied,
    repeatables,
    halfApplied,
    isNew: !own && applied.length === 0,
    others,
  };
}

/** The target as the tables that are there tell. @throws LockstepError for tables that are not ours */
export async function readOpenTarget(opening: Opening, look: FirstLook): Promise<OpenTarget> {
  const tables = judgeTables(look.history, look.rows);
  const state = await ask(look.history.client, ...stateQuestions(look, tables));
  return toOpenTarget(opening, look, { tables, state });
}

/** What a run that may create the database would find in it. */
export function absentTarget({ project, chosen, settings }: Opening) {
  const environment = chosen ?? 'development';
  const tables: Tables = {
    hasHistory: false,
    isStock: false,
    keepsHead: false,
    hasJournal: false,
    isComplete: false,
    isUnguarded: false,
    obstacles: [],
  };
  return {
    settings,
    chosen,
    environment,
    policy: environmentNamed(project, environment).policy,
    tables,
    remembered: undefined,
    applied: [],
    repeatables: [],
    halfApplied: [],
    encoding: 'UTF8',
  };
}

/** Which journal a head belongs to, for the file that remembers it. */
export const headPlace = ({ target: { host, port, database, schema }, identity: { system = '', oid } }: OpenTarget): JournalPlace => ({
  id: `${system}/${oid}`,
  host,
  port,
  database,
  schema,
});

/** Under the policy of another environment it would be treated as what it is not. */
const notOurs = (database: string, environment: string): LockstepError =>
  new LockstepError({
    code: 'other-environment',
    what: `Database "${database}" remembers being ${environment}, and the knexfile has no such environment`,
    next: `in knexfile.ts: environments: { '${environment}': { basedOn: 'production' } }, or whatever it is based on   (docs/configuration.md)`,
    exitCode: 3,
  });
