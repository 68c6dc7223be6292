// `-- part: backfill`: whether a statement comes to the same in batches, and where the range of a batch is to be written.
import type { Node, SelectStmt } from 'libpg-query';
import type { Backfill, BackfillOptions } from '../../model/backfill.ts';
import type { ObjectName } from '../../model/effects.ts';
import type { SourceFile } from '../../model/migration.ts';
import type { Span } from '../../model/script.ts';
import { relationsIn } from '../effects/changed-relations.ts';
import { nameOfRelation, wordOf } from '../effects/names.ts';
import { tokenEnd } from '../text/tokens.ts';
import { CLOSE, OPEN, skipBlank } from '../text/whitespace.ts';
import { refusal } from './refusals.ts';

interface Draft {
  readonly verb: Backfill['verb'];
  readonly table: ObjectName;
  readonly called: string;
  readonly where: Node | undefined;
  readonly sets: readonly string[];
}

interface Said {
  readonly node: Node;
  readonly span: Span;
  readonly said: BackfillOptions & { readonly verify?: string };
}

/** @throws LockstepError where batches would not add up to the whole */
export function readBackfill(file: SourceFile, { node, span, said }: Said): Backfill {
  const why = reasonAgainst(node);
  if (why !== undefined)
    throw refusal(file, span.start, {
      code: 'not-a-backfill',
      what: `This statement cannot run in batches: ${why}`,
      next: 'a backfill is UPDATE, DELETE, or INSERT … SELECT … ON CONFLICT DO NOTHING of one table; -- part: transaction runs it as a whole',
    });
  const draft = draftOf(node);
  const place = wherePlace(file.text, span, draft.verb);
  return {
    ...said,
    verb: draft.verb,
    table: draft.table,
    called: draft.called,
    sets: draft.sets,
    saysWhatIsLeft: draft.verb === 'DELETE' ? draft.where !== undefined : draft.verb === 'UPDATE' && saysWhatIsLeft(node, draft),
    ...place,
  };
}

function draftOf(node: Node): Draft {
  if ('UpdateStmt' in node) {
    const { relation, whereClause, targetList = [] } = node.UpdateStmt;
    const sets = targetList.flatMap((one) => ('ResTarget' in one ? [one.ResTarget.name ?? ''] : []));
    return {
      verb: 'UPDATE',
      table: nameOfRelation(relation),
      called: relation?.alias?.aliasname ?? relation?.relname ?? '',
      where: whereClause,
      sets,
    };
  }
  if ('DeleteStmt' in node) {
    const { relation, whereClause } = node.DeleteStmt;
    return {
      verb: 'DELETE',
      table: nameOfRelation(relation),
      called: relation?.alias?.aliasname ?? relation?.relname ?? '',
      where: whereClause,
      sets: [],
    };
  }
  const select = selectOf(node);
  const [from] = select?.fromClause ?? [];
  const range = from && 'RangeVar' in from ? from.RangeVar : undefined;
  return {
    verb: 'INSERT',
    table: nameOfRelation(range),
    called: range?.alias?.aliasname ?? range?.relname ?? '',
    where: select?.whereClause,
    sets: [],
  };
}

const selectOf = (node: Node): SelectStmt | undefined =>
  'InsertStmt' in node && node.InsertStmt.selectStmt && 'SelectStmt' in node.InsertStmt.selectStmt
    ? node.InsertStmt.selectStmt.SelectStmt
    : undefined;

/** Why its batches would not add up to the whole; undefined where they do. */
function reasonAgainst(node: Node): string | undefined {
  const statement = Object.values(node)[0] as {
    readonly withClause?: unknown;
    readonly returningClause?: unknown;
    readonly returningList?: unknown;
  };
  if (statement.withClause) return 'it has a WITH';
  if (statement.returningClause || statement.returningList) return 'RETURNING gives its rows to nobody';
  if ('InsertStmt' in node) return reasonAgainstInsert(node);
  if (!('UpdateStmt' in node || 'DeleteStmt' in node)) return 'it is none of UPDATE, DELETE and INSERT … SELECT';
  const { table, where } = draftOf(node);
  if (where && 'CurrentOfExpr' in where) return 'WHERE CURRENT OF means one row';
  const rest = { ...('UpdateStmt' in node ? node.UpdateStmt : node.DeleteStmt), relation: undefined };
  if (relationsIn(rest as unknown as Node).some(({ name }) => name === table.name))
    return 'it reads the table that it changes a second time, so a later batch would see what an earlier one wrote';
  return undefined;
}

