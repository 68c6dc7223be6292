/** What a long statement is doing, as the server reports it (manual: progress-reporting). */
export interface Phase {
  /** In PostgreSQL's own words: `building index: scanning table`. */
  readonly phase: string;
  readonly table?: string;
  /** Of this phase, where the server knows how much there is. */
  readonly percent?: number;
  /** The sessions that it waits for one after another, and the one it waits for now. */
  readonly sessions?: { readonly gone: number; readonly total: number; readonly pid?: number };
}
