import { readWaiting, WAITING } from '../backfill/waiting.ts';
import type { Taken } from '../model/loss.ts';
import type { Step } from '../model/plan.ts';
import type { Script, Statement } from '../model/script.ts';
import { TRACE } from '../model/statement-trace.ts';
import { type Sent, sendToCommit } from '../pg/script-query.ts';
import { identifier } from '../pg/sql-text.ts';
import { lookAtBegin, lookBeforeCommit, readTaken, TAKEN } from './last-look.ts';
import { withLockPatience } from './lock-patience.ts';
import { LAST_LOOK, type LastLook, readLastLook } from './prepare-step.ts';
import { countRefused, historyRefusal, lossRefusal, refusedLosses } from './refused-at-commit.ts';
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

/** A script, or a stretch of one. */
export interface Text {
  readonly script: Script;
  readonly statements: readonly Statement[];
  /** Sent behind it, while the session is still as it has left it. */
  readonly keep?: string;
}

export interface Transaction {
  readonly step: Step;
  /** One, or several that share the transaction. */
  readonly texts: readonly Text[];
  /** Called when a text is about to be sent; counts from 0. */
  readonly onText?: (number: number) => void;
  /** Statements to be sent before the first of them. */
  readonly before?: readonly string[];
  /** SQL that records the work; sent before the COMMIT. */
  readonly record: string;
  /** Sent behind the script, while the session is still as it has left it. */
  readonly keep?: string;
  /** Parts before it may have changed the session. */
  readonly isLater?: boolean;
  /** It has begun already. */
  readonly isOpen?: boolean;
  /** A statement to be sent first of all. */
  readonly first?: string | undefined;
  /** Sent behind the COMMIT: what prepares the step that follows. */
  readonly behind?: string | undefined;
}

/** How a step, or a part of one, went. */
export interface Worked {
  readonly taken: readonly Taken[];
  /** What the preparation of the next step told, where it travelled along. */
  readonly ahead?: LastLook | undefined;
  /** Sessions that waited for it before its COMMIT, where it asked. */
  readonly waiting?: number;
}

/**
 * Runs statements and what records them in one transaction: begin, script, look, rows and commit travel in one message where they fit, with what prepares the next step.
 * On failure everything is rolled back; where a lock could not be had in time, all of it is tried again.
 * @throws StatementFailed telling which statement failed, LockstepError where it would have lost more than anybody said
 */
export async function runTransaction(context: RunContext, transaction: Transaction): Promise<Worked> {
  const { direction, migration } = transaction.step;
  const statements = context.limits.lockTimeoutMs === 0 ? [] : transaction.texts.flatMap((text) => text.statements);
  const needs = statements.flatMap(({ effects }) => effects?.locks ?? []);
  let worked: Worked = { taken: [] };
  await withLockPatience(context, { name: migration.name, direction, needs }, async (lockTimeoutMs) => {
    worked = await runAllowed(context, transaction, lockTimeoutMs);
  });
  return worked;
}

/** A table that was dropped or emptied may have been empty: only when all is rolled back can that be counted, and then it may go. */
async function runAllowed(context: RunContext, transaction: Transaction, lockTimeoutMs: number): Promise<Worked> {
  try {
    return await runOnce(context, transaction, lockTimeoutMs);
  } catch (error) {
    const refused = error instanceof StatementFailed ? refusedLosses(error.cause) : undefined;
    if (!refused) throw historyRefusal(context, transaction.step, (error as Error).cause) ?? error;
    const counted = await countRefused(context, refused);
    if (counted.length > 0) throw lossRefusal(context, transaction.step, counted);
    const empty = refused.map(({ oid, column }) => (column === undefined ? String(oid) : `${oid}.${column}`));
    const losses: RunContext['losses'] = (step) => ({ ...context.losses(step), keys: [...context.losses(step).keys, ...empty] });
    return runOnce({ ...context, losses }, transaction, lockTimeoutMs);
  }
}

