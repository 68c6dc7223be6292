import type { Client, Connection, DatabaseError } from 'pg';

/** What became of a sent text. */
export interface Sent {
  readonly completed: number;
  /** Whether a COMMIT was among them: what went before it stays. */
  readonly isCommitted: boolean;
  /** Rows of the answers that have a column of a name that was asked for. */
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

export class ScriptQueryError extends Error {
  override readonly name = 'ScriptQueryError';
  readonly sent: Sent;

  constructor(cause: Error, sent: Sent) {
    super(cause.message, { cause });
    this.sent = sent;
  }
}

type Settle = (error: ScriptQueryError | undefined, sent: Sent) => void;

/**
 * Sends one text of many statements in one message (simple query protocol) and counts what completes. Rows are dropped as they arrive,
 * unless their column is wanted. The server answers CommandComplete for each statement, so the one that failed
 * is number `completed + 1` (manual: protocol-flow, Multiple Statements in a Simple Query).
 */
class ScriptQuery {
  private completed = 0;
  private isCommitted = false;
  private readonly rows: Record<string, string | null>[] = [];
  private columns: readonly string[] | undefined;
  private failure: Error | undefined;
  private readonly text: string;
  private readonly wanted: readonly string[];
  private readonly settle: Settle;

  constructor(text: string, wanted: readonly string[], settle: Settle) {
    this.text = text;
    this.wanted = wanted;
    this.settle = settle;
  }

  private get sent(): Sent {
    return { completed: this.completed, isCommitted: this.isCommitted, rows: this.rows };
  }

  submit(connection: Connection): void {
    (connection as unknown as { query(text: string): void }).query(this.text);
  }

  handleCommandComplete({ text }: { readonly text?: string }): void {
    this.completed += 1;
    this.columns = undefined;
    this.isCommitted ||= text === 'COMMIT';
  }

  handleError(error: Error): void {
    this.failure = error;
    // After an error the driver hands the ReadyForQuery to nobody: this is the end.
    this.settle(new ScriptQueryError(error, this.sent), this.sent);
  }

  handleReadyForQuery(): void {
    if (!this.failure) this.settle(undefined, this.sent);
  }

  handleRowDescription({ fields }: { readonly fields: readonly { readonly name: string }[] }): void {
    this.columns = fields.some(({ name }) => this.wanted.includes(name)) ? fields.map(({ name }) => name) : undefined;
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    if (this.columns) this.rows.push(Object.fromEntries(this.columns.map((name, i) => [name, fields[i] ?? null])));
  }

  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}

  handleCopyInResponse(connection: Connection): void {
    (connection as unknown as { sendCopyFail(message: string): void }).sendCopyFail('COPY FROM stdin has no data here');
  }
}

/**
 * Sends a script's text byte for byte.
 * @param wanted columns whose rows are kept
 * @throws ScriptQueryError with the driver's error as its cause.
 */
export function sendScript(client: Client, text: string, wanted: readonly string[] = []): Promise<Sent> {
  return new Promise((resolve, reject) => {
    client.query(new ScriptQuery(text, wanted, (error, sent) => (error ? reject(error) : resolve(sent))));
  });
}

/** Sends what ends in a COMMIT and what may as well be asked later: that it failed behind the COMMIT is no failure. */
export async function sendToCommit(client: Client, text: string, wanted: readonly string[]): Promise<Sent> {
  return sendScript(client, text, wanted).catch((error: unknown) => {
    if (error instanceof ScriptQueryError && error.sent.isCommitted) return error.sent;
    throw error;
  });
}

/** The server's own error behind a failure; undefined when the connection broke. */
export function databaseError(error: unknown): DatabaseError | undefined {
  const origin = error instanceof ScriptQueryError ? error.cause : error;
  return origin instanceof Error && 'severity' in origin && 'code' in origin ? (origin as DatabaseError) : undefined;
}
