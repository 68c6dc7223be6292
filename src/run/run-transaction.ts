import type { Direction } from '../model/migration.ts';
import type { Script, Statement } from '../model/script.ts';
import { sendScript } from '../pg/script-query.ts';
import { identifier } from '../pg/sql-text.ts';
import { readLockNeeds } from '../sql/effects/lock-needs.ts';
import { withLockPatience } from './lock-patience.ts';
import type { RunContext } from './run-context.ts';
import { StatementFailed } from './statement-failed.ts';

type Limits = RunContext['limits'];

/** The statements that give a transaction its role and its limits. */
export function transactionPreamble({ role, statementTimeoutMs }: Limits, lockTimeoutMs: number): readonly string[] {
  return [
    ...(role === undefined ? [] : [`SET LOCAL ROLE ${identifier(role)}`]),
    ...(lockTimeoutMs === 0 ? [] : [`SET LOCAL lock_timeout = '${lockTimeoutMs}ms'`]),
    ...(statementTimeoutMs === 0 ? [] : [`SET LOCAL statement_timeout = '${statementTimeoutMs}ms'`]),
  ];
}

// A text of many statements travels in pieces, so that progress can be told and neither side holds it twice.
const PIECE_LENGTH = 1024 * 1024;
const PIECE_STATEMENTS = 500;

export interface Transaction {
  readonly script: Script;
  readonly name: string;
  readonly direction: Direction;
  readonly statements: readonly Statement[];
  /** SQL that records the work; sent before the COMMIT. */
  readonly record: string;
}

/**
 * Runs statements and what records them in one transaction: begin, script, rows and commit travel in one message where they fit.
 * On failure everything is rolled back; where a lock could not be had in time, all of it is tried again.
 * @throws StatementFailed telling which statement failed
 */
export async function runTransaction(context: RunContext, transaction: Transaction): Promise<void> {
  const { script, statements, name, direction } = transaction;
  const needs = context.limits.lockTimeoutMs === 0 ? [] : await readLockNeeds(script, statements);
  await withLockPatience(context, { name, direction, needs }, (lockTimeoutMs) => runOnce(context, transaction, lockTimeoutMs));
}

async function runOnce(context: RunContext, transaction: Transaction, lockTimeoutMs: number): Promise<void> {
  const { script, statements, record } = transaction;
  const begin = [script.begin, ...transactionPreamble(context.limits, lockTimeoutMs)];
  const pieces = cutPieces(statements);
  let isOpen = false;
  for (const [i, { first, last }] of pieces.entries()) {
    const [start, end] = [statements[first]?.start ?? 0, statements[last]?.end ?? 0];
    const before = i === 0 ? `${begin.join('; ')};` : '';
    const after = i === pieces.length - 1 ? `\n;${record} COMMIT;` : '';
    try {
      if (pieces.length > 1) tellProgress(context, transaction, first);
      await sendScript(context.client, before + script.file.text.slice(start, end) + after);
      isOpen = true;
    } catch (error) {
      await context.client.query('ROLLBACK').catch(() => {});
      throw new StatementFailed(error, {
        script,
        statements,
        first,
        sentFrom: start,
        prefix: before,
        opened: i === 0 ? begin.length : 0,
        isOpen,
      });
    }
  }
}

function tellProgress({ emit }: RunContext, { name, statements }: Transaction, at: number): void {
  emit({ type: 'progress', name, unit: 'statement', number: at + 1, total: statements.length, summary: statements[at]?.summary ?? '' });
}

interface Piece {
  readonly first: number;
  readonly last: number;
}

function cutPieces(statements: readonly Statement[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let first = 0;
  for (const [i, statement] of statements.entries()) {
    const length = statement.end - (statements[first]?.start ?? 0);
    const isFull = length >= PIECE_LENGTH || i - first + 1 >= PIECE_STATEMENTS;
    if (!isFull && i < statements.length - 1) continue;
    pieces.push({ first, last: i });
    first = i + 1;
  }
  return pieces;
}
