import type { CopyStmt, Node, VariableSetStmt } from 'libpg-query';
import { wordOf } from '../effects/names.ts';
import type { Trait } from './traits.ts';

type Refused = Extract<Trait, { kind: 'refused' }>;

/** Valid SQL that would break the run around it. */
export function findRefused(node: Node): Refused | undefined {
  if ('CopyStmt' in node) return isCopyFromStdin(node.CopyStmt) ? COPY_FROM_STDIN : undefined;
  if ('VariableSetStmt' in node) return turnsOffStandardStrings(node.VariableSetStmt) ? STANDARD_STRINGS : undefined;
  if ('DiscardStmt' in node) return node.DiscardStmt.target === 'DISCARD_ALL' ? DISCARD_ALL : undefined;
  if ('SelectStmt' in node) return node.SelectStmt.targetList?.some(unlocksAll) ? UNLOCK_ALL : undefined;
  return undefined;
}

function isCopyFromStdin({ is_from, filename, is_program }: CopyStmt): boolean {
  return is_from === true && !filename && !is_program;
}

function turnsOffStandardStrings({ name, args }: VariableSetStmt): boolean {
  return name === 'standard_conforming_strings' && /^(?:of?f?|f.*|n.*|0)$/i.test(wordOf(args?.[0]));
}

function unlocksAll(target: Node): boolean {
  const call = 'ResTarget' in target ? target.ResTarget.val : undefined;
  return call !== undefined && 'FuncCall' in call && wordOf(call.FuncCall.funcname?.at(-1)) === 'pg_advisory_unlock_all';
}

const COPY_FROM_STDIN: Refused = {
  kind: 'refused',
  code: 'copy-from-stdin',
  what: 'COPY … FROM stdin needs psql, which sends the lines that follow it',
  next: 'write the rows as INSERT, use COPY … FROM a file on the server, or load them in a code migration',
};

const STANDARD_STRINGS: Refused = {
  kind: 'refused',
  code: 'standard-conforming-strings',
  what: 'SET standard_conforming_strings = off changes nothing here: PostgreSQL reads the whole text before it runs the first statement',
  next: "delete this statement and write strings with backslash escapes as E'…'",
};

const DISCARD_ALL: Refused = {
  kind: 'refused',
  code: 'releases-run-lock',
  what: 'DISCARD ALL would release the lock that keeps other runs out',
  next: 'use RESET ALL, DISCARD TEMP, DISCARD SEQUENCES or DEALLOCATE ALL',
};

const UNLOCK_ALL: Refused = {
  kind: 'refused',
  code: 'releases-run-lock',
  what: 'pg_advisory_unlock_all() would release the lock that keeps other runs out',
  next: 'release your own lock with pg_advisory_unlock(key)',
};
