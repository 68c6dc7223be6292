import type { ColumnDef, Node, TypeName } from 'libpg-query';
import { wordOf } from './options.ts';

/**
 * The type that ALTER COLUMN … TYPE names, as SQL. Undefined where USING computes something of its own, or an array or interval is meant:
 * then nobody can tell beforehand what stays.
 */
export function typeText({ typeName, raw_default }: ColumnDef, column: string): string | undefined {
  const type = typeName && textOf(typeName);
  return raw_default && type !== castOf(raw_default, column) ? undefined : type;
}

function textOf({ names, typmods, arrayBounds }: TypeName): string | undefined {
  if (arrayBounds) return undefined;
  const words = (names ?? []).map((name) => `"${wordOf(name).replaceAll('"', '""')}"`);
  const sizes = (typmods ?? []).map(wordOf);
  if (words.length === 0 || sizes.some((size) => !/^-?\d+$/.test(size))) return undefined;
  return `${words.join('.')}${sizes.length > 0 ? `(${sizes.join(', ')})` : ''}`;
}

/** `USING v::bigint` says nothing that would not be done without it. */
function castOf(node: Node, column: string): string | undefined {
  if (!('TypeCast' in node)) return undefined;
  const { arg, typeName } = node.TypeCast;
  const isOfColumn = arg !== undefined && 'ColumnRef' in arg && wordOf(arg.ColumnRef.fields?.at(-1)) === column;
  return isOfColumn && typeName ? textOf(typeName) : undefined;
}
