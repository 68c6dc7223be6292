// The trigger that keeps a column and the one beside it alike.
import type { Column } from '../../draft/read-state.ts';
import type { Look, Table } from '../recipe/look.ts';
import { dollarQuoted, unquoted } from '../recipe/names.ts';

export interface Sync {
  readonly make: (body: string) => string;
  /** Another body for the same trigger. */
  readonly replace: (body: string) => string;
  readonly drop: string;
}

export function makeSync(look: Look, table: Table, column: Column): Sync {
  // Triggers run in the order of their names: what another one writes is to be copied.
  const name = look.free(table.schema, [`zz_${unquoted(table.name)}`, unquoted(column.name)], 'sync');
  const called = `${table.schema}.${name}`;
  const define = (verb: string, body: string): string =>
    `${verb} FUNCTION ${called}() RETURNS trigger LANGUAGE plpgsql AS ${dollarQuoted(`\n${body}\n`)};`;
  return {
    make: (body) =>
      `${define('CREATE', body)}\nCREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${table.full}\n  FOR EACH ROW EXECUTE FUNCTION ${called}();`,
    replace: (body) => define('CREATE OR REPLACE', body),
    drop: `DROP TRIGGER IF EXISTS ${name} ON ${table.full};\nDROP FUNCTION IF EXISTS ${called}();`,
  };
}

export const syncBody = {
  /** The column is the application's. */
  forth: (column: string, beside: string): string => `BEGIN\n  NEW.${beside} := NEW.${column};\n  RETURN NEW;\nEND`,

  /** The same, where the old type may hold less: such a value stays NULL, and the way back is refused over it. */
  back: ({ name }: Column, beside: string, type: string): string =>
    `DECLARE\n  again ${type};\nBEGIN\n  BEGIN\n    NEW.${beside} := NEW.${name};\n    again := NEW.${beside};\n    IF again IS DISTINCT FROM NEW.${name} THEN\n      NEW.${beside} := NULL;\n    END IF;\n  EXCEPTION WHEN data_exception THEN\n    NEW.${beside} := NULL;\n  END;\n  RETURN NEW;\nEND`,
};
