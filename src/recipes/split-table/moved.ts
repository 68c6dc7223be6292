// What hangs on the columns: made for the new table too, and again for the old one.
import type { Column } from '../../draft/read-state.ts';
import type { Statement } from '../../snapshot/statements/read-statements.ts';
import { again, referredBy } from '../recipe/bring-back.ts';
import { sequenceOf } from '../recipe/counting.ts';
import { type Part, partOf } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import type { Step } from '../recipe/recipe.ts';
import { outside } from '../recipe/refuse.ts';
import { mentions } from '../recipe/rename-in.ts';
import { verifyTriggers } from '../recipe/stand-in.ts';
import type { Wish } from './wish.ts';

export interface Moved {
  /** Statements that give the new table what the old one has. */
  readonly young: readonly string[];
  /** Steps that give it back to the old one. */
  readonly again: readonly Step[];
  /** Tables that foreign keys refer to. */
  readonly others: readonly string[];
}

const FIRST = 'drop or change that first: npm run migrate:make -- describe_the_change';

/** @throws LockstepError for what cannot come along */
export async function movedWith(look: Look, wish: Wish): Promise<Moved> {
  const { table, columns } = wish;
  for (const column of columns) await verifyColumn(look, table, column);
  const hanging = new Map(columns.flatMap((column) => look.needs(column).map((one) => [one.key, one] as const)));
  const all = [...hanging.values()].map((one) => ({ one, part: partOf(look, one) }));
  const young: string[] = [];
  const back: Step[] = [];
  for (const { one, part } of all) {
    const steps = part && again(table, one, part);
    if (!part || !steps) throw outside(`${one.rank} ${one.name} needs ${table.full}.${columns.map(({ name }) => name).join(', ')}`, FIRST);
    verifyAlone(look, wish, one);
    young.push(onYoung(look, wish, { one, part }));
    back.push(...steps);
  }
  const others = all.flatMap(({ one, part }) => (one.rank === 'foreign key' && part ? [referredBy(part)] : []));
  return { young, again: back, others: [...new Set(others)] };
}

async function verifyColumn(look: Look, table: Table, column: Column): Promise<void> {
  const full = `${table.full}.${column.name}`;
  if (column.identity !== '' || column.value.startsWith(' GENERATED') || (await sequenceOf(look, table, column)) !== undefined)
    throw outside(`${full} is counted or generated`, 'leave it in its table');
  if (column.notNull !== '' && column.value === '')
    throw outside(
      `${full} is NOT NULL without a default, and new code that inserts into ${table.full} leaves it out`,
      `a default first: ALTER TABLE ${table.full} ALTER COLUMN ${column.name} SET DEFAULT …;`,
    );
  const generated = look.columns(table).find(({ value }) => value.startsWith(' GENERATED') && mentions(value, column.name));
  if (generated) throw outside(`${table.full}.${generated.name} is generated from ${column.name}`, FIRST);
  await verifyTriggers(look, table, column.name);
}

/** @throws LockstepError for an index or a constraint that would be torn apart */
function verifyAlone(look: Look, { table, columns }: Wish, { key, rank, name }: Statement): void {
  const staying = look.columns(table).find((column) => !columns.includes(column) && look.needs(column).some((one) => one.key === key));
  if (staying) throw outside(`${rank} ${name} has ${staying.name} in it, which stays in ${table.full}`, FIRST);
}

const LABELS: Readonly<Record<string, string>> = { index: 'idx', check: 'check', 'foreign key': 'fkey', key: 'key' };

interface Hanging {
  readonly one: Statement;
  readonly part: Part;
}

/** Called as the server would call it. */
function onYoung(look: Look, { into, columns }: Wish, { one, part }: Hanging): string {
  const own = columns.filter((column) => look.needs(column).some(({ key }) => key === one.key)).map(({ name }) => unquoted(name));
  const isNamed = one.rank !== 'check' || own.length === 1;
  const name = look.free(into.schema, isNamed ? [unquoted(into.name), own.join('_')] : [unquoted(into.name)], LABELS[one.rank] ?? 'key');
  if (one.rank === 'index') return `CREATE ${part.isUnique ? 'UNIQUE ' : ''}INDEX ${name} ON ${into.full} ${part.body};`;
  return `ALTER TABLE ${into.full} ADD CONSTRAINT ${name} ${part.body};`;
}
