import type { ColumnDef, Node, TypeName } from 'libpg-query';
import { wordOf } from './options.ts';

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
