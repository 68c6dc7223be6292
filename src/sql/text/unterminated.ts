export type Opened = 'quote' | 'quoted name' | 'dollar quote' | 'comment';

/** Thrown at a quote or comment that never ends; `offset` is where it opens. */
export class Unterminated extends Error {
  readonly opened: Opened;
  readonly offset: number;
  constructor(opened: Opened, offset: number) {
    super(`unterminated ${opened}`);
    this.opened = opened;
    this.offset = offset;
  }
}