function reasonAgainstInsert(node: Extract<Node, { InsertStmt: unknown }>): string | undefined {
  const select = selectOf(node);
  const { onConflictClause, relation } = node.InsertStmt;
  if (!select || (select.fromClause ?? []).length !== 1 || !select.fromClause?.some((one) => 'RangeVar' in one))
    return 'it does not read exactly one table';
  if (onConflictClause?.action !== 'ONCONFLICT_NOTHING') return 'without ON CONFLICT DO NOTHING a batch could not be repeated';
  const { groupClause, havingClause, distinctClause, limitCount, limitOffset, windowClause, sortClause, larg } = select;
  if (groupClause || havingClause || distinctClause || limitCount || limitOffset || windowClause || sortClause || larg)
    return 'GROUP BY, DISTINCT, ORDER BY, LIMIT, windows and UNION are about all rows at once';
  if (/"(?:agg_star|over)":/.test(JSON.stringify(select.targetList))) return 'aggregates and windows are about all rows at once';
  return relationsIn({ SelectStmt: select }).some(({ name }) => name === relation?.relname)
    ? 'it reads the table that it fills'
    : undefined;
}

/** `SET c = f(d) WHERE c IS NULL`: met a second time, a row that is done is passed over, and one that stays NULL comes to the same. */
function saysWhatIsLeft(node: Node, { where, sets }: Draft): boolean {
  const values =
    'UpdateStmt' in node ? (node.UpdateStmt.targetList ?? []).map((one) => ('ResTarget' in one ? one.ResTarget.val : undefined)) : [];
  const reads = columnsIn(values);
  return !sets.some((column) => reads.includes(column)) && emptyIn(where).some((column) => sets.includes(column));
}

/** Columns of which a condition asks that they be NULL, by itself or joined by AND. */
function emptyIn(where: Node | undefined): readonly string[] {
  if (!where) return [];
  if ('BoolExpr' in where) return where.BoolExpr.boolop === 'AND_EXPR' ? (where.BoolExpr.args ?? []).flatMap(emptyIn) : [];
  return 'NullTest' in where && where.NullTest.nulltesttype === 'IS_NULL' && where.NullTest.arg && 'ColumnRef' in where.NullTest.arg
    ? columnsIn(where.NullTest.arg)
    : [];
}

function columnsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(columnsIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('ColumnRef' in value) return [wordOf((value as { ColumnRef: { fields?: Node[] } }).ColumnRef.fields?.at(-1))];
  return Object.values(value).flatMap(columnsIn);
}

/** Where its outer WHERE is, or could be. In an INSERT that is the WHERE of the SELECT, before FOR KEY SHARE and ON CONFLICT. */
function wherePlace(text: string, { start, end }: Span, verb: Backfill['verb']): Pick<Backfill, 'where' | 'whereAt'> {
  let depth = 0;
  let from: number | undefined;
  let last = start;
  for (let at = skipBlank(text, start); at < end; at = skipBlank(text, last)) {
    const c = text.charCodeAt(at);
    const next = tokenEnd(text, at);
    const word = depth === 0 ? text.slice(at, next).toUpperCase() : '';
    if (verb === 'INSERT' && isBehindWhere(word, text.slice(at, at + 100))) return placed(from, last);
    depth += c === OPEN ? 1 : c === CLOSE ? -1 : 0;
    if (word === 'WHERE' && from === undefined) from = skipBlank(text, next);
    last = next;
  }
  return placed(from, last);
}

const isBehindWhere = (word: string, text: string): boolean => word === 'FOR' || (word === 'ON' && /^ON\s+CONFLICT\b/i.test(text));

const placed = (from: number | undefined, to: number): Pick<Backfill, 'where' | 'whereAt'> => ({
  whereAt: to,
  ...(from !== undefined && { where: { start: from, end: to } }),
});

/** The file with this range in its statement. What a person wrote stays as it is, between parentheses where there is a WHERE; no line moves. */
export function withRange(text: string, { where, whereAt }: Backfill, range: string): { readonly text: string; readonly added: number } {
  const put = where
    ? [text.slice(0, where.start), '(', text.slice(where.start, where.end), `) AND ${range}`, text.slice(where.end)]
    : [text.slice(0, whereAt), ` WHERE ${range}`, text.slice(whereAt)];
  const changed = put.join('');
  return { text: changed, added: changed.length - text.length };
}