/** All of it once. @throws StatementFailed when it is rolled back */
export async function runOnce(context: RunContext, transaction: Transaction, lockTimeoutMs: number): Promise<Worked> {
  const { step, texts, onText } = transaction;
  const pieces = texts.flatMap((text, number) => cutPieces(text, number, context.trace ? 1 : PIECE_STATEMENTS));
  let worked: Worked = { taken: [] };
  for (const piece of pieces) {
    const { script, statements, first, last } = piece;
    const opening = openingOf(context, transaction, piece).concat(first > 0 ? [] : transactionPreamble(context.limits, lockTimeoutMs));
    const [start, end] = [statements[first]?.start ?? 0, statements[last]?.end ?? 0];
    const before = opening.map((one) => `${one}; `).join('');
    const after = `${closingOf(piece)}${piece === pieces.at(-1) ? endOf(context, transaction) : ''}`;
    try {
      if (first === 0) onText?.(piece.text);
      if (last - first + 1 < statements.length) tellProgress(context, step, piece);
      const { rows } = await sendPiece(context, piece, { text: before + script.file.text.slice(start, end), after });
      worked = { taken: readTaken(rows), ahead: readLastLook(rows), waiting: readWaiting(rows) };
    } catch (error) {
      await context.client.query('ROLLBACK').catch(() => {});
      throw new StatementFailed(error, { script, statements, first, sentFrom: start, prefix: before, opened: opening.length });
    }
  }
  return worked;
}

const closingOf = ({ keep, last, statements }: Piece): string => (keep && last === statements.length - 1 ? `\n;${keep}` : '');

const endOf = (context: RunContext, { step, record, keep = '', behind = '' }: Transaction): string =>
  `\n;${keep}${lookBeforeCommit(context, step)}${record} COMMIT; ${behind}`;
interface Sending {
  readonly text: string;
  /** What is sent behind it, in the same message. */
  readonly after: string;
}

async function sendPiece({ client, trace }: RunContext, { script, statements, first }: Piece, { text, after }: Sending): Promise<Sent> {
  const statement = statements[first];
  if (!trace || !statement) return sendToCommit(client, text + after, [TAKEN, LAST_LOOK, WAITING]);
  trace.begins(script, statement);
  let seen: string | null | undefined;
  try {
    const sent = await sendToCommit(client, `${text}\n;${trace.look}${after}`, [TAKEN, LAST_LOOK, WAITING, TRACE]);
    seen = sent.rows.find((row) => TRACE in row)?.[TRACE];
    return sent;
  } finally {
    trace.ends(seen);
  }
}

/** What goes before a piece: the transaction begins, or another script of it does. */
function openingOf(context: RunContext, transaction: Transaction, { script, text, first }: Piece): readonly string[] {
  const { isLater = false, isOpen = false, before = [] } = transaction;
  if (first > 0) return [];
  if (text > 0) return context.session.between;
  const begin = isOpen ? [] : [isLater ? readWrite(script.begin) : script.begin];
  return [...begin, ...(transaction.first ? [transaction.first] : []), ...lookAtBegin(context, isLater), ...before];
}

// The part before it may have set default_transaction_read_only.
const readWrite = (begin: string): string => `${begin}${begin === 'BEGIN' ? ' ' : ', '}READ WRITE`;

function tellProgress({ emit }: RunContext, { migration: { name } }: Step, { statements, first: at }: Piece): void {
  emit({ type: 'progress', name, unit: 'statement', number: at + 1, total: statements.length, summary: statements[at]?.summary ?? '' });
}

interface Piece extends Text {
  /** Which of the texts it is of; counts from 0. */
  readonly text: number;
  readonly first: number;
  readonly last: number;
}

function cutPieces({ script, statements, keep }: Text, text: number, most: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let first = 0;
  for (const [i, statement] of statements.entries()) {
    const length = statement.end - (statements[first]?.start ?? 0);
    const isFull = length >= PIECE_LENGTH || i - first + 1 >= most;
    if (!isFull && i < statements.length - 1) continue;
    pieces.push({ script, statements, text, first, last: i, ...(keep && { keep }) });
    first = i + 1;
  }
  return pieces;
}
