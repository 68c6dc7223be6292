// A column takes the place of another: what is prepared beside the application, and the exchange.
import type { Column } from '../../draft/read-state.ts';
import { foreignKeySteps } from '../recipe/foreign-key-steps.ts';
import { deferral, indexBody, keyKind, listIn, type Part } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { unquoted } from '../recipe/names.ts';
import type { Step } from '../recipe/recipe.ts';
import { closing, opening, renameIn } from '../recipe/rename-in.ts';
import { apart, buildIndex, dropConstraint, dropIndex, EXCLUSIVE, notNullProof, validate } from '../recipe/steps.ts';
import type { Dependents, ForeignKey } from './dependents.ts';

/** Both names of what stands beside its like for a while. */
interface Twin<T extends Part> {
  readonly part: T;
  readonly beside: string;
}

/** What moves a default or an identity. */
export interface Value {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** A column that is to get the place of `column`, under a name of its own until then. */
export class Move {
  readonly table: Table;
  readonly column: Column;
  readonly incoming: string;
  private readonly indexes: readonly Twin<Part>[];
  private readonly checks: readonly Twin<Dependents['checks'][number]>[];
  private readonly foreignKeys: readonly Twin<ForeignKey>[];
  private readonly notNull: string | undefined;
  private readonly dependents: Dependents;

  constructor(
    look: Look,
    about: { readonly table: Table; readonly column: Column; readonly incoming: string; readonly dependents: Dependents },
  ) {
    const { table, column, incoming, dependents } = about;
    [this.table, this.column, this.incoming, this.dependents] = [table, column, incoming, dependents];
    const twin = <T extends Part>(part: T): Twin<T> => ({
      part,
      beside: look.free(table.schema, [unquoted(part.name)], unquoted(incoming).endsWith('old') ? 'old' : 'new'),
    });
    this.indexes = [...dependents.keys, ...dependents.indexes].map(twin);
    this.checks = dependents.checks.map(twin);
    this.foreignKeys = dependents.foreignKeys.map(twin);
    this.notNull = column.notNull === '' ? undefined : look.free(table.schema, [unquoted(table.name), unquoted(incoming)], 'is_not_null');
  }

  /** Everything that takes long; nothing of it is in anybody's way. */
  prepare(): readonly Step[] {
    const { table, column, incoming } = this;
    const moved = (text: string): string => renameIn(text, column.name, incoming);
    return [
      ...this.indexes.map(({ part, beside }) =>
        buildIndex(beside, table.full, { isUnique: part.isUnique, what: `ON ${table.full} ${moved(indexBody(part))}` }),
      ),
      ...(this.notNull === undefined ? [] : notNullProof({ table: table.full, name: this.notNull }, incoming)),
      ...this.checks.flatMap(({ part, beside }) => this.check(part, beside)),
      ...this.foreignKeys.flatMap(({ part, beside }) => this.foreignKey(part, beside)),
      {
        does: 'ANALYZE, so that plans know the new column',
        sql: `ANALYZE ${table.full};`,
        locks: `SHARE UPDATE EXCLUSIVE on ${table.full}`,
        lasts: 'scan',
        part: 'transaction',
      },
    ];
  }

  private check({ body, isValid }: Dependents['checks'][number], beside: string): readonly Step[] {
    const { full } = this.table;
    const text = renameIn(body, this.column.name, this.incoming).replace(/ NOT VALID$/, '');
    const add: Step = {
      does: `add CHECK ${beside}, which old rows need not meet yet`,
      sql: `ALTER TABLE ${full} ADD CONSTRAINT ${beside} ${text} NOT VALID;`,
      locks: `${EXCLUSIVE} on ${full}`,
      lasts: 'moment',
    };
    return [apart(add), ...(isValid ? [validate({ table: full, name: beside })] : [])];
  }

  private foreignKey(part: ForeignKey, beside: string): readonly Step[] {
    const body = this.moveEnds(part).replace(/ NOT VALID$/, '');
    const [add, check] = foreignKeySteps({ table: part.from, name: beside }, { body, other: part.to });
    return [...(add ? [add] : []), ...(part.isValid && check ? [check] : [])];
  }

