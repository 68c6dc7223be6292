import type { Node } from 'libpg-query';
import { nameOfList } from '../../sql/effects/names.ts';
import { walkTree } from '../../sql/effects/walk-tree.ts';
import type { Schema, Volatility } from '../schema/schema.ts';
import { NOT_VOLATILE, VOLATILE, VOLATILE_OF_EXTENSIONS } from './builtin-functions.ts';

/** Whether an expression gives another value for each row: then a default is computed row by row. `unknown`: a function that nobody described. */
export function volatilityOf(schema: Schema, expression: Node | undefined): Volatility | 'unknown' {
  const found = calls(expression).map((call) => ofFunction(schema, call));
  return found.includes('volatile') ? 'volatile' : found.includes('unknown') ? 'unknown' : 'stable';
}

/** Names of the functions that an expression calls. */
function calls(expression: unknown): readonly { readonly schema?: string; readonly name: string }[] {
  const found: { readonly schema?: string; readonly name: string }[] = [];
  walkTree(expression, (_, object) => {
    if ('funcname' in object) found.push(nameOfList(object['funcname'] as readonly Node[]));
    return false;
  });
  return found;
}

function ofFunction(schema: Schema, name: { readonly schema?: string; readonly name: string }): Volatility | 'unknown' {
  if (name.schema !== 'pg_catalog') {
    const own = schema.findIn(schema.functions, name);
    if (own) return own;
  }
  if (VOLATILE.has(name.name) || VOLATILE_OF_EXTENSIONS.has(name.name)) return 'volatile';
  return isBuiltin(schema, name) ? 'stable' : 'unknown';
}

/** The catalog lists all functions of one's own; what it does not list is the server's. */
const isBuiltin = (schema: Schema, { schema: own, name }: { readonly schema?: string; readonly name: string }): boolean =>
  own === 'pg_catalog' || schema.source === 'catalog' || NOT_VOLATILE.has(name);
