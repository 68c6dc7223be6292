/** One statement of a copy: what it makes, and how to see whether that is there already. */
export interface Item {
  readonly kind:
    | 'schema'
    | 'extension'
    | 'collation'
    | 'type'
    | 'function'
    | 'domain check'
    | 'sequence'
    | 'table'
    | 'attach'
    | 'rows'
    | 'sequence value'
    | 'constraint'
    | 'index'
    | 'trigger'
    | 'row security'
    | 'policy'
    | 'setting'
    | 'comment'
    | 'grant';
  readonly name: string;
  /** `schema.name`, quoted, of the tables or the type that it belongs to; empty for what tables stand on. */
  readonly tables: readonly string[];
  readonly sql: string;
  /** An SQL condition; absent where the statement may simply run again. */
  readonly exists?: string;
}

const MARK = '-- lockstep ';

/** A comment for psql, and the frame by which we find the statement again whatever is in it. */
export function writeItem({ sql, ...head }: Item): string {
  return `${MARK}${JSON.stringify({ ...head, lines: sql.split('\n').length })}\n${sql}\n`;
}

export type Head = Omit<Item, 'sql'> & { readonly lines: number };

export function readHead(line: string): Head | undefined {
  return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as Head) : undefined;
}
