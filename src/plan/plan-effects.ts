import type { History, HistoryTables } from '../history/history.ts';
import type { ObjectName, StatementEffects } from '../model/effects.ts';
import type { LosingStatement } from '../model/loss.ts';
import type { Plan, Step } from '../model/plan.ts';
import type { Statement } from '../model/script.ts';
import { findTouched, listUserTables, type UserTable } from '../pg/user-tables.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { PlanNames } from './plan-names.ts';

/** What a plan does to what is there before it runs, as far as its text tells. Names are those of today. */
export interface PlanEffects {
  readonly losses: readonly LosingStatement[];
  /** Relations whose rows or values may be lost; views and what the plan links count with their tables. */
  readonly endangered: readonly ObjectName[];
  readonly schemas: readonly string[];
  /** TRUNCATE follows every foreign key, however long the chain. */
  readonly truncates: boolean;
  /** Code, DO blocks and functions may change anything. */
  readonly isOpaque: boolean;
  /** Tables of which each step deletes some rows by its own words, by the step's name: the first name that exists is meant. */
  readonly deletes: ReadonlyMap<string, readonly (readonly ObjectName[])[]>;
}

interface Draft {
  readonly losses: LosingStatement[];
  readonly endangered: ObjectName[];
  readonly schemas: string[];
  readonly deletes: Map<string, (readonly ObjectName[])[]>;
  truncates: boolean;
  isOpaque: boolean;
}

const EVERY_LINK = ['child', 'view', 'reference', 'cascade'] as const;

/** Goes through the statements of a plan in their order, once. */
export function readPlanEffects({ steps }: Plan): PlanEffects {
  const draft: Draft = { losses: [], endangered: [], schemas: [], deletes: new Map(), truncates: false, isOpaque: false };
  const names = new PlanNames();
  for (const step of steps) {
    names.beginScript();
    announce(draft, step);
    if (step.kind === 'code') draft.isOpaque = true;
    else for (const { statements } of step.script.parts) for (const statement of statements) see(draft, names, { step, statement });
  }
  return draft;
}

interface Seen {
  readonly step: Step & { readonly kind: 'sql' };
  readonly statement: Statement;
}

function see(draft: Draft, names: PlanNames, { step, statement }: Seen): void {
  const { effects, summary, start } = statement;
  if (!effects) return;
  const losses = effects.losses.flatMap((loss) => names.losses(loss));
  if (losses.length > 0) {
    const where = placeOf(step.script.file, start);
    draft.losses.push(...losses.map((loss) => ({ summary, where, loss })));
  }
  if (!effects.preservesData) endanger(draft, names, effects);
  draft.truncates ||= summary.startsWith('TRUNCATE');
  draft.isOpaque ||= effects.isOpaque;
  const { name } = step.migration;
  for (const table of effects.deletes) draft.deletes.set(name, [...(draft.deletes.get(name) ?? []), names.relation(table)]);
  names.see(effects.renames, effects.links);
}

function endanger(draft: Draft, names: PlanNames, { changes, dropsSchemas }: StatementEffects): void {
  draft.endangered.push(...changes.flatMap((name) => names.linked(name, EVERY_LINK)).flatMap((name) => names.relation(name)));
  draft.endangered.push(...dropsSchemas.flatMap((schema) => names.movedInto(schema).flat()));
  draft.schemas.push(...dropsSchemas.map((schema) => names.schema(schema)));
}

/** What a header says beforehand: `-- data-loss: solo: closed accounts`, `-- data-loss: users.email: unused since May`. */
function announce(draft: Draft, { announced }: Step): void {
  for (const { name, where } of announced ?? []) {
    const parts = name.split('.').map((part) => part.replace(/^"(.*)"$/, '$1'));
    const [last = '', before, schema] = parts.toReversed();
    const table = { ...(before !== undefined && { schema: before }), name: last };
    const owner = before === undefined ? undefined : { ...(schema !== undefined && { schema }), name: before };
    draft.losses.push({ summary: 'announced', where, loss: { kind: 'rows', table: [table] } });
    if (owner) draft.losses.push({ summary: 'announced', where, loss: { kind: 'values', table: [owner], column: [last] } });
    draft.endangered.push(table, ...(owner ? [owner] : []));
  }
}

/** Whose rows a plan may take. */
export interface EndangeredTables {
  readonly tables: readonly UserTable[];
  /** Code, DO blocks and functions may change anything: these are all tables then. */
  readonly isOpaque: boolean;
}

export const isHistory = (table: Pick<UserTable, 'schema' | 'name'>, { schema, names }: HistoryTables): boolean =>
  table.schema === schema && Object.values(names).includes(table.name);

/** The tables that a plan may take rows or values from, in the database as it is; our own history tables are not among them. */
export async function findEndangered({ client, ...history }: History, effects: PlanEffects): Promise<EndangeredTables> {
  const { endangered, schemas, truncates, isOpaque } = effects;
  const found = isOpaque
    ? await listUserTables(client)
    : await findTouched(client, { names: endangered, schemas, isTruncation: truncates });
  return { tables: found.filter((table) => !isHistory(table, history)), isOpaque };
}
