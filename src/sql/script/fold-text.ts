// The texts that an expression of PL/pgSQL makes, as far as its constants and variables tell.
import type { Node } from 'libpg-query';
import { wordOf } from '../effects/names.ts';
import { walkTree } from '../effects/walk-tree.ts';

/** What is known only when it runs; a name to the parser, so that the statement around it can be read. */
export const UNKNOWN = '…';

/** The texts that each variable may hold. */
export type Variables = ReadonlyMap<string, readonly string[]>;

type Values = ReadonlyMap<string, string>;

const MOST = 50;

/** One text for each way to fill its variables. */
export function foldTexts(expression: Node | undefined, variables: Variables): readonly string[] {
  if (!expression) return [UNKNOWN];
  const used = new Set<string>();
  walkTree(expression, (kind, object) => {
    if (kind === 'ColumnRef') used.add(nameOf({ ColumnRef: object } as Node));
    return false;
  });
  let ways: readonly Values[] = [new Map()];
  for (const name of used)
    ways = ways.flatMap((way) => (variables.get(name) ?? [UNKNOWN]).map((value) => new Map(way).set(name, value))).slice(0, MOST);
  return [...new Set(ways.map((way) => fold(expression, way)))];
}

/** Of a variable; a field of a record is none. */
function nameOf(node: Node): string {
  const { fields = [] } = 'ColumnRef' in node ? node.ColumnRef : {};
  return fields.length === 1 ? wordOf(fields[0]) : '';
}

/** The elements of `ARRAY['a', 'b']` and of `'{a,b}'`. */
export function elementsOf(array: Node | undefined): readonly string[] {
  if (array && 'TypeCast' in array) return elementsOf(array.TypeCast.arg);
  if (array && 'A_ArrayExpr' in array) return (array.A_ArrayExpr.elements ?? []).map((one) => fold(one, new Map()));
  const text = array && 'A_Const' in array ? wordOf(array) : '';
  return /^\{[^"\\{}]+\}$/.test(text)
    ? text
        .slice(1, -1)
        .split(',')
        .map((one) => one.trim())
    : [UNKNOWN];
}

/** Constants, variables, `||`, concat(), quote_ident(), quote_literal() and format(). */
function fold(node: Node | undefined, values: Values): string {
  const next = (one: Node | undefined): string => fold(one, values);
  if (!node) return UNKNOWN;
  if ('A_Const' in node) return node.A_Const.isnull ? UNKNOWN : wordOf(node);
  if ('ColumnRef' in node) return values.get(nameOf(node)) ?? UNKNOWN;
  if ('TypeCast' in node) return next(node.TypeCast.arg);
  if ('A_Expr' in node && wordOf(node.A_Expr.name?.[0]) === '||') return next(node.A_Expr.lexpr) + next(node.A_Expr.rexpr);
  if (!('FuncCall' in node)) return UNKNOWN;
  const args = (node.FuncCall.args ?? []).map(next);
  const called = CALLS.get(wordOf(node.FuncCall.funcname?.at(-1)));
  return called ? called(args) : UNKNOWN;
}

const quotedName = (name: string): string => (/^[a-z_…][a-z0-9_$…]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const CALLS: ReadonlyMap<string, (args: readonly string[]) => string> = new Map([
  ['concat', (args) => args.join('')],
  ['quote_ident', ([name = '']) => quotedName(name)],
  ['quote_literal', ([text = '']) => quotedText(text)],
  ['format', formatted],
]);

/** As the server's format() does it (manual: functions-string), without widths. */
function formatted([pattern = '', ...args]: readonly string[]): string {
  let next = 0;
  return pattern.replace(/%(?:(\d+)\$)?([sIL%])/g, (_, at: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    const value = args[at ? Number(at) - 1 : next++] ?? '';
    return kind === 'I' ? quotedName(value) : kind === 'L' ? quotedText(value) : value;
  });
}
