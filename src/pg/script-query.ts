import type { Client, Connection, DatabaseError } from 'pg';

/** A statement of a sent text failed. `completed` statements before it had succeeded. */
export class ScriptQueryError extends Error {
  override readonly name = 'ScriptQueryError';
  readonly completed: number;

  constructor(cause: Error, completed: number) {
    super(cause.message, { cause });
    this.completed = completed;
  }
}

/**
 * Sends one text of many statements in one message (simple query protocol) and counts what completes.
 * Rows are dropped as they arrive. The server answers CommandComplete for each statement, so the one that failed
 * is number `completed + 1` (manual: protocol-flow, Multiple Statements in a Simple Query).
 */
class ScriptQuery {
  private completed = 0;
  private failure: Error | undefined;
  private readonly text: string;
  private readonly settle: (error: ScriptQueryError | undefined, completed: number) => void;

  constructor(text: string, settle: (error: ScriptQueryError | undefined, completed: number) => void) {
    this.text = text;
    this.settle = settle;
  }

  submit(connection: Connection): void {
    (connection as unknown as { query(text: string): void }).query(this.text);
  }

  handleCommandComplete(): void {
    this.completed += 1;
  }

  handleError(error: Error): void {
    this.failure = error;
    // After an error the driver hands the ReadyForQuery to nobody: this is the end.
    this.settle(new ScriptQueryError(error, this.completed), this.completed);
  }

  handleReadyForQuery(): void {
    if (!this.failure) this.settle(undefined, this.completed);
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}

  handleCopyInResponse(connection: Connection): void {
    (connection as unknown as { sendCopyFail(message: string): void }).sendCopyFail('COPY FROM stdin has no data here');
  }
}

/**
 * Sends a script's text byte for byte.
 * @returns the number of statements that completed.
 * @throws ScriptQueryError with the driver's error as its cause.
 */
export function sendScript(client: Client, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    client.query(new ScriptQuery(text, (error, completed) => (error ? reject(error) : resolve(completed))));
  });
}

/** The server's own error behind a failure; undefined when the connection broke. */
export function databaseError(error: unknown): DatabaseError | undefined {
  const origin = error instanceof ScriptQueryError ? error.cause : error;
  return origin instanceof Error && 'severity' in origin && 'code' in origin ? (origin as DatabaseError) : undefined;
}
