// Views and foreign keys know by name what they depend on.
import { keyOf, type Relation, type Schema } from './schema.ts';

/** @param isCascade what reads it goes as well, and foreign keys that refer to it */
export function dropRelation(schema: Schema, key: string, isCascade: boolean): void {
  schema.relations.delete(key);
  if (!isCascade) return;
  for (const [other, relation] of schema.relations) {
    if (relation.reads?.some((one) => one.relation === key)) dropRelation(schema, other, true);
    else if (relation.constraints.some((one) => refersTo(schema, one, key)))
      schema.put({ ...relation, constraints: relation.constraints.filter((one) => !refersTo(schema, one, key)) });
  }
}

type Named = Pick<Relation, 'schema' | 'name'>;

export function referWithNewName(schema: Schema, from: Named, to: Named): void {
  const [old, now] = [keyOf(from.schema, from.name), keyOf(to.schema, to.name)];
  for (const relation of schema.relations.values()) {
    const reads = relation.reads?.map((one) => (one.relation === old ? { ...one, relation: now } : one));
    const constraints = relation.constraints.map((one) =>
      one.references && refersTo(schema, one, old)
        ? { ...one, references: { ...one.references, table: { schema: to.schema, name: to.name } } }
        : one,
    );
    const isTouched = relation.reads?.some((one) => one.relation === old) || relation.constraints.some((one) => refersTo(schema, one, old));
    if (isTouched) schema.put({ ...relation, constraints, ...(reads && { reads }) });
  }
}

const refersTo = (schema: Schema, { references }: Relation['constraints'][number], key: string): boolean =>
  references !== undefined && schema.keyed(references.table) === key;
