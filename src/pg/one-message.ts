import { literal } from './sql-text.ts';

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
