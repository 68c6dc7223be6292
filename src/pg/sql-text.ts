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

/**
 * Puts values into a query's text, so that it travels as one message. A query with parameters is five, and a client that vanishes
 * between them leaves a session that is neither idle nor idle in a transaction: no idle limit ever ends it, and it keeps the RunLock
 * (manual: protocol-flow, Extended Query; runtime-config-client).
 */
export function oneMessage(sql: string, values: readonly (string | readonly string[])[]): string {
  return sql.replaceAll(/\$(\d+)/g, (_, number: string) => {
    const value = values[Number(number) - 1] ?? '';
    return typeof value === 'string' ? literal(value) : `ARRAY[${value.map((one) => literal(one)).join(', ')}]::text[]`;
  });
}

/** The ends of what a Date can hold: `infinity`, and what lies before its beginning. */
const END = 8.64e15;

/** A timestamp of the server, as the driver gives it or as JSON has it; one that no Date can hold is the end it lies beyond. */
export function toDate(value: Date | number | string): Date {
  const date = new Date(value);
  if (!Number.isNaN(date.getTime())) return date;
  return new Date(/^-|BC$/.test(String(value)) ? -END : END);
}
