import { Transform } from 'node:stream';

/** How many are there already, of about how many. */
export type OnRows = (rows: number, totalRows: number) => void;

const NEWLINE = 10;

/** Rows as they pass by. */
export class Counter {
  rows = 0;
  private readonly total: number;
  private readonly tell: OnRows;

  /** @param total about */
  constructor(total: number, tell: OnRows) {
    this.total = Math.round(total);
    this.tell = tell;
  }

  /** @param own what is taken back where the part fails */
  stream(own: { rows: number }): Transform {
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        let seen = 0;
        for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) seen += 1;
        own.rows += seen;
        this.rows += seen;
        this.tell(this.rows, Math.max(this.total, this.rows));
        done(null, chunk);
      },
    });
  }
}
