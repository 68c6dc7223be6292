import { formatPlace, type Where } from '../model/lockstep-error.ts';
import type { Failure } from '../model/outcome.ts';
import type { Script, Statement } from '../model/script.ts';
import { describeBlocker, endingOf } from '../model/table-lock.ts';
import type { Blocker } from '../model/target.ts';
import { type FailureContext, isConnectionLost, nextAfter, type ServerWords, serverWords } from '../pg/failure.ts';
import { ScriptQueryError } from '../pg/script-query.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { offsetOfPosition } from '../sql/text/positions.ts';

export interface SentText {
  readonly script: Script;
  readonly statements: readonly Statement[];
  /** Index of the first statement of the text that was sent. */
  readonly first: number;
  /** Where in the file the sent text begins. */
  readonly sentFrom: number;
  /** What was sent in front of it: `BEGIN;` or nothing. */
  readonly prefix: string;
  /** How many statements that is. */
  readonly opened: number;
}

interface Explained {
  readonly words: ServerWords;
  readonly context: FailureContext;
  readonly where: Where | undefined;
}

/** How long a lock was waited for in vain, and who had it. */
export interface LockWait {
  readonly attempts: number;
  readonly waitedMs: number;
  readonly behind: readonly Blocker[];
}

/** A statement of a script failed; knows which one. */
export class StatementFailed extends Error {
  override readonly name = 'StatementFailed';
  private readonly sent: SentText;
  private wait: LockWait | undefined;

  constructor(cause: unknown, sent: SentText) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.sent = sent;
  }

  /** Path of the script. */
  get file(): string {
    return this.sent.script.file.path;
  }

  /** It was tried again and again. */
  after(wait: LockWait): this {
    this.wait = wait;
    return this;
  }

  /** @param kept what of the script stays, as the end of a sentence: `nothing of it was kept` */
  explain(context: FailureContext, kept: string): Failure {
    const words = serverWords(this.cause);
    const isLost = isConnectionLost(this.cause);
    const place = isLost ? undefined : this.place(words);
    const number = place?.number ?? 0;
    const at = number > 0 && this.sent.statements.length > 1 ? ` at statement ${number} of ${this.sent.statements.length}` : '';
    if (place?.number === 0 && ['42P01', '3F000'].includes(words.sqlstate ?? '') && /schema_migrations/.test(words.message))
      return this.historyDropped(words, context);
    if (this.wait) return this.lockWait(this.wait, { words, context, where: place?.where });
    return {
      code: isLost ? 'connection-lost' : 'statement-failed',
      what: `${this.subject(place)}${at}: ${words.message}; ${isLost ? 'what was not committed was rolled back' : kept}`,
      next: isLost ? `check that the server is up, then run ${context.retryCommand} again` : nextAfter(words, context),
      ...(place?.where && { where: place.where }),
      ...(words.detail && { detail: words.detail }),
      ...(words.sqlstate && { sqlstate: words.sqlstate }),
    };
  }

  private lockWait({ attempts, waitedMs, behind }: LockWait, { words, context, where }: Explained): Failure {
    const who = behind.length > 0 ? `; in the way: ${behind.map(describeBlocker).join(', ')}` : '';
    const tries = attempts === 1 ? 'once' : `${attempts} times`;
    const end = endingOf(behind);
    return {
      code: 'lock-not-available',
      what: `${formatPlace(where ?? { file: context.file })} did not get its lock, tried ${tries} in ${Math.round(waitedMs / 1000)} s${who}; nothing of it was kept`,
      next: `${context.retryCommand}   when nobody is in the way${end ? `\nor, where it may be ended: ${end}` : ''}`,
      detail: words.detail,
      ...(where && { where }),
      ...(words.sqlstate && { sqlstate: words.sqlstate }),
    };
  }

  private historyDropped({ detail, sqlstate }: ServerWords, { retryCommand }: FailureContext): Failure {
    const { path } = this.sent.script.file;
    return {
      code: 'history-dropped',
      what: `${path} drops the schema or tables that hold the history, so it cannot be recorded; nothing of it was kept`,
      where: { file: path },
      next: `drop the objects one by one, or keep history in a schema of its own: DB_SCHEMA; then run ${retryCommand} again`,
      ...(detail && { detail }),
      ...(sqlstate && { sqlstate }),
    };
  }

  private subject(place: { readonly number: number } | undefined): string {
    const { path } = this.sent.script.file;
    return place && place.number === 0 ? `${path} ran, and failed at its COMMIT` : `${formatPlace({ file: path })} failed`;
  }

  /** The number of the statement that failed, counting from 1, and its place; number 0 behind the last one. */
  private place(words: ServerWords): { readonly number: number; readonly where?: Where } {
    const { script, statements, first, sentFrom, prefix, opened } = this.sent;
    if (words.position !== undefined && words.position > prefix.length) {
      const offset = offsetOfPosition(script.file.text, sentFrom, words.position - prefix.length);
      const number = statements.findIndex((statement) => statement.start <= offset && offset <= statement.end) + 1;
      if (number > 0) return { number, where: placeOf(script.file, offset) };
    }
    const completed = this.cause instanceof ScriptQueryError ? this.cause.sent.completed : 0;
    const index = first + completed - opened;
    const statement = statements[Math.max(index, 0)];
    return statement ? { number: Math.max(index, 0) + 1, where: placeOf(script.file, statement.start) } : { number: 0 };
  }
}
