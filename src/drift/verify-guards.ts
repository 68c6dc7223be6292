import type { Bypass } from '../history/guard-bypasses.ts';
import type { Guard } from '../history/sealed-events.ts';
import type { AuditFinding } from '../model/audit.ts';
import { qualified } from '../pg/sql-text.ts';

const WAS = { missing: 'is gone', disabled: 'is disabled', changed: 'is not the one that this version makes' } as const;

/** Without its guards the journal can be written by anybody who may write the table. */
export function verifyGuards(guards: readonly Guard[], schema: string, again: string): readonly AuditFinding[] {
  return guards.flatMap(({ name, table, state }) =>
    state === 'in place'
      ? []
      : [
          {
            code: 'guard-off',
            what: `Guard: the trigger ${name} of ${table} ${WAS[state]}`,
            next:
              state === 'changed'
                ? `DROP TRIGGER ${name} ON ${qualified(schema, table)};   then ${again}, which makes it anew`
                : `${again}   puts it in place again`,
          },
        ],
  );
}

/** A guard can be in place and see nothing: a rule, or another trigger before it, takes the rows away. */
export const verifyNoBypass = (bypasses: readonly Bypass[]): readonly AuditFinding[] =>
  bypasses.map(({ what, undo }) => ({
    code: 'guard-bypassed',
    what: `Guard: ${what} can keep events from the journal, or rows from who reads them`,
    next: undo,
  }));
