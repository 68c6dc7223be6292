import type { Node, RangeVar } from 'libpg-query';
import type { ObjectName } from '../../model/script.ts';
import { wordOf } from '../options.ts';

export function nameOfRelation(relation: RangeVar | undefined): ObjectName {
  return objectName(relation?.schemaname, relation?.relname);
}

/** A name given as a list of its parts: `[schema, name]`. */
export function nameOfList(parts: readonly Node[] | undefined): ObjectName {
  return objectName(wordOf(parts?.at(-2)), wordOf(parts?.at(-1)));
}

const objectName = (schema: string | undefined, name = ''): ObjectName => (schema ? { schema, name } : { name });
