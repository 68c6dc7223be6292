// A view under the name that a table had, for code that still knows it so (manual: sql-createview, Updatable Views).
import type { Look, Table } from './look.ts';
import { unquoted } from './names.ts';
import { outside } from './refuse.ts';

export interface Shown {
  /** In the table. */
  readonly name: string;
  readonly as: string;
}

interface Wish {
  /** What the table is called then; in the same schema. */
  readonly table: string;
  readonly columns: readonly Shown[];
  /** Grants on columns are also given for those that the view calls otherwise. */
  readonly alsoGrant?: (sql: string) => readonly string[];
}

/** The view, with the owner and the grants of the table. */
export function standIn(look: Look, { key, full, schema }: Table, { table, columns, alsoGrant = () => [] }: Wish): string {
  const said = look.state.statements
    .filter((one) => one.key === key && (one.rank === 'grant' || one.rank === 'owner'))
    .flatMap(({ sql }) => sql ?? []);
  const list = columns.map(({ name, as }) => (name === as ? name : `${name} AS ${as}`)).join(', ');
  // Else whoever reads the view would see the rows that its owner may see.
  const security = hasRowSecurity(look, key) ? ' WITH (security_invoker = true)' : '';
  return [
    `CREATE VIEW ${full}${security} AS SELECT ${list} FROM ${schema}.${table};`,
    ...said.flatMap((sql) => [sql, ...alsoGrant(sql)]),
  ].join('\n');
}

const hasRowSecurity = (look: Look, key: string): boolean => look.property({ key }, 'row security') === 'ENABLE';

/** @throws LockstepError where a view would not do what the table did */
export function verifyStandIn(look: Look, table: Table): void {
  look.verifyPlain(table);
  const { key, full } = table;
  if (hasRowSecurity(look, key) && look.major < 15)
    throw outside(
      `${full} has row security, which a view of PostgreSQL ${look.major} does not ask for whoever reads it`,
      'rename it while nobody uses it, or after an upgrade to 15',
    );
  look.verifyUnpublished(table);
  const rule = look.state.statements.find(({ rank, name }) => rank === 'rule' && name.startsWith(`${full}.`));
  if (rule) throw outside(`${full} has a rule, ${rule.name}`, 'make a trigger of it first');
}

/** @throws LockstepError where a function that a trigger calls speaks of the column: it would fail at once */
export async function verifyTriggers(look: Look, { full }: Table, column: string): Promise<void> {
  const { rows } = await look.client.query<{ name: string }>(
    `SELECT tgname::text AS name FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = tgfoid
     WHERE tgrelid = $1::pg_catalog.regclass AND NOT tgisinternal AND pg_catalog.strpos(pg_catalog.lower(p.prosrc), pg_catalog.lower($2)) > 0 ORDER BY 1`,
    [full, unquoted(column)],
  );
  const [first] = rows;
  if (first)
    throw outside(
      `the function of the trigger ${first.name} on ${full} speaks of ${column}, and would fail at once`,
      'let it do without the column first: npm run migrate:make -- --repeatable, or a migration with CREATE OR REPLACE FUNCTION',
    );
}
