import type { CopyStmt, Node } from 'libpg-query';
import { wordOf } from '../effects/names.ts';
import type { SqlRefusal } from './refusals.ts';

/** Valid SQL that would break the run around it. */
export function findRefused(node: Node): SqlRefusal | undefined {
  if ('CopyStmt' in node) return isCopyFromStdin(node.CopyStmt) ? COPY_FROM_STDIN : undefined;
  if ('VariableSetStmt' in node) return refusedSetting(node.VariableSetStmt.name, node.VariableSetStmt.args?.[0]);
  if ('DiscardStmt' in node) return node.DiscardStmt.target === 'DISCARD_ALL' ? DISCARD_ALL : undefined;
  if ('SelectStmt' in node) return node.SelectStmt.targetList?.map(refusedCall).find(Boolean);
  return undefined;
}

const isCopyFromStdin = ({ is_from, filename, is_program }: CopyStmt): boolean => is_from === true && !filename && !is_program;

/** How the text of the whole file is read cannot change in its middle. SET NAMES is SET client_encoding to the parser. */
function refusedSetting(name: string | undefined, value: Node | undefined): SqlRefusal | undefined {
  const word = wordOf(value);
  if (name === 'standard_conforming_strings') return /^(?:of?f?|f.*|n.*|0)$/i.test(word) ? STANDARD_STRINGS : undefined;
  if (name === 'client_encoding') return word === '' || /^(?:utf[-_]?8|unicode)$/i.test(word) ? undefined : CLIENT_ENCODING;
  return undefined;
}

/** SELECT pg_advisory_unlock_all(), SELECT set_config('client_encoding', …). */
function refusedCall(target: Node): SqlRefusal | undefined {
  const call = 'ResTarget' in target ? target.ResTarget.val : undefined;
  if (call === undefined || !('FuncCall' in call)) return undefined;
  const [name, args = []] = [wordOf(call.FuncCall.funcname?.at(-1)), call.FuncCall.args];
  if (name === 'set_config') return refusedSetting(wordOf(args[0]), args[1]);
  return name === 'pg_advisory_unlock_all' ? UNLOCK_ALL : undefined;
}

const COPY_FROM_STDIN: SqlRefusal = {
  code: 'copy-from-stdin',
  what: 'COPY … FROM stdin needs psql, which sends the lines that follow it',
  next: 'write the rows as INSERT (of a dump: pg_dump --inserts), use COPY … FROM a file on the server, or load them in a code migration',
};

const CLIENT_ENCODING: SqlRefusal = {
  code: 'client-encoding',
  what: 'A migration is sent as UTF-8, and another client_encoding in its middle would change what its text means',
  next: 'delete this statement, and save the file as UTF-8',
};

const STANDARD_STRINGS: SqlRefusal = {
  code: 'standard-conforming-strings',
  what: 'SET standard_conforming_strings = off changes nothing here: PostgreSQL reads the whole text before it runs the first statement',
  next: "delete this statement and write strings with backslash escapes as E'…'",
};

const DISCARD_ALL: SqlRefusal = {
  code: 'releases-run-lock',
  what: 'DISCARD ALL would release the lock that keeps other runs out',
  next: 'use RESET ALL, DISCARD TEMP, DISCARD SEQUENCES or DEALLOCATE ALL',
};

const UNLOCK_ALL: SqlRefusal = {
  code: 'releases-run-lock',
  what: 'pg_advisory_unlock_all() would release the lock that keeps other runs out',
  next: 'release your own lock with pg_advisory_unlock(key)',
};
