/** What a script defines, and what it mentions: by that repeatable files are ordered, and found again in the database. */
import type { Node } from 'libpg-query';
import type { DefinedObject } from '../../model/repeatable.ts';
import { findOption, wordOf } from '../effects/names.ts';
import { loadParser, type Parse } from '../parser.ts';
import { split } from '../text/split.ts';
import { withLf } from '../text/statement-text.ts';
import { TokenHash } from '../text/token-hash.ts';

export interface Objects {
  readonly defines: readonly DefinedObject[];
  /** Names of what must be there before it, with their schema where it is written. */
  readonly needs: ReadonlySet<string>;
  /** Bare names in texts that the server reads only when they run: PL/pgSQL bodies. */
  readonly mentions: ReadonlySet<string>;
  /** It drops something, and what depends on that may be dropped with it. */
  readonly drops: boolean;
}

interface Draft {
  readonly defines: DefinedObject[];
  readonly needs: Set<string>;
  readonly mentions: Set<string>;
  drops: boolean;
}

/** @param text of a script that the parser takes */
export async function readObjects(text: string): Promise<Objects> {
  const draft: Draft = { defines: [], needs: new Set(), mentions: new Set(), drops: false };
  const parse = await loadParser();
  for (const tree of treesOf(parse, text)) seeStatement(draft, parse, tree);
  for (const { bare, schema } of draft.defines)
    for (const names of [draft.needs, draft.mentions]) names.delete((schema === undefined ? bare : `${schema}.${bare}`).toLowerCase());
  return draft;
}

function* treesOf(parse: Parse, text: string): Generator<Node, void, void> {
  for (const piece of split(text, new TokenHash())) {
    if (piece.kind !== 'statement' || piece.tooDeep) continue;
    const tree = tryParse(parse, withLf(text.slice(piece.start, piece.end)));
    if (tree) yield tree;
  }
}

/** Bodies may be no SQL at all. */
function tryParse(parse: Parse, sql: string): Node | undefined {
  try {
    return parse(sql)?.node;
  } catch {
    return undefined;
  }
}

function seeStatement(draft: Draft, parse: Parse, node: Node): void {
  const defined = definedBy(node);
  if (defined) draft.defines.push(defined);
  draft.drops ||= 'DropStmt' in node;
  seeNames(draft.needs, node);
  for (const { language, body } of bodiesOf(node)) {
    if (language === 'sql') for (const tree of treesOf(parse, body)) seeNames(draft.needs, tree);
    for (const [word] of body.matchAll(/[A-Za-z_]\w*/g)) draft.mentions.add(word.toLowerCase());
  }
}

const NAME_LISTS = ['funcname', 'objname', 'names', 'trigname'];

/** Relations, functions and types, wherever in the tree they are named. */
function seeNames(names: Set<string>, tree: unknown): void {
  if (Array.isArray(tree)) for (const one of tree) seeNames(names, one);
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return;
  for (const [key, value] of Object.entries(tree)) {
    if (key === 'relname' && typeof value === 'string') names.add(whole((tree as { schemaname?: string }).schemaname, value));
    if (NAME_LISTS.includes(key) && Array.isArray(value)) names.add(whole(wordOf(value.at(-2)), wordOf(value.at(-1))));
    seeNames(names, value);
  }
}

const whole = (schema: string | undefined, name: string): string => (schema ? `${schema}.${name}` : name).toLowerCase();

function bodiesOf(node: Node): readonly { readonly language: string; readonly body: string }[] {
  const options = 'CreateFunctionStmt' in node ? node.CreateFunctionStmt.options : 'DoStmt' in node ? node.DoStmt.args : undefined;
  const as = findOption(options, 'as')?.arg;
  if (!as) return [];
  const language = wordOf(findOption(options, 'language')?.arg).toLowerCase() || 'plpgsql';
  const body = 'List' in as ? wordOf(as.List.items?.[0]) : wordOf(as);
  return [{ language, body }];
}

// Always: whether a name is a keyword differs between majors.
const quoted = (part: string): string => `"${part.replaceAll('"', '""')}"`;

function named(kind: DefinedObject['kind'], parts: readonly (string | undefined)[], on?: string): DefinedObject {
  const [bare = '', schema] = parts.filter((part) => part !== undefined && part !== '').toReversed();
  const name = schema === undefined ? quoted(bare) : `${quoted(schema)}.${quoted(bare)}`;
  return { kind, name, bare, ...(schema !== undefined && { schema }), ...(on !== undefined && { on }) };
}

type Relation = { readonly schemaname?: string; readonly relname?: string } | undefined;

const relation = (kind: DefinedObject['kind'], one: Relation): DefinedObject => named(kind, [one?.schemaname, one?.relname]);
const attached = (kind: DefinedObject['kind'], name: string | undefined, table: Relation): DefinedObject =>
  named(kind, [name], relation('TABLE', table).name);

const definedBy = (node: Node): DefinedObject | undefined => relationOf(node) ?? typeOf(node) ?? routineOf(node) ?? attachedOf(node);

function relationOf(node: Node): DefinedObject | undefined {
  if ('ViewStmt' in node) return relation('VIEW', node.ViewStmt.view);
  if ('CreateStmt' in node) return relation('TABLE', node.CreateStmt.relation);
  if ('CreateSeqStmt' in node) return relation('SEQUENCE', node.CreateSeqStmt.sequence);
  if (!('CreateTableAsStmt' in node)) return undefined;
  const { objtype, into } = node.CreateTableAsStmt;
  return relation(objtype === 'OBJECT_MATVIEW' ? 'MATERIALIZED VIEW' : 'TABLE', into?.rel);
}

function typeOf(node: Node): DefinedObject | undefined {
  if ('CreateEnumStmt' in node) return named('TYPE', (node.CreateEnumStmt.typeName ?? []).map(wordOf));
  if ('CreateRangeStmt' in node) return named('TYPE', (node.CreateRangeStmt.typeName ?? []).map(wordOf));
  if ('CompositeTypeStmt' in node) return relation('TYPE', node.CompositeTypeStmt.typevar);
  return 'CreateDomainStmt' in node ? named('DOMAIN', (node.CreateDomainStmt.domainname ?? []).map(wordOf)) : undefined;
}

function routineOf(node: Node): DefinedObject | undefined {
  if ('DefineStmt' in node && node.DefineStmt.kind === 'OBJECT_AGGREGATE')
    return named('AGGREGATE', (node.DefineStmt.defnames ?? []).map(wordOf));
  if (!('CreateFunctionStmt' in node)) return undefined;
  const { is_procedure, funcname = [] } = node.CreateFunctionStmt;
  return named(is_procedure ? 'PROCEDURE' : 'FUNCTION', funcname.map(wordOf));
}

function attachedOf(node: Node): DefinedObject | undefined {
  if ('CreateTrigStmt' in node) return attached('TRIGGER', node.CreateTrigStmt.trigname, node.CreateTrigStmt.relation);
  if ('CreatePolicyStmt' in node) return attached('POLICY', node.CreatePolicyStmt.policy_name, node.CreatePolicyStmt.table);
  return undefined;
}
