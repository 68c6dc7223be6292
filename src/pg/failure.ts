import { isLockstepError, LockstepError } from '../model/lockstep-error.ts';
import type { Failure } from '../model/outcome.ts';
import { errorCode } from './connection-failure.ts';
import { databaseError } from './script-query.ts';
import { identifier } from './sql-text.ts';

/** What a failure needs besides the server's own words. */
export interface FailureContext {
  /** The file to correct: `db/migrations/002_add_x.sql`. */
  readonly file: string;
  /** No file has the text that ran. */
  readonly isPast?: boolean;
  /** The command that runs the plan again: `npm run migrate:dev`. */
  readonly retryCommand: string;
  /** The role that the session runs as. */
  readonly user: string;
}

type Advice = (context: FailureContext, message: string) => string;

const markPart: Advice = ({ file, retryCommand }) =>
  `put this line above the statement in ${file}, and -- part: transaction below it:\n-- part: no-transaction\nthen run ${retryCommand}`;

const MISSING_EXTENSION = /extension "(.+?)" is not available|could not open extension control file ".*\/(.+?)\.control"/;

/** The file is right: the server's machine lacks the files of the extension (manual: sql-createextension). */
const installExtension = ([, named, filed]: readonly string[], { retryCommand }: FailureContext): string =>
  `install the extension "${named ?? filed}" on the server's machine (SELECT name FROM pg_available_extensions; lists what is there), then run ${retryCommand} again`;

/** ALTER TABLE waits for no deferred constraint (manual: sql-set-constraints). */
const checkConstraintsFirst = ({ file, retryCommand }: FailureContext): string =>
  `put SET CONSTRAINTS ALL IMMEDIATE; above the statement in ${file}, or the statement into a migration of its own; then run ${retryCommand} again`;

const ADVICE: Readonly<Record<string, Advice>> = {
  '25001': markPart,
  '2D000': markPart,
  '55P04': markPart,
  '40P01': ({ retryCommand }) => `two sessions waited for each other; run ${retryCommand} again`,
  '55P03': ({ retryCommand }) =>
    `end what holds the lock (npm run migrate:status names it while a run waits), then run ${retryCommand} again`,
  '57014': ({ file, retryCommand }, message) =>
    /statement timeout/.test(message)
      ? `raise it at the top of ${file}: SET LOCAL statement_timeout = '30min';   then run ${retryCommand} again`
      : `run ${retryCommand} again when it may run on`,
  '57P01': ({ retryCommand }) => `the server ended the session; run ${retryCommand} again`,
  '25P03': ({ retryCommand }) => `the session was idle in its transaction for too long; run ${retryCommand} again`,
  '53100': ({ retryCommand }) => `free disk space on the server, then run ${retryCommand} again`,
  '53300': ({ retryCommand }) => `free a connection or raise max_connections, then run ${retryCommand} again`,
  '42501': ({ user, retryCommand }, message) => `${grantFor(message, user)}\nthen run ${retryCommand} again`,
  '42P16': ({ file, retryCommand }, message) =>
    /view/.test(message)
      ? `CREATE OR REPLACE VIEW only adds columns at the end: write DROP VIEW IF EXISTS before it in ${file}, then run ${retryCommand} again`
      : `correct ${file}, then run ${retryCommand} again`,
  '25006': ({ retryCommand }) =>
    `the session is read-only: use the primary, or lift default_transaction_read_only for the role, then run ${retryCommand} again`,
};

// PostgreSQL's words for what a privilege is on, where GRANT and ALTER … OWNER have words for it too (aclchk.c).
const KINDS = 'table|view|materialized view|foreign table|sequence|schema|database|function|procedure|type|domain|language|tablespace';
const DENIED = new RegExp(`^permission denied for (${KINDS}) "?(.+?)"?$`);
const OWNED = new RegExp(`^must be owner of (${KINDS}|relation) "?(.+?)"?$`);
const PRIVILEGES: Readonly<Record<string, string>> = {
  schema: 'USAGE, CREATE ON SCHEMA',
  database: 'CREATE ON DATABASE',
  sequence: 'ALL ON SEQUENCE',
  function: 'EXECUTE ON FUNCTION',
  procedure: 'EXECUTE ON PROCEDURE',
  type: 'USAGE ON TYPE',
  domain: 'USAGE ON DOMAIN',
  language: 'USAGE ON LANGUAGE',
  tablespace: 'CREATE ON TABLESPACE',
};

