import pg from 'pg';

/** An identifier, always quoted: `"my table"`. */
export const identifier = (name: string): string => pg.escapeIdentifier(name);

/** A literal that is safe under any `standard_conforming_strings`; NULL for what is missing. */
export function literal(value: string | number | undefined): string {
  if (value === undefined) return 'NULL';
  return typeof value === 'number' ? String(value) : pg.escapeLiteral(value).trim();
}

/** `"schema"."name"` */
export const qualified = (schema: string, name: string): string => `${identifier(schema)}.${identifier(name)}`;
