import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, DefElem, Node, RangeVar, TypeName } from 'libpg-query';
import type { ObjectName } from '../../model/effects.ts';

export function findOption(options: readonly Node[] | undefined, name: string): DefElem | undefined {
  for (const option of options ?? []) if ('DefElem' in option && option.DefElem.defname === name) return option.DefElem;
  return undefined;
}

/** As PostgreSQL's defGetBoolean reads it: a bare name is on. */
export function isOn(option: DefElem | undefined, whenAbsent: boolean): boolean {
  if (!option) return whenAbsent;
  return option.arg ? !['false', 'off', 'no', '0', ''].includes(wordOf(option.arg).toLowerCase()) : true;
}

/** The text of a string, number, boolean or bare word. */
export function wordOf(node: Node | undefined): string {
  if (!node) return '';
  if ('String' in node) return node.String.sval ?? '';
  if ('Integer' in node) return String(node.Integer.ival ?? 0);
  if ('Boolean' in node) return String(node.Boolean.boolval ?? false);
  if ('TypeName' in node) return wordOf(node.TypeName.names?.at(-1));
  if ('A_Const' in node) return wordOfConstant(node.A_Const);
  return '';
}

function wordOfConstant(constant: Extract<Node, { A_Const: unknown }>['A_Const']): string {
  if (constant.sval) return constant.sval.sval ?? '';
  if (constant.ival) return String(constant.ival.ival ?? 0);
  if (constant.boolval) return String(constant.boolval.boolval ?? false);
  return '';
}

export const nameOfRelation = (relation: RangeVar | undefined): ObjectName => objectName(relation?.schemaname, relation?.relname);

/** A name given as a list of its parts: `[schema, name]`. */
export const nameOfList = (parts: readonly Node[] | undefined): ObjectName => objectName(wordOf(parts?.at(-2)), wordOf(parts?.at(-1)));

export const namesOfRelations = (nodes: readonly Node[] | undefined): readonly ObjectName[] =>
  (nodes ?? []).flatMap((node) => ('RangeVar' in node ? [nameOfRelation(node.RangeVar)] : []));

const objectName = (schema: string | undefined, name = ''): ObjectName => (schema ? { schema, name } : { name });

/** Kinds of objects that are named as relations are. */
export const RELATION_KINDS: readonly string[] = [
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_INDEX',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
];

export const commandsOf = ({ cmds }: AlterTableStmt): readonly AlterTableCmd[] =>
  (cmds ?? []).flatMap((command) => ('AlterTableCmd' in command ? [command.AlterTableCmd] : []));

/** Of a column or a constraint: the foreign keys, whether each stands with a column or by itself. */
export function foreignKeysIn(definition: Node | undefined): readonly Constraint[] {
  if (!definition) return [];
  if ('Constraint' in definition) return definition.Constraint.contype === 'CONSTR_FOREIGN' ? [definition.Constraint] : [];
  return 'ColumnDef' in definition ? (definition.ColumnDef.constraints ?? []).flatMap(foreignKeysIn) : [];
}

/**
 * The types that ALTER COLUMN … TYPE leads a value over, as SQL, the new one last: USING may cast to text first. Undefined where it computes something of its own,
 * or an array or interval is meant: then nobody can tell beforehand what stays.
 */
export function typePath({ typeName, raw_default }: ColumnDef, column: string): readonly string[] | undefined {
  const type = typeName && textOf(typeName);
  if (type === undefined) return undefined;
  const path = raw_default ? castPath(raw_default, column) : [type];
  return path?.at(-1) === type ? path : undefined;
}

function textOf({ names, typmods, arrayBounds }: TypeName): string | undefined {
  if (arrayBounds) return undefined;
  const words = (names ?? []).map((name) => `"${wordOf(name).replaceAll('"', '""')}"`);
  const sizes = (typmods ?? []).map(wordOf);
  if (words.length === 0 || sizes.some((size) => !/^-?\d+$/.test(size))) return undefined;
  return `${words.join('.')}${sizes.length > 0 ? `(${sizes.join(', ')})` : ''}`;
}

/** `USING v::bigint` says nothing that would not be done without it; `v::text::status` takes a way of its own. */
function castPath(node: Node, column: string): readonly string[] | undefined {
  if (!('TypeCast' in node)) return undefined;
  const { arg, typeName } = node.TypeCast;
  const type = typeName && textOf(typeName);
  if (!arg || type === undefined) return undefined;
  if ('ColumnRef' in arg) return wordOf(arg.ColumnRef.fields?.at(-1)) === column ? [type] : undefined;
  const before = castPath(arg, column);
  return before && [...before, type];
}
