// A plan may rename, move or address by search path what it takes from later on; the catalog knows today's names only.
import type { Node } from 'libpg-query';
import type { ObjectName } from '../../model/script.ts';
import { nameOfList, nameOfRelation, wordOf } from './names.ts';

interface Renamed<T> {
  readonly now: T;
  /** Empty where nothing is called so any more. */
  readonly before: readonly T[];
}

interface Column {
  readonly table: ObjectName;
  readonly name: string;
}

// Triggers, rules, policies, constraints and attributes name a relation too, which keeps its name.
const RELATIONS = new Set<string>([
  'OBJECT_TABLE',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_FOREIGN_TABLE',
  'OBJECT_INDEX',
  'OBJECT_SEQUENCE',
]);

/** Follows a plan's statements in order, and tells what the things that it names are called before it runs. */
export class FormerNames {
  private readonly relations: Renamed<ObjectName>[] = [];
  private readonly types: Renamed<ObjectName>[] = [];
  private readonly columnNames: Renamed<Column>[] = [];
  private readonly schemas = new Map<string, string>();
  private path: readonly string[] | undefined;

  /** A script begins with the session's own search path. */
  beginScript(): void {
    this.path = undefined;
  }

  /** The names that a relation may have today. The first one that exists is meant; none: the plan makes it. */
  relation(name: ObjectName): readonly ObjectName[] {
    return this.withPath(name).flatMap((it) => lookUp(this.relations, it));
  }

  /** Of an enum that the plan makes: none. */
  type(name: ObjectName): readonly ObjectName[] {
    return this.withPath(name).flatMap((it) => lookUp(this.types, it));
  }

  /** The names that a column may have today; `table` is as the script says it. */
  column(table: ObjectName, name: string): readonly string[] {
    const tables = this.relation(table);
    const found = this.columnNames.findLast(({ now }) => now.name === name && tables.some((it) => mayBeSame(it, now.table)));
    return found ? found.before.map((before) => before.name) : [name];
  }

  schema(name: string): string {
    return this.schemas.get(name) ?? name;
  }

  /** What the plan has moved into a schema goes with it. */
  movedInto(schema: string): readonly (readonly ObjectName[])[] {
    return this.relations.filter(({ now, before }) => now.schema === this.schema(schema) && before.length > 0).map(({ before }) => before);
  }

  /** Takes note of what a statement renames, once its own names have been looked up. */
  see(node: Node): void {
    if ('VariableSetStmt' in node) this.seeSetting(node.VariableSetStmt);
    if ('SelectStmt' in node) this.seeSetConfig(node.SelectStmt);
    if ('RenameStmt' in node) this.seeRename(node.RenameStmt);
    if ('CreateEnumStmt' in node)
      for (const now of this.withPath(nameOfList(node.CreateEnumStmt.typeName))) this.types.push({ now, before: [] });
    if (!('AlterObjectSchemaStmt' in node)) return;
    const { relation, objectType, object, newschema = '' } = node.AlterObjectSchemaStmt;
    if (relation) this.rename(this.relations, nameOfRelation(relation), { schema: newschema });
    if (objectType === 'OBJECT_TYPE' && object && 'List' in object)
      this.rename(this.types, nameOfList(object.List.items), { schema: newschema });
  }

  private seeRename({
    renameType,
    relation,
    subname = '',
    newname = '',
    object,
  }: Extract<Node, { RenameStmt: unknown }>['RenameStmt']): void {
    if (renameType === 'OBJECT_SCHEMA') this.schemas.set(newname, this.schema(subname));
    else if (renameType === 'OBJECT_COLUMN' && relation) this.renameColumn(nameOfRelation(relation), subname, newname);
    else if (relation && RELATIONS.has(renameType ?? '')) this.rename(this.relations, nameOfRelation(relation), { name: newname });
    else if (object && 'List' in object && (renameType === 'OBJECT_TYPE' || renameType === 'OBJECT_DOMAIN'))
      this.rename(this.types, nameOfList(object.List.items), { name: newname });
  }

  private rename(list: Renamed<ObjectName>[], name: ObjectName, change: Partial<ObjectName>): void {
    const moved = this.withPath(name).map((was) => ({ was, before: lookUp(list, was) }));
    for (const { was, before } of moved) list.push({ now: was, before: [] }, { now: this.inFormerSchema({ ...was, ...change }), before });
  }

  private renameColumn(table: ObjectName, from: string, to: string): void {
    const before = this.column(table, from);
    for (const it of this.relation(table))
      this.columnNames.push(
        { now: { table: it, name: from }, before: [] },
        { now: { table: it, name: to }, before: before.map((name) => ({ table: it, name })) },
      );
  }

  private seeSetting({ kind, name, args }: Extract<Node, { VariableSetStmt: unknown }>['VariableSetStmt']): void {
    if (kind === 'VAR_RESET_ALL' || (name === 'search_path' && kind !== 'VAR_SET_VALUE')) this.path = undefined;
    else if (name === 'search_path') this.setPath((args ?? []).map(wordOf));
  }

  /** `SELECT set_config('search_path', 'a, b', false)`, as pg_dump writes it. */
  private seeSetConfig({ targetList }: Extract<Node, { SelectStmt: unknown }>['SelectStmt']): void {
    for (const target of targetList ?? []) {
      const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
      if (!value || !('FuncCall' in value) || wordOf(value.FuncCall.funcname?.at(-1)) !== 'set_config') continue;
      const [name, path] = (value.FuncCall.args ?? []).map(wordOf);
      if (name === 'search_path') this.setPath((path ?? '').split(',').map((word) => word.trim().replaceAll('"', '')));
    }
  }

  // "$user" means another schema for each role; a name that only it explains stays as it is.
  private setPath(schemas: readonly string[]): void {
    const named = schemas.filter((schema) => schema !== '' && schema !== '$user');
    this.path = named.length > 0 ? named : undefined;
  }

  private withPath(name: ObjectName): readonly ObjectName[] {
    if (name.schema !== undefined || !this.path) return [this.inFormerSchema(name)];
    return this.path.map((schema) => this.inFormerSchema({ ...name, schema }));
  }

  private inFormerSchema(name: ObjectName): ObjectName {
    return name.schema === undefined ? name : { ...name, schema: this.schema(name.schema) };
  }
}

const mayBeSame = (one: ObjectName, other: ObjectName): boolean =>
  one.name === other.name && (one.schema === undefined || other.schema === undefined || one.schema === other.schema);

/** Where only one of the two names says its schema, both may be meant; what exists today cannot be what a rename has yet to make. */
function lookUp(list: readonly Renamed<ObjectName>[], name: ObjectName): readonly ObjectName[] {
  const found = list.findLast(({ now }) => mayBeSame(now, name));
  if (!found) return [name];
  return found.now.schema === name.schema ? found.before : [name, ...found.before];
}
