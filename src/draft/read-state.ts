import type { Client, QueryResult } from 'pg';
import { RESET, SET } from '../snapshot/kinds/pieces.ts';
import { prepared } from '../snapshot/kinds/prepared.ts';
import { SAID } from '../snapshot/statements/order-statements.ts';
import { readStatements, type Statement, type Statements } from '../snapshot/statements/read-statements.ts';
import { COLUMN_NEEDS, columnsFor, NAMES, PROPERTIES } from './state-queries.ts';

/** What an object is called, quoted where it has to be. */
export interface Named {
  readonly key: string;
  /** What ALTER calls it: `TABLE`, `ROUTINE`. */
  readonly kind: string;
  /** What the server calls it: `TABLE CONSTRAINT`, `FUNCTION`. */
  readonly type: string;
  readonly name: string;
  readonly schema: string | null;
  readonly identity: string;
}

export interface Column {
  readonly key: string;
  readonly number: number;
  /** As PostgreSQL has it now: what needs the column is found by it. */
  readonly place: string;
  readonly relation: string;
  readonly name: string;
  readonly type: string;
  readonly collate: string;
  readonly value: string;
  readonly identity: string;
  readonly notNull: string;
  readonly storage: string;
  readonly compression: string;
  readonly statistics: number;
  readonly options: readonly string[];
  readonly isAttribute: boolean;
  readonly isInherited: boolean;
  /** The first of an enum. */
  readonly label: string | null;
  readonly category: string;
}

export interface Property {
  readonly key: string;
  readonly what: string;
  readonly value: string | null;
}

/** A schema as one reads it who wants to lead another one there. Keys are those of the catalogs, so that an object is known under any name. */
export interface State extends Statements {
  readonly names: ReadonlyMap<string, Named>;
  readonly columns: readonly Column[];
  readonly properties: readonly Property[];
  /** By the place of a column, the keys of what needs it. */
  readonly columnNeeds: ReadonlyMap<string, readonly string[]>;
}

/** @param isLeftOut takes a name like `public.users` */
export async function readState(client: Client, isLeftOut: (name: string) => boolean): Promise<State> {
  const all = await readStatements(client, true);
  const since = (from: number, sql: string, before = ''): string => (all.major >= from ? sql : before);
  const queries = [NAMES, columnsFor(since), PROPERTIES, COLUMN_NEEDS];
  const asked = await prepared(client, { prefix: 'lockstep_state_', queries });
  const results = (await client.query([SET, ...asked, RESET].join(';\n'))) as unknown as readonly QueryResult[];
  const rows = <T>(at: number): readonly T[] => (results[at]?.rows ?? []) as readonly T[];
  const isOut = ({ rank, name }: Statement): boolean => isLeftOut(SAID.includes(rank) ? name.replace(/^[a-z -]+ (?=\S)/, '') : name);
  const columnNeeds = new Map<string, string[]>();
  for (const { key, place } of rows<{ key: string; place: string }>(4)) columnNeeds.set(place, [...(columnNeeds.get(place) ?? []), key]);
  return {
    ...all,
    statements: all.statements.filter((one) => !isOut(one)),
    names: new Map(rows<Named>(1).map((one) => [one.key, one])),
    columns: rows<Column>(2).filter(({ relation }) => !isLeftOut(relation)),
    properties: rows<Property>(3),
    columnNeeds,
  };
}
