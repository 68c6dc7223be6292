import type { Client } from 'pg';
import { type Group, orderStatements } from './statements/order-statements.ts';
import { readStatements } from './statements/read-statements.ts';

/** A schema as SQL that makes it again. */
export interface WrittenSchema {
  readonly sql: string;
  /** What no statement makes, as a person would call it; a comment of the SQL says so too. */
  readonly unwritten: readonly string[];
}

const BEGIN = `SET search_path = pg_catalog;\nSET check_function_bodies = off;\n`;
const END = `RESET search_path;\nRESET check_function_bodies;\n`;

/**
 * Writes what is neither the server's nor an extension's, equal for equal schemas. Objects that belong to whoever is connected get no owner, so that
 * it does not matter who that is.
 * @param isLeftOut takes a name like `public.users`
 */
export async function writeSchema(client: Client, isLeftOut: (name: string) => boolean = () => false): Promise<WrittenSchema> {
  const { statements, needs, unknown } = await readStatements(client);
  const out = new Set(statements.filter(({ name }) => isLeftOut(name)).map(({ key }) => key));
  const groups = orderStatements({ statements: statements.filter(({ key }) => !out.has(key)), needs });
  const unwritten = [
    ...groups
      .flatMap(({ first, rest }) => [first, ...rest])
      .filter(({ sql }) => sql === null)
      .map(({ rank, name }) => `${rank} ${name}`),
    ...unknown,
  ];
  const texts = groups.map(textOf).filter((text) => text !== '');
  const comments = unknown.map((name) => `-- Not written, this program does not know its kind: ${name}\n`);
  return { sql: [BEGIN, ...texts, ...comments, END].join('\n'), unwritten };
}

const textOf = ({ first, rest }: Group): string =>
  [first, ...rest]
    .map(({ sql, rank, name }) => sql ?? `-- Not written, there is no statement for it: ${rank} ${name.replaceAll(/\s+/g, ' ')}`)
    .filter((text) => text !== '')
    .map((text) => `${text}\n`)
    .join('');