  /** Only the list of the table whose column moves. */
  private moveEnds({ body, from, to }: ForeignKey): string {
    const { table, column, incoming } = this;
    const rename = (text: string): string => renameIn(text, column.name, incoming);
    const own = closing(body, opening(body));
    const other = closing(body, opening(body, own));
    const [first, second, rest] = [body.slice(0, own), body.slice(own, other), body.slice(other)];
    const isOwn = from === table.full;
    return (isOwn ? rename(first) : first) + (to === table.full ? renameList(second, rename) : second) + (isOwn ? rename(rest) : rest);
  }

  /** Takes away what was prepared, also where not all of it was. */
  unprepare(): readonly Step[] {
    const { full, schema } = this.table;
    const drops = [
      ...this.foreignKeys.map(({ part, beside }) => dropConstraint({ table: part.from, name: beside })),
      ...[...this.checks.map(({ beside }) => beside), ...(this.notNull === undefined ? [] : [this.notNull])].map((name) =>
        dropConstraint({ table: full, name }),
      ),
    ];
    return [
      ...(drops.length > 0
        ? [{ does: 'drop the constraints', sql: drops.join('\n'), locks: `${EXCLUSIVE} on ${this.tables()}`, lasts: 'moment' as const }]
        : []),
      ...this.indexes.map(({ beside }) => dropIndex(schema, beside, full)),
    ];
  }

  /** Every table that the exchange locks. */
  tables(): string {
    return [...new Set([this.table.full, ...this.foreignKeys.flatMap(({ part }) => [part.from, part.to])])].join(', ');
  }

  /** What has the name of the column now steps aside as `outgoing`. @param value moves the default or the identity, before and after the names are exchanged */
  exchange(outgoing: string, { before, after }: Value): readonly string[] {
    const { table, column, incoming, dependents } = this;
    const alter = (what: string): string => `ALTER TABLE ${table.full} ${what};`;
    return [
      ...this.foreignKeys.map(({ part }) => `ALTER TABLE ${part.from} DROP CONSTRAINT ${part.name};`),
      ...dependents.remade.map(({ drop }) => drop),
      ...[...dependents.keys, ...dependents.checks].map(({ name }) => alter(`DROP CONSTRAINT ${name}`)),
      ...dependents.indexes.map(({ name }) => `DROP INDEX ${table.schema}.${name};`),
      ...(this.notNull === undefined ? [] : [alter(`ALTER COLUMN ${incoming} SET NOT NULL`), alter(`DROP CONSTRAINT ${this.notNull}`)]),
      ...before,
      ...(this.notNull === undefined ? [] : [alter(`ALTER COLUMN ${column.name} DROP NOT NULL`)]),
      alter(`RENAME COLUMN ${column.name} TO ${outgoing}`),
      alter(`RENAME COLUMN ${incoming} TO ${column.name}`),
      ...this.takeNames(),
      ...after,
      ...dependents.remade.map(({ sql }) => sql),
      ...dependents.comments,
    ];
  }

  private takeNames(): readonly string[] {
    const { table, dependents } = this;
    return [
      ...this.indexes.map(({ part, beside }) =>
        dependents.keys.includes(part)
          ? `ALTER TABLE ${table.full} ADD CONSTRAINT ${part.name} ${keyKind(part)} USING INDEX ${beside}${deferral(part)};`
          : `ALTER INDEX ${table.schema}.${beside} RENAME TO ${part.name};`,
      ),
      ...this.checks.map(({ part, beside }) => `ALTER TABLE ${table.full} RENAME CONSTRAINT ${beside} TO ${part.name};`),
      ...this.foreignKeys.map(({ part, beside }) => `ALTER TABLE ${part.from} RENAME CONSTRAINT ${beside} TO ${part.name};`),
    ];
  }
}

const renameList = (text: string, rename: (text: string) => string): string => {
  const open = opening(text);
  return `${text.slice(0, open)}(${listIn(text, open).map(rename).join(', ')})`;
};
