// What has to move with a column, each as the server writes it.
import type { Column } from '../../draft/read-state.ts';
import type { Statement } from '../../snapshot/statements/read-statements.ts';
import { INTEGERS } from '../recipe/integers.ts';
import { type Part, partOf } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { outside } from '../recipe/refuse.ts';
import { closing, mentions, opening, statementsIn } from '../recipe/rename-in.ts';

/** A foreign key from or to the column. */
export interface ForeignKey extends Part {
  /** Whose it is, and to what it refers; with their schemas. */
  readonly from: string;
  readonly to: string;
  readonly isValid: boolean;
}

export interface Dependents {
  /** Comments on what is made anew. */
  readonly comments: readonly string[];
  readonly keys: readonly Part[];
  readonly indexes: readonly Part[];
  readonly checks: readonly (Part & { readonly isValid: boolean })[];
  readonly foreignKeys: readonly ForeignKey[];
  /** Triggers, policies and statistics, which are made again under the column's own name. */
  readonly remade: readonly { readonly drop: string; readonly sql: string }[];
}

const BY_HAND = 'take it away before and bring it back after, in migrations of your own';

/** @throws LockstepError for what cannot move with the column */
export function dependentsOf(look: Look, table: Table, { column, type }: { readonly column: Column; readonly type: string }): Dependents {
  const needs = look.needs(column);
  const found = { comments: [], keys: [], indexes: [], checks: [], foreignKeys: [], remade: [] } as {
    -readonly [K in keyof Dependents]: Dependents[K][number][];
  };
  for (const one of needs) {
    put(found, { look, table, one });
    const comment = look.sqlOf(one.key, 'comment');
    if (comment !== '') found.comments.push(comment);
  }
  const [key] = found.foreignKeys;
  if (key && !INTEGERS.includes(type))
    throw outside(`the foreign key ${key.name} of ${key.from} compares ${column.name} with columns of ${column.type}`, BY_HAND);
  const generated = look
    .columns(table)
    .find((other) => other.place !== column.place && other.value.startsWith(' GENERATED') && mentions(other.value, column.name));
  if (generated) throw outside(`${table.full}.${generated.name} is generated from ${column.name}`, BY_HAND);
  if (look.property(table, 'identity')?.startsWith('USING INDEX'))
    throw outside(`${table.full} has a replica identity of its own`, BY_HAND);
  return found;
}

interface Seen {
  readonly look: Look;
  readonly table: Table;
  readonly one: Statement;
}

function put(found: { -readonly [K in keyof Dependents]: Dependents[K][number][] }, { look, table, one }: Seen): void {
  const part = partOf(look, one);
  const isValid = !/ NOT VALID$/.test(part?.body ?? '');
  if (one.rank === 'owned by' || one.rank === 'sequence') return;
  if (one.rank === 'foreign key' && part) found.foreignKeys.push({ ...part, ...endsOf(one, part), isValid });
  else if (one.rank === 'check' && part) found.checks.push({ ...part, isValid });
  else if (one.rank === 'key' && part && isPlainKey(part)) found.keys.push(part);
  else if (one.rank === 'index' && part && part.rest.length === 0) found.indexes.push(part);
  else if (REMADE[one.rank]) found.remade.push({ drop: dropOf(look, table, one), sql: one.sql ?? '' });
  else throw outside(`${WORDS[one.rank] ?? one.rank} ${one.name} reads ${table.full}, and the column moves`, BY_HAND);
}

const WORDS: Readonly<Record<string, string>> = {
  view: 'the view',
  rule: 'the rule',
  function: 'the function',
  published: 'the publication',
  key: 'the constraint',
  index: 'the index',
};
const REMADE: Readonly<Record<string, string>> = { trigger: 'TRIGGER', policy: 'POLICY', statistics: 'STATISTICS' };

function dropOf(look: Look, { full }: Table, { rank, key }: Statement): string {
  const { name = '', schema } = look.state.names.get(key) ?? {};
  return rank === 'statistics' ? `DROP STATISTICS ${schema}.${name};` : `DROP ${REMADE[rank]} ${name} ON ${full};`;
}

/** An exclusion constraint, periods, a cluster order or a replica identity would need more than a unique index. */
const isPlainKey = ({ body, rest }: Part): boolean =>
  /^(?:PRIMARY KEY|UNIQUE)\b/.test(body) && !body.includes('WITHOUT OVERLAPS') && rest.length === 0;

/** `ALTER TABLE from ADD CONSTRAINT … REFERENCES to(…)` */
function endsOf({ sql }: Statement, { name, body }: Part): { readonly from: string; readonly to: string } {
  const [first = ''] = statementsIn(sql ?? '');
  const from = first.slice('ALTER TABLE '.length, first.indexOf(` ADD CONSTRAINT ${name} `)).replace(/^ONLY /, '');
  const end = closing(body, opening(body)) + ' REFERENCES '.length;
  return { from, to: body.slice(end, opening(body, end)) };
}
