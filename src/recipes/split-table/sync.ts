// Triggers both ways. Each writes only what differs, so that one ends where the other began.
import type { Look } from '../recipe/look.ts';
import { dollarQuoted, unquoted } from '../recipe/names.ts';
import type { Wish } from './wish.ts';
import { listOf } from './young-table.ts';

export interface Sync {
  /** From the new table to the old one, and a row there for each row that comes here. */
  readonly early: string;
  /** From the old table to the new one. */
  readonly late: string;
  readonly drop: string;
}

/** Compared byte by byte: json and the like have no equality, and the search path of a trigger no operators but the server's. */
const differs = (wish: Wish, one: string, other: string): string =>
  `ROW(${listOf(wish.columns, one)})::record OPERATOR(pg_catalog.*<>) ROW(${listOf(wish.columns, other)})::record`;

const matches = ({ key }: Wish, one: string, other: string): string =>
  key.map(({ name }) => `${one}${name} = ${other}${name}`).join(' AND ');

export function makeSync(look: Look, wish: Wish): Sync {
  const { table, into } = wish;
  const free = (label: string): string => look.free(table.schema, [unquoted(table.name), unquoted(into.name)], label);
  const [forth, back] = [free('forth'), free('back')];
  const inserted = free('insert');
  const define = (name: string, body: string): string =>
    // With the rights of the owner: who may write one table need not see the other.
    `CREATE FUNCTION ${table.schema}.${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${dollarQuoted(`\n${body}\n`)};`;
  const list = listOf(wish.columns);
  const call = (name: string): string => `FOR EACH ROW EXECUTE FUNCTION ${table.schema}.${name}();`;
  return {
    early: [
      define(forth, forthBody(wish)),
      // At the end of the transaction, in which new code may have inserted the other row itself.
      `CREATE CONSTRAINT TRIGGER ${inserted} AFTER INSERT ON ${table.full} DEFERRABLE INITIALLY DEFERRED\n  ${call(forth)}`,
      define(back, backBody(wish)),
      `CREATE TRIGGER ${back} AFTER INSERT OR DELETE OR UPDATE OF ${list} ON ${into.full}\n  ${call(back)}`,
    ].join('\n'),
    late: `CREATE TRIGGER ${forth} AFTER UPDATE OF ${list} ON ${table.full}\n  ${call(forth)}`,
    drop: [
      `DROP TRIGGER IF EXISTS ${inserted} ON ${table.full};`,
      `DROP TRIGGER IF EXISTS ${forth} ON ${table.full};`,
      `DROP TRIGGER IF EXISTS ${back} ON ${into.full};`,
      `DROP FUNCTION IF EXISTS ${table.schema}.${forth}();`,
      `DROP FUNCTION IF EXISTS ${table.schema}.${back}();`,
    ].join('\n'),
  };
}

function forthBody(wish: Wish): string {
  const { table, into, key, columns } = wish;
  const all = [...key, ...columns];
  const set = columns.map(({ name }) => `${name} = EXCLUDED.${name}`).join(', ');
  return `BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO ${into.full} (${listOf(all)})
      SELECT ${listOf(all, 'o.')} FROM ${table.full} o WHERE ${matches(wish, 'o.', 'NEW.')}
      ON CONFLICT (${listOf(key)}) DO NOTHING;
  ELSE
    INSERT INTO ${into.full} AS y (${listOf(all)}) VALUES (${listOf(all, 'NEW.')})
      ON CONFLICT (${listOf(key)}) DO UPDATE SET ${set}
      WHERE ${differs(wish, 'y.', 'EXCLUDED.')};
  END IF;
  RETURN NULL;
END`;
}

function backBody(wish: Wish): string {
  const { table, columns } = wish;
  const emptied = columns.map(({ name, notNull }) => `${name} = ${notNull === '' ? 'NULL' : 'DEFAULT'}`).join(', ');
  const set = columns.map(({ name }) => `${name} = NEW.${name}`).join(', ');
  return `BEGIN
  IF TG_OP = 'DELETE' THEN
    UPDATE ${table.full} o SET ${emptied} WHERE ${matches(wish, 'o.', 'OLD.')};
  ELSE
    UPDATE ${table.full} o SET ${set} WHERE ${matches(wish, 'o.', 'NEW.')}
      AND ${differs(wish, 'o.', 'NEW.')};
  END IF;
  RETURN NULL;
END`;
}
