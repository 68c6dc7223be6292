import type { DataLoss, Link, ObjectName, Rename } from '../model/effects.ts';
import type { KnownLoss } from '../model/loss.ts';

interface Renamed<T> {
  readonly now: T;
  /** Empty where nothing is called so any more. */
  readonly before: readonly T[];
}

interface Column {
  readonly table: ObjectName;
  readonly name: string;
}

/**
 * Follows a plan's statements in order. It knows what the things that they name are called before the plan runs, as the plan may rename,
 * move or address by search path what it takes from later on; and what else is affected by the ways that the plan itself makes.
 */
export class PlanNames {
  private readonly relations: Renamed<ObjectName>[] = [];
  private readonly types: Renamed<ObjectName>[] = [];
  private readonly columnNames: Renamed<Column>[] = [];
  private readonly schemas = new Map<string, string>();
  private readonly links: Link[] = [];
  private path: readonly string[] | undefined;

  /** A script begins with the session's own search path. */
  beginScript(): void {
    this.path = undefined;
  }

  /** The names that a relation may have today. The first one that exists is meant; none: the plan makes it. */
  relation(name: ObjectName): readonly ObjectName[] {
    return this.withPath(name).flatMap((it) => lookUp(this.relations, it));
  }

  schema(name: string): string {
    return this.schemas.get(name) ?? name;
  }

  /** What the plan has moved into a schema goes with it. */
  movedInto(schema: string): readonly (readonly ObjectName[])[] {
    return this.relations.filter(({ now, before }) => now.schema === this.schema(schema) && before.length > 0).map(({ before }) => before);
  }

  linked(name: ObjectName, kinds: readonly Link['kind'][]): readonly ObjectName[] {
    const found = [name];
    for (const one of found)
      for (const { kind, from, to } of this.links)
        if (kinds.includes(kind) && mayBeSame(from, one) && !found.some((known) => isSame(known, to))) found.push(to);
    return found;
  }

  /** A loss by today's names, with those of what is linked: one for each. */
  losses(loss: DataLoss): readonly KnownLoss[] {
    switch (loss.kind) {
      case 'rows':
        return this.linked(loss.table, FOLLOWED[loss.along ?? 'alone']).map((table) => ({
          ...loss,
          table: this.relation(table),
        }));
      case 'type':
        return this.isSpelledOut(loss) ? [] : this.columnLosses(loss, ['child']);
      case 'values':
      case 'unset':
      case 'hanging':
        return this.columnLosses(loss, ['child', 'view']);
      case 'dropped':
        return this.droppedLosses(loss);
      case 'columns-of-type':
        return [{ ...loss, type: loss.isTable ? this.relation(loss.type) : this.type(loss.type) }];
      default:
        return [loss];
    }
  }

  /** Takes note of what a statement renames and links, once its own names have been looked up. */
  see(renames: readonly Rename[], links: readonly Link[]): void {
    for (const rename of renames) this.seeRename(rename);
    this.links.push(...links);
  }

  private columnLosses(loss: Extract<DataLoss, { column: unknown }>, kinds: readonly Link['kind'][]): readonly KnownLoss[] {
    return this.linked(loss.table, kinds).map((name) => {
      const [table, column] = [this.relation(name), this.column(name, loss.column)];
      return loss.kind === 'type' ? { ...loss, table, column, made: [] } : { ...loss, table, column };
    });
  }

  private droppedLosses({ what, name, kind }: Extract<DataLoss, { kind: 'dropped' }>): readonly KnownLoss[] {
    if (what === 'table' || what === 'view') return this.linked(name, ['child']).map((one) => ({ kind, what, name: this.relation(one) }));
    if (what === 'type') return [{ kind, what, name: this.type(name) }];
    if (what !== 'schema') return [{ kind, what, name: [name] }];
    const moved = this.movedInto(name.name).map((table): KnownLoss => ({ kind: 'rows', table }));
    return [{ kind, what, name: [{ name: this.schema(name.name) }] }, ...moved];
  }

  /** As text into a type that the plan itself makes, as one makes an enum anew: a value is taken as it reads, or the statement fails. */
  private isSpelledOut({ path, made }: Extract<DataLoss, { kind: 'type' }>): boolean {
    return path?.at(-2) === '"text"' && this.type(made).length === 0;
  }

  /** Of an enum that the plan makes: none. */
  private type(name: ObjectName): readonly ObjectName[] {
    return this.withPath(name).flatMap((it) => lookUp(this.types, it));
  }

  /** The names that a column may have today; `table` is as the script says it. */
  private column(table: ObjectName, name: string): readonly string[] {
    const tables = this.relation(table);
    const found = this.columnNames.findLast(({ now }) => now.name === name && tables.some((it) => mayBeSame(it, now.table)));
    return found ? found.before.map((before) => before.name) : [name];
  }

  private seeRename(rename: Rename): void {
    if (rename.kind === 'search-path') this.path = rename.path;
    else if (rename.kind === 'schema') this.schemas.set(rename.to, this.schema(rename.from));
    else if (rename.kind === 'column') this.renameColumn(rename.table, rename.from, rename.to);
    else if (rename.kind === 'made-type') for (const now of this.withPath(rename.name)) this.types.push({ now, before: [] });
    else this.rename(rename.kind === 'type' ? this.types : this.relations, rename.name, rename.to);
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

  private withPath(name: ObjectName): readonly ObjectName[] {
    if (name.schema !== undefined || !this.path) return [this.inFormerSchema(name)];
    return this.path.map((schema) => this.inFormerSchema({ ...name, schema }));
  }

  private inFormerSchema(name: ObjectName): ObjectName {
    return name.schema === undefined ? name : { ...name, schema: this.schema(name.schema) };
  }
}

/** Which links a statement that takes rows follows: DROP and TRUNCATE, TRUNCATE … CASCADE, DELETE. */
const FOLLOWED = { alone: ['child'], referencing: ['child', 'reference', 'cascade'], cascading: ['child', 'view', 'cascade'] } as const;

const isSame = (one: ObjectName, other: ObjectName): boolean => one.name === other.name && one.schema === other.schema;

const mayBeSame = (one: ObjectName, other: ObjectName): boolean =>
  one.name === other.name && (one.schema === undefined || other.schema === undefined || one.schema === other.schema);

/** Where only one of the two names says its schema, both may be meant; what exists today cannot be what a rename has yet to make. */
function lookUp(list: readonly Renamed<ObjectName>[], name: ObjectName): readonly ObjectName[] {
  const found = list.findLast(({ now }) => mayBeSame(now, name));
  if (!found) return [name];
  return found.now.schema === name.schema ? found.before : [name, ...found.before];
}
