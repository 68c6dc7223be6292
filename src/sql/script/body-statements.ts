// What a DO block runs, as far as its text tells: its statements, and EXECUTE of texts that can be put together without running it.
import type { Node } from 'libpg-query';
import { findOption, wordOf } from '../effects/names.ts';

/** A statement in a body; without `node` what EXECUTE runs there cannot be read. */
export interface BodyStatement {
  readonly text: string;
  readonly node?: Node;
  /** Of the body, counted from 1 where its quote opens. */
  readonly line: number;
}

type Json = Readonly<Record<string, unknown>>;

/** Of a DO block in PL/pgSQL; empty for anything else, and for a body that cannot be read. */
export async function bodyStatements(node: Node): Promise<readonly BodyStatement[]> {
  const body = bodyOf(node);
  if (body === undefined) return [];
  const library = await import('libpg-query');
  const parse = (sql: string): Node | undefined => {
    try {
      return library.parseSync(sql).stmts?.[0]?.stmt;
    } catch {
      return undefined;
    }
  };
  try {
    const tree = library.parsePlPgSQLSync(`DO ${dollarQuoted(body)}`) as unknown as Json;
    return [...statementsIn(tree)].flatMap(({ line, text, isDynamic }) => {
      if (!isDynamic) return known(parse(text), text, line);
      const folded = fold(expressionOf(parse(`SELECT ${text}`)));
      return folded === undefined ? [{ text, line }] : known(parse(folded), folded, line);
    });
  } catch {
    return [];
  }
}

const known = (node: Node | undefined, text: string, line: number): readonly BodyStatement[] => (node ? [{ node, text, line }] : []);

function bodyOf(node: Node): string | undefined {
  if (!('DoStmt' in node)) return undefined;
  const language = wordOf(findOption(node.DoStmt.args, 'language')?.arg);
  return language === '' || language === 'plpgsql' ? wordOf(findOption(node.DoStmt.args, 'as')?.arg) : undefined;
}

function dollarQuoted(body: string): string {
  let tag = '$lockstep$';
  while (body.includes(tag)) tag = tag.replace(/\$$/, '_$');
  return `${tag}${body}${tag}`;
}

interface Found {
  readonly text: string;
  readonly line: number;
  readonly isDynamic: boolean;
}

function* statementsIn(value: unknown): Generator<Found, void, void> {
  if (Array.isArray(value)) for (const one of value) yield* statementsIn(one);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value as Json)) {
      const found = foundIn(key, inner as Json);
      if (found) yield found;
      else yield* statementsIn(inner);
    }
  }
}

function foundIn(key: string, inner: Json): Found | undefined {
  const line = Number(inner['lineno'] ?? 1);
  if (key === 'PLpgSQL_stmt_execsql') return { text: queryOf(inner['sqlstmt']), line, isDynamic: false };
  return key === 'PLpgSQL_stmt_dynexecute' ? { text: queryOf(inner['query']), line, isDynamic: true } : undefined;
}

const queryOf = (expression: unknown): string => String((expression as { PLpgSQL_expr?: { query?: string } })?.PLpgSQL_expr?.query ?? '');

function expressionOf(node: Node | undefined): Node | undefined {
  const target = node && 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined;
  return target && 'ResTarget' in target ? target.ResTarget.val : undefined;
}

/** The text that an expression of constants, `||` and format() makes; undefined where it needs to be run. */
function fold(node: Node | undefined): string | undefined {
  if (!node) return undefined;
  if ('A_Const' in node) return node.A_Const.isnull ? undefined : wordOf(node);
  if ('TypeCast' in node) return fold(node.TypeCast.arg);
  if ('A_Expr' in node && wordOf(node.A_Expr.name?.[0]) === '||') return joined([fold(node.A_Expr.lexpr), fold(node.A_Expr.rexpr)]);
  if (!('FuncCall' in node)) return undefined;
  const args = (node.FuncCall.args ?? []).map(fold);
  const name = wordOf(node.FuncCall.funcname?.at(-1));
  if (name === 'concat') return joined(args);
  if (name === 'quote_ident') return args[0] === undefined ? undefined : quotedName(args[0]);
  return name === 'format' && args.every((one) => one !== undefined) ? formatted(args as readonly string[]) : undefined;
}

const joined = (texts: readonly (string | undefined)[]): string | undefined =>
  texts.every((text) => text !== undefined) ? texts.join('') : undefined;

const quotedName = (name: string): string => (/^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);

/** As the server's format() does it (manual: functions-string), without widths. */
function formatted([pattern = '', ...args]: readonly string[]): string {
  let next = 0;
  return pattern.replace(/%(?:(\d+)\$)?([sIL%])/g, (_, at: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    const value = args[at ? Number(at) - 1 : next++] ?? '';
    return kind === 'I' ? quotedName(value) : kind === 'L' ? `'${value.replaceAll("'", "''")}'` : value;
  });
}
