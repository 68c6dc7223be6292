import { identifier } from '../pg/sql-text.ts';
import type { RunContext } from './run-context.ts';

type Limits = RunContext['limits'];

/** The statements that give a transaction its role and its limits. */
export function opening({ role, statementTimeoutMs }: Limits, lockTimeoutMs: number): readonly string[] {
  return [
    ...(role === undefined ? [] : [`SET LOCAL ROLE ${identifier(role)}`]),
    ...(lockTimeoutMs === 0 ? [] : [`SET LOCAL lock_timeout = '${lockTimeoutMs}ms'`]),
    ...(statementTimeoutMs === 0 ? [] : [`SET LOCAL statement_timeout = '${statementTimeoutMs}ms'`]),
  ];
}
