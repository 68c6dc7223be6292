// Which columns of which relations a view reads, as far as its text tells for certain. The server refuses to drop those, and no others.
import type { Node } from 'libpg-query';
import { nameOfRelation, wordOf } from '../../sql/effects/names.ts';
import type { Relation, Schema } from './schema.ts';

type Reads = NonNullable<Relation['reads']>;
type Json = Readonly<Record<string, unknown>>;

/** What stands in a FROM, by the name that the query calls it. */
type Scope = ReadonlyMap<string, string>;

export function readsOf(schema: Schema, query: Node | undefined): Reads {
  const reader = new Reader(schema);
  reader.see(query, new Map());
  return [...reader.found].map(([relation, columns]) => ({ relation, columns: [...columns] }));
}

class Reader {
  readonly found = new Map<string, Set<string>>();
  private readonly schema: Schema;

  constructor(schema: Schema) {
    this.schema = schema;
  }

  see(value: unknown, scope: Scope): void {
    if (Array.isArray(value)) for (const one of value) this.see(one, scope);
    else if (typeof value === 'object' && value !== null) this.seeObject(value as Json, scope);
  }

  private seeObject(value: Json, scope: Scope): void {
    const own = 'fromClause' in value ? this.scopeOf(value['fromClause'], scope) : scope;
    if ('ColumnRef' in value) this.seeColumn((value['ColumnRef'] as { readonly fields?: readonly Node[] }).fields ?? [], scope);
    else for (const one of Object.values(value)) this.see(one, own);
  }

  /** Its own names hide those of the query around it. */
  private scopeOf(from: unknown, around: Scope): Scope {
    const names = new Map(around);
    for (const { called, key } of this.relationsOf(from)) {
      names.set(called, key);
      if (!this.found.has(key)) this.found.set(key, new Set());
    }
    return names;
  }

  private relationsOf(from: unknown): readonly { readonly called: string; readonly key: string }[] {
    if (Array.isArray(from)) return from.flatMap((one) => this.relationsOf(one));
    if (typeof from !== 'object' || from === null) return [];
    if ('RangeVar' in from) {
      const range = (from as Extract<Node, { RangeVar: unknown }>).RangeVar;
      return [{ called: range.alias?.aliasname ?? range.relname ?? '', key: this.schema.keyed(nameOfRelation(range)) }];
    }
    if (!('JoinExpr' in from)) return [];
    const { larg, rarg } = (from as Extract<Node, { JoinExpr: unknown }>).JoinExpr;
    return [...this.relationsOf(larg), ...this.relationsOf(rarg)];
  }

  private seeColumn(fields: readonly Node[], scope: Scope): void {
    const last = fields.at(-1);
    const qualifier = fields.length > 1 ? wordOf(fields.at(-2)) : undefined;
    const keys = qualifier === undefined ? [...scope.values()] : [scope.get(qualifier)].filter((one) => one !== undefined);
    if (last && 'A_Star' in last) for (const key of keys) this.add(key, [...(this.schema.relations.get(key)?.columns.keys() ?? [])]);
    else if (last) for (const key of this.holders(keys, wordOf(last))) this.add(key, [wordOf(last)]);
  }

  /** Of several relations the one that has the column; where that is not known, none. */
  private holders(keys: readonly string[], column: string): readonly string[] {
    if (keys.length === 1) return keys;
    const holding = keys.filter((key) => this.schema.relations.get(key)?.columns.has(column));
    return holding.length === 1 ? holding : [];
  }

  private add(key: string, columns: readonly string[]): void {
    for (const column of columns) this.found.get(key)?.add(column);
  }
}
