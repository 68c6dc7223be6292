import { LockstepError } from '../model/lockstep-error.ts';
import { identifier } from '../pg/sql-text.ts';
import type { ColumnFacts } from '../rehearse/read-tables.ts';
import { type Mask, type MaskKind, maskWith } from './mask-value.ts';
import type { Moved } from './tables.ts';

/** Of each table that has some, by the names of its columns. */
export type Masks = ReadonlyMap<string, ReadonlyMap<string, Mask>>;

interface Masked {
  readonly table: Moved;
  readonly column: ColumnFacts;
}

const WORD = /"(?:[^"]|"")*"|[^".]+/g;

/**
 * Finds the columns that somebody wants masked, `users.email`, and those that foreign keys tie to them, as both sides of a key need the same values.
 * @throws LockstepError (exit 2) for one that is not there, or whose values cannot be masked
 */
export function resolveMasks(
  tables: readonly Moved[],
  wishes: readonly string[],
  key: Buffer,
): { readonly masks: Masks; readonly names: readonly string[] } {
  const found = wishes.map((wish) => findColumn(tables, wish));
  const all = tied(tables, found);
  const masks = new Map<string, Map<string, Mask>>();
  for (const { table, column } of all) {
    const its = masks.get(table.name) ?? new Map<string, Mask>();
    const kind = kindOf(column);
    if (!kind) throw notMaskable(table, column);
    its.set(column.name, maskWith(key, kind, LARGEST[column.type]));
    masks.set(table.name, its);
  }
  return { masks, names: all.map(({ table, column }) => `${table.name}.${readable(column.name)}`) };
}

const readable = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name));

function findColumn(tables: readonly Moved[], wish: string): Masked {
  const words = (wish.match(WORD) ?? []).map((word) => (word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word));
  const [column, ...place] = words.toReversed();
  const name = place.toReversed().join('.');
  const matching = tables.filter((one) => plain(one.name) === name || plain(one.name).endsWith(`.${name}`));
  const [only, another] = matching;
  if (!only || another || name === '') throw unknownTable(wish, matching.length > 0 ? matching : tables);
  const its = only.facts.columns.find((one) => one.name === column);
  if (its && only.columns.includes(its.name)) return { table: only, column: its };
  throw new LockstepError({
    code: 'unknown-column',
    what: `There is no column to mask that is called ${wish}`,
    next: `${plain(only.name)} has ${only.columns.join(', ')}`,
  });
}

const plain = (name: string): string => name.replaceAll(/"((?:[^"]|"")*)"/g, (_, inner: string) => inner.replaceAll('""', '"'));

function tied(tables: readonly Moved[], first: readonly Masked[]): readonly Masked[] {
  const found = new Map<string, Masked>();
  const visit = ({ table, column }: Masked): void => {
    const name = `${table.name}.${column.name}`;
    if (found.has(name)) return;
    found.set(name, { table, column });
    for (const other of neighbours(tables, { table, column })) visit(other);
  };
  for (const one of first) visit(one);
  return [...found.values()];
}

function neighbours(tables: readonly Moved[], { table, column }: Masked): readonly Masked[] {
  const at = (name: string, columnName: string | undefined): readonly Masked[] =>
    tables.flatMap((one) =>
      one.name === name ? one.facts.columns.filter((its) => its.name === columnName).map((its) => ({ table: one, column: its })) : [],
    );
  return tables.flatMap((child) =>
    child.facts.foreignKeys.flatMap((key) =>
      key.columns.flatMap((name, i) => {
        const reference = key.references[i];
        if (child === table && name === column.name) return at(key.table, reference);
        return key.table === table.name && reference === column.name ? at(child.name, name) : [];
      }),
    ),
  );
}

const LARGEST: Readonly<Record<string, bigint>> = { smallint: 32_767n, integer: 2_147_483_647n, bigint: 9_223_372_036_854_775_807n };

function kindOf({ type, category }: ColumnFacts): MaskKind | undefined {
  if (type in LARGEST) return 'integer';
  if (type.startsWith('numeric')) return 'numeric';
  if (type === 'uuid') return 'uuid';
  return category === 'S' ? 'text' : undefined;
}

const notMaskable = (table: Moved, { name, type }: ColumnFacts): LockstepError =>
  new LockstepError({
    code: 'not-maskable',
    what: `${plain(table.name)}.${name} cannot be masked: it is ${type}, and texts, whole numbers, numeric and uuid can; nothing was copied`,
    next: 'leave it out of --mask, or rehearse without real data',
  });

const unknownTable = (wish: string, tables: readonly Moved[]): LockstepError =>
  new LockstepError({
    code: 'unknown-column',
    what: `--mask ${wish} names no column of one table that is copied`,
    next: `write it as TABLE.COLUMN or SCHEMA.TABLE.COLUMN; tables: ${tables
      .slice(0, 10)
      .map(({ name }) => plain(name))
      .join(', ')}${tables.length > 10 ? ` and ${tables.length - 10} more` : ''}`,
  });