/** What the owner has to type for a "permission denied for …" or "must be owner of …" (manual: sql-grant). */
function grantFor(message: string, user: string): string {
  const role = identifier(user);
  const [, kind, name] = DENIED.exec(message) ?? [];
  if (kind && name) return `as the owner: GRANT ${PRIVILEGES[kind] ?? 'ALL ON TABLE'} ${identifier(name)} TO ${role};`;
  const [, owned, object] = OWNED.exec(message) ?? [];
  if (/row-level security policy/.test(message)) return `as a superuser: ALTER ROLE ${role} BYPASSRLS;`;
  if (!owned || !object) return `as a superuser: give ${role} what the message names, or run the statement`;
  return `as the owner: ALTER ${owned === 'relation' ? 'TABLE' : owned.toUpperCase()} ${identifier(object)} OWNER TO ${role};   (or GRANT the owning role TO ${role};)`;
}

/** The server's words about a failed statement, without the row contents that some of them quote. */
export interface ServerWords {
  readonly sqlstate?: string;
  readonly message: string;
  /** SQLSTATE, DETAIL, HINT and the line in a function's body. */
  readonly detail: string;
  /** 1-based position in the sent text, in characters. */
  readonly position?: number;
}

export function serverWords(error: unknown): ServerWords {
  const found = databaseError(error);
  if (!found) {
    const message = error instanceof Error ? error.message : String(error);
    return { message: connectionLost(error, message) ? 'the connection to the server was lost' : message, detail: errorCode(error) ?? '' };
  }
  const detail = found.detail && !/^Failing row contains/.test(found.detail) ? found.detail : undefined;
  return {
    message: found.message,
    detail: [found.code, detail, found.hint && `hint: ${found.hint}`, placeInBody(found.where)].filter(Boolean).join('   '),
    ...(found.code && { sqlstate: found.code }),
    ...(found.position && { position: Number(found.position) }),
  };
}

/** The line of the innermost PL/pgSQL body. The rest of the context quotes statements, which may hold values. */
function placeInBody(context: string | undefined): string | undefined {
  const [, name, line] = /^PL\/pgSQL function (.*?) line (\d+)/m.exec(context ?? '') ?? [];
  return line && `line ${line} of ${name === 'inline_code_block' ? 'the DO block' : name}`;
}

const connectionLost = (error: unknown, message: string): boolean =>
  ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(errorCode(error) ?? '') || /Connection terminated|not queryable/.test(message);

/** Whether the session is gone, so that nothing more can be said to the server. */
export function isConnectionLost(error: unknown): boolean {
  const found = databaseError(error);
  if (found) return found.severity === 'FATAL' || found.severity === 'PANIC';
  const origin = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return connectionLost(origin, origin instanceof Error ? origin.message : '');
}

/** SQLSTATE → what to do next, in one place. */
export function nextAfter(words: ServerWords, context: FailureContext): string {
  const missing = MISSING_EXTENSION.exec(words.message);
  if (missing) return installExtension(missing, context);
  if (/pending trigger events/.test(words.message)) return checkConstraintsFirst(context);
  const advice = ADVICE[words.sqlstate ?? ''];
  if (advice) return advice(context, words.message);
  return context.isPast
    ? `on the branch that has it: correct its rollback there and run npm run migrate:rollback; then here ${context.retryCommand} again`
    : `correct ${context.file}, then run ${context.retryCommand} again`;
}

/** A refusal for a server's error outside of any step: lost connections, and what nobody has foreseen. What is one already stays as it is. */
export function databaseRefusal(error: unknown): LockstepError | undefined {
  if (isLockstepError(error)) return error;
  const isLost = isConnectionLost(error);
  if (!isLost && !databaseError(error)) return undefined;
  const words = serverWords(error);
  return new LockstepError({
    code: isLost ? 'connection-lost' : 'database-error',
    what: isLost ? 'The connection to the server was lost; what was not committed was rolled back' : `PostgreSQL refused: ${words.message}`,
    next: isLost ? 'check that the server is up, then run the same command again' : 'npm run migrate:status   tells what is applied',
    exitCode: 1,
    cause: error,
    ...(words.detail && { detail: words.detail }),
  });
}

/** A failure of something that is no statement of a file. */
export function plainFailure(error: unknown, code: string, context: FailureContext): Failure {
  const words = serverWords(error);
  return {
    code,
    what: words.message,
    next: isConnectionLost(error) ? `check that the server is up, then run ${context.retryCommand} again` : nextAfter(words, context),
    ...(words.detail && { detail: words.detail }),
    ...(words.sqlstate && { sqlstate: words.sqlstate }),
  };
}
