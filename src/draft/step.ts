import type { Column, Named, State } from './read-state.ts';

/** How far a statement of a draft brings back what was there. */
export type Tag = 'exact' | 'structure only' | 'LOSSY';

/** One way to do it: statements that are run together. */
export interface Way {
  readonly sql: readonly string[];
  readonly tag?: Tag;
  /** What a person has to know about it. */
  readonly why?: string;
}

/** Something that has to be done on the way back. */
export interface Step {
  /** As a person would call what it is about. */
  readonly about: string;
  /** The first that the server takes is the one. */
  readonly ways: readonly Way[];
  /** Keys and places of columns: what needs these may be in the way, and is taken aside then. */
  readonly on: readonly string[];
}

export const step = (about: string, on: readonly string[], ...ways: readonly (Way | readonly string[])[]): Step => ({
  about,
  on,
  ways: ways.map((way) => ('sql' in way ? way : { sql: way })),
});

export const columnAt = (state: State): ((column: Pick<Column, 'key' | 'number'>) => Column | undefined) => {
  const found = new Map(state.columns.map((one) => [`${one.key} ${one.number}`, one]));
  return ({ key, number }) => found.get(`${key} ${number}`);
};

const PARTS: Readonly<Record<string, (name: string, of: string) => string>> = {
  'TABLE CONSTRAINT': (name, of) => `ALTER TABLE ${of} DROP CONSTRAINT ${name};`,
  'DOMAIN CONSTRAINT': (name, of) => `ALTER DOMAIN ${of} DROP CONSTRAINT ${name};`,
};

const ON_TABLE = ['TRIGGER', 'POLICY', 'RULE'];

/** Of a part, what it is a part of: `name on public.users`. */
export const wholeOf = ({ name, identity }: Named): string => identity.slice(name.length + ' on '.length);

/** The word of DROP, which has no ROUTINE COLUMN. */
export function dropText(named: Named): string {
  const { type, kind, identity, name } = named;
  if (type in PARTS) return PARTS[type]?.(name, wholeOf(named)) ?? '';
  const relation = /^(.+) in publication (.+)$/.exec(identity);
  if (type === 'PUBLICATION RELATION' && relation) return `ALTER PUBLICATION ${relation[2]} DROP TABLE ${relation[1]};`;
  if (type === 'USER MAPPING') return `DROP USER MAPPING FOR ${identity.replace(/ on server /, ' SERVER ')};`;
  const words = type === 'TRANSFORM' ? identity.replace(' on language ', ' LANGUAGE ') : identity;
  if (ON_TABLE.includes(type)) return `DROP ${type} ${name} ON ${wholeOf(named)};`;
  return `DROP ${kind === 'ROUTINE' ? type : kind} ${words};`;
}
