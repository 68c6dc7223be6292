// What a DO block or a call runs, as far as texts tell: the statements of its body, and EXECUTE of texts that can be put together without running it.
import type { Node } from 'libpg-query';
import { attempt } from '../../model/attempt.ts';
import type { ObjectName } from '../../model/effects.ts';
import { findOption, nameOfList, wordOf } from '../effects/names.ts';
import { walkTree } from '../effects/walk-tree.ts';
import { foldTexts, UNKNOWN } from './fold-text.ts';
import { variablesOf } from './variables.ts';

/** A statement in a body; without `node` what EXECUTE runs there cannot be read. */
export interface BodyStatement {
  readonly text: string;
  readonly node?: Node;
  /** Names in it are put together when it runs. */
  readonly isGuess?: true;
  /** `the DO block`, `the function fill()` */
  readonly body: string;
}

/** The text of the CREATE FUNCTION or CREATE PROCEDURE that made what is called, where it is known. */
export type FindFunction = (name: ObjectName) => string | undefined;

type Json = Readonly<Record<string, unknown>>;

type Library = typeof import('libpg-query');

/** Of a DO block in PL/pgSQL, and of functions that a statement calls; empty for anything else, and for a body that cannot be read. */
export async function bodyStatements(node: Node, findFunction: FindFunction): Promise<readonly BodyStatement[]> {
  const findOnce = once(findFunction);
  const bodies = bodiesOf(node, findOnce);
  if (bodies.length === 0) return [];
  const library = await import('libpg-query');
  return bodies.flatMap((body) => inside(library, body, findOnce));
}

/** Functions call one another, and themselves: each body is looked at once, where it is called first. */
function once(findFunction: FindFunction): FindFunction {
  const seen = new Set<string>();
  return (name) => {
    const text = findFunction(name);
    if (text === undefined || seen.has(text)) return undefined;
    seen.add(text);
    return text;
  };
}

interface Body {
  readonly called: string;
  /** A DO block or a CREATE FUNCTION. */
  readonly text: string;
}

/** What runs when the statement does; not what it makes, as a view does. */
const RUNNING = ['SelectStmt', 'CallStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt'];

function bodiesOf(node: Node, findFunction: FindFunction): readonly Body[] {
  if ('DoStmt' in node) {
    const text = doBody(node.DoStmt.args);
    return text === undefined ? [] : [{ called: 'the DO block', text: `DO ${dollarQuoted(text)}` }];
  }
  if (!RUNNING.includes(Object.keys(node)[0] ?? '')) return [];
  const found: Body[] = [];
  walkTree(node, (_, object) => {
    if (!('funcname' in object)) return false;
    const name = nameOfList(object['funcname'] as readonly Node[]);
    const text = findFunction(name);
    if (text !== undefined) found.push({ called: `the function ${name.name}()`, text });
    return false;
  });
  return found;
}

function inside(library: Library, { called, text }: Body, findFunction: FindFunction): readonly BodyStatement[] {
  return statementsOf(library, text).flatMap((one): readonly BodyStatement[] => {
    const own = { ...one, body: called };
    return one.node ? [own, ...bodiesOf(one.node, findFunction).flatMap((body) => inside(library, body, findFunction))] : [own];
  });
}

type Unnamed = Omit<BodyStatement, 'body'>;
type Parse = (sql: string) => readonly { readonly node: Node; readonly text: string }[];

/** The parser counts bytes. */
const parserOf =
  (library: Library): Parse =>
  (sql) =>
    attempt(() =>
      (library.parseSync(sql).stmts ?? []).flatMap(({ stmt, stmt_location: start = 0, stmt_len: length }) => {
        const text = Buffer.from(sql).subarray(start, length && start + length);
        return stmt ? { node: stmt, text: text.toString().trim() } : [];
      }),
    ) ?? [];

function statementsOf(library: Library, text: string): readonly Unnamed[] {
  const parse = parserOf(library);
  const queries = queryBody(parse(text)[0]?.node);
  if (queries !== undefined) return parse(queries);
  const tree = attempt(() => library.parsePlPgSQLSync(text) as unknown as Json);
  const expression = (own: string): Node | undefined => expressionOf(parse(`SELECT ${own}`)[0]?.node);
  const variables = variablesOf(tree, expression);
  return [...statementsIn(tree)].flatMap(({ text: own, isDynamic }) =>
    isDynamic ? foldTexts(expression(own), variables).flatMap((folded) => dynamic(parse(folded), folded, own)) : parse(own).slice(0, 1),
  );
}

/** What can be read in spite of unknown names is read, and said to be a guess as well. */
const dynamic = (statements: ReturnType<Parse>, folded: string, own: string): readonly Unnamed[] =>
  folded.includes(UNKNOWN) ? [...statements.map((one) => ({ ...one, isGuess: true as const })), { text: own }] : statements;

function doBody(args: readonly Node[] | undefined): string | undefined {
  const language = wordOf(findOption(args, 'language')?.arg);
  return language === '' || language === 'plpgsql' ? wordOf(findOption(args, 'as')?.arg) : undefined;
}

/** Of a function in SQL. */
function queryBody(node: Node | undefined): string | undefined {
  if (!node || !('CreateFunctionStmt' in node)) return undefined;
  const { options } = node.CreateFunctionStmt;
  const body = findOption(options, 'as')?.arg;
  const isSql = wordOf(findOption(options, 'language')?.arg).toLowerCase() === 'sql';
  return isSql && body && 'List' in body ? wordOf(body.List.items?.[0]) : undefined;
}

function dollarQuoted(body: string): string {
  let tag = '$lockstep$';
  while (body.includes(tag)) tag = tag.replace(/\$$/, '_$');
  return `${tag}${body}${tag}`;
}

interface Found {
  readonly text: string;
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
  if (key === 'PLpgSQL_stmt_execsql') return { text: queryOf(inner['sqlstmt']), isDynamic: false };
  if (key === 'PLpgSQL_stmt_perform' || key === 'PLpgSQL_stmt_call') return { text: queryOf(inner['expr']), isDynamic: false };
  return key === 'PLpgSQL_stmt_dynexecute' ? { text: queryOf(inner['query']), isDynamic: true } : undefined;
}

const queryOf = (expression: unknown): string => String((expression as { PLpgSQL_expr?: { query?: string } })?.PLpgSQL_expr?.query ?? '');

function expressionOf(node: Node | undefined): Node | undefined {
  const target = node && 'SelectStmt' in node ? node.SelectStmt.targetList?.[0] : undefined;
  return target && 'ResTarget' in target ? target.ResTarget.val : undefined;
}
