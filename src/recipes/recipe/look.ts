import type { Client } from 'pg';
import type { Column, State } from '../../draft/read-state.ts';
import type { Statement } from '../../snapshot/statements/read-statements.ts';
import { joinNames, namesIn, unquoted } from './names.ts';
import { mistyped, outside } from './refuse.ts';

/** A table; names as SQL takes them. */
export interface Table {
  readonly key: string;
  readonly schema: string;
  readonly name: string;
  /** With its schema. */
  readonly full: string;
}

export interface LookSource {
  readonly state: State;
  readonly client: Client;
  /** Schemas in which a bare name is looked for. */
  readonly path: readonly string[];
  /** Words that are no names without quotes. */
  readonly keywords: ReadonlySet<string>;
  readonly major: number;
}

/** The schema that the files will meet. */
export class Look {
  readonly state: State;
  readonly client: Client;
  readonly major: number;
  private readonly source: LookSource;
  private readonly taken = new Set<string>();

  constructor(source: LookSource) {
    this.source = source;
    this.state = source.state;
    this.client = source.client;
    this.major = source.major;
  }

  /** As SQL takes it. */
  quote(name: string): string {
    return /^[a-z_][a-z0-9_$]*$/.test(name) && !this.source.keywords.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
  }

  /** @throws LockstepError where there is no such table, and where it is no plain one */
  table(text: string): Table {
    const names = namesIn(text);
    if (!names || names.length > 2) throw mistyped(`"${text}" is no name of a table`, 'write it as orders, shop.orders or \'"Orders"\'');
    const [schema, name = ''] = names.length === 2 ? names : [undefined, names[0]];
    const found = this.relation(name, schema === undefined ? this.source.path : [schema]);
    if (!found) throw mistyped(`There is no table ${names.map((one) => this.quote(one)).join('.')}`, this.near(name));
    if (!this.sqlOf(found.key, 'table').startsWith('CREATE')) throw mistyped(`${found.full} is no table`, this.near(name));
    return found;
  }

  private relation(name: string, schemas: readonly string[]): Table | undefined {
    for (const schema of schemas)
      for (const one of this.state.names.values())
        if (one.key.startsWith('pg_class ') && one.schema !== null && unquoted(one.schema) === schema && unquoted(one.name) === name)
          return { key: one.key, schema: one.schema, name: one.name, full: `${one.schema}.${one.name}` };
    return undefined;
  }

  private near(name: string): string {
    const tables = this.state.statements.filter(({ rank }) => rank === 'table').map((one) => one.name);
    const like = tables.filter((one) => one.includes(name) || name.includes(one.split('.').at(-1) ?? one));
    return `tables there are: ${(like.length > 0 ? like : tables).slice(0, 10).join(', ') || 'none'}; a migration that is written but wrong: npm run migrate:rehearse`;
  }

  /** Those of a table, in order. */
  columns({ key }: Pick<Table, 'key'>): readonly Column[] {
    return this.state.columns.filter((one) => one.key === key).toSorted((a, b) => a.number - b.number);
  }

  /** By its name as it is, without quotes. */
  findColumn(table: Table, name: string): Column | undefined {
    return this.columns(table).find((one) => unquoted(one.name) === name);
  }

  /** @param text `TABLE.COLUMN` @throws LockstepError where there is none */
  column(text: string): { readonly table: Table; readonly column: Column } {
    const names = namesIn(text);
    if (!names || names.length < 2 || names.length > 3)
      throw mistyped(`"${text}" is no name of a column`, 'write it as orders.note, shop.orders.note or \'"Orders".note\'');
    const table = this.table(
      names
        .slice(0, -1)
        .map((one) => `"${one.replaceAll('"', '""')}"`)
        .join('.'),
    );
    const column = this.findColumn(table, names.at(-1) ?? '');
    if (column) return { table, column };
    const all = this.columns(table).map(({ name }) => name);
    throw mistyped(
      `${table.full} has no column ${names.at(-1)}`,
      `its columns: ${all.slice(0, 10).join(', ')}${all.length > 10 ? ' and more' : ''}`,
    );
  }

  /** What was written about an object. */
  statement(key: string, rank: Statement['rank']): Statement | undefined {
    return this.state.statements.find((one) => one.key === key && one.rank === rank);
  }

  sqlOf(key: string, rank: Statement['rank']): string {
    return this.statement(key, rank)?.sql ?? '';
  }

  property({ key }: Pick<Table, 'key'>, what: string): string | undefined {
    return this.state.properties.find((one) => one.key === key && one.what === what)?.value ?? undefined;
  }

  /** Everything that needs the column, but for what is a part of it. */
  needs({ key: own, place }: Column): readonly Statement[] {
    const keys = this.state.columnNeeds.get(place) ?? [];
    const said = ['owner', 'comment', 'grant', 'security label', 'use', 'refresh', 'refresh by functions', 'attach'];
    return this.state.statements.filter(({ key, rank }) => keys.includes(key) && key !== own && !said.includes(rank));
  }

  /** A name nobody has in the schema. @param parts e.g. table and column, unquoted */
  free(schema: string, parts: readonly [string, string?], label: string): string {
    for (let n = 0; ; n += 1) {
      const name = joinNames(parts, `${label}${n === 0 ? '' : n}`);
      const isTaken = [...this.state.names.values()].some(
        (one) => unquoted(one.name) === name && (one.schema === null || one.schema === schema),
      );
      if (isTaken || this.taken.has(`${schema}.${name}`)) continue;
      this.taken.add(`${schema}.${name}`);
      return this.quote(name);
    }
  }

  /** @throws LockstepError for what only looks like a table of its own */
  verifyPlain(table: Table): void {
    const { full } = table;
    if (this.property(table, 'access method') === undefined)
      throw outside(
        `${full} is partitioned or foreign`,
        `change its partitions one by one, or write the SQL: npm run migrate:make -- describe_the_change`,
      );
    if (this.state.statements.some(({ rank, name }) => rank === 'attach' && name === full))
      throw outside(`${full} is a partition, whose columns and keys are its parent's`, 'name the parent, or write the SQL by hand');
    const families = this.state.properties.filter(({ what }) => what === 'parents');
    if (
      families.some(
        ({ key, value }) => (key === table.key && value !== '[]') || (JSON.parse(value ?? '[]') as readonly string[]).includes(full),
      )
    )
      throw outside(`${full} inherits, or is inherited from`, 'write the SQL by hand: npm run migrate:make -- describe_the_change');
  }

  /** @throws LockstepError where whoever owns the table does not see all of its rows, so that a backfill would leave some out */
  verifySeen(table: Table): void {
    if (this.property(table, 'forced') === 'FORCE')
      throw outside(
        `${table.full} has FORCE ROW LEVEL SECURITY, and a backfill of its owner would leave out rows`,
        `in migrations of your own before and behind it: ALTER TABLE ${table.full} NO FORCE ROW LEVEL SECURITY;`,
      );
  }

  /** @throws LockstepError where subscribers would meet what they do not know */
  verifyUnpublished({ full, schema }: Table): void {
    const ends = [`ADD TABLE ONLY ${full};`, `ADD TABLE ONLY ${full} `, `IN SCHEMA ${schema};`];
    const published = this.state.statements.find(
      ({ rank, sql }) =>
        (rank === 'published' && ends.some((end) => sql?.includes(end))) || (rank === 'publication' && sql?.includes(' FOR ALL TABLES')),
    );
    if (published)
      throw outside(
        `${full} is published (${published.name}), and its subscribers have the table as it is now`,
        'change the subscribers first, or take it out of the publication for the time',
      );
  }
}
