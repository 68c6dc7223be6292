import type { Part } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { namesIn, unquoted } from '../recipe/names.ts';
import type { Dependents } from './dependents.ts';
import { labelOf, type Period } from './periods.ts';

/** What is called how while the partitioned table has the names of the table; all as SQL takes them, in its schema. */
export interface Names {
  readonly first: string;
  readonly rest: string;
  /** The partitioned table, on its way out. */
  readonly away: string;
  readonly check: string;
  /** By the key of an index or a constraint, what it is called in the first partition. */
  readonly inFirst: ReadonlyMap<string, string>;
  /** The primary key as it was, while it is built again. */
  readonly again: string;
  /** For the sequence of an identity, which is made anew. */
  readonly sequence: string;
}

interface About {
  readonly look: Look;
  readonly table: Table;
  readonly column: string;
}

export function namesFor(
  { look, table, column }: About,
  { keys, widened, indexes }: Dependents,
  { from, every }: { readonly from: Date; readonly every: Period },
): Names {
  const own = unquoted(table.name);
  const free = (label: string, second?: string): string => look.free(table.schema, second === undefined ? [own] : [own, second], label);
  const label = `until_${labelOf(from, every)}`;
  const first = free(label);
  const inFirst = (part: Part): readonly [string, string] => {
    const kind = part.body.startsWith('PRIMARY KEY') ? 'pkey' : part.body.startsWith('UNIQUE') ? 'key' : 'idx';
    const columns = part.columns.map((one) => (namesIn(one)?.length === 1 ? unquoted(one) : 'expr')).join('_');
    return [part.key, look.free(table.schema, kind === 'pkey' ? [unquoted(first)] : [unquoted(first), columns], kind)];
  };
  return {
    first,
    rest: free('rest'),
    away: free('partitioned'),
    check: free(label, unquoted(column)),
    inFirst: new Map([...keys, ...(widened ? [widened] : []), ...indexes].map(inFirst)),
    again: free('pkey_again'),
    sequence: free('next'),
  };
}
