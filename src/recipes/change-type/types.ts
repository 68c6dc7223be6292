import type { Look } from '../recipe/look.ts';
import { mistyped, outside, recipeCommand } from '../recipe/refuse.ts';

interface Row {
  readonly sameBase: boolean;
  readonly cast: string | null;
  readonly method: string | null;
  readonly volatility: string | null;
  readonly isText: boolean;
  readonly isBase: boolean;
  readonly schema: string;
  readonly name: string;
}

/** How the server would cast a value of one type to the other (manual: catalog-pg-cast). */
const question = (from: string, to: string): string =>
  `SELECT f.oid = t.oid AS "sameBase", k.castcontext::text AS cast, k.castmethod::text AS method, (SELECT provolatile::text FROM pg_catalog.pg_proc p WHERE p.oid = k.castfunc) AS volatility,
    t.typcategory = 'S' AS "isText", t.typtype = 'b' AND f.typtype = 'b' AS "isBase", t.typnamespace::pg_catalog.regnamespace::text AS schema, pg_catalog.quote_ident(t.typname) AS name
  FROM pg_catalog.pg_type f CROSS JOIN pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_cast k ON k.castsource = f.oid AND k.casttarget = t.oid
  WHERE f.oid = pg_catalog.pg_typeof(NULL::${from})::oid AND t.oid = pg_catalog.pg_typeof(NULL::${to})::oid`;

/** Numbers between the parentheses: of `numeric(10,2)` 10 and 2. */
const sizes = (type: string): readonly number[] => (/\(([\d, ]+)\)/.exec(type)?.[1] ?? '').split(',').filter(Boolean).map(Number);

interface Wish {
  readonly from: string;
  readonly to: string;
  /** The column, with table and schema. */
  readonly column: string;
  readonly alter: string;
}

/** @returns the type as the server writes it @throws LockstepError for one to which not every value leads without loss */
export async function verifyType(look: Look, { from, to, column, alter }: Wish): Promise<string> {
  const type = await written(look, to, column);
  if (type === from) throw mistyped(`${column} is ${from} already`, 'npm run migrate:status');
  const { rows } = await look.client.query<Row>(question(from, to));
  const [row] = rows;
  const called = row && row.schema !== 'pg_catalog' ? `${row.schema}.${row.name}` : type;
  if (row && isFree(row, from, type))
    throw outside(`${column} becomes ${called} without a rewrite, so a recipe is not needed`, `SQL: ${alter} TYPE ${called};`);
  const why = row ? reasonAgainst(row, from, type) : 'the server knows no way between them';
  if (why === undefined) return called;
  throw outside(
    `${column} cannot become ${called} beside the application: ${why}`,
    'a new column with a backfill of your own (docs/backfill.md): npm run migrate:make -- describe_the_change',
  );
}

/** In the server's own words. */
async function written(look: Look, to: string, column: string): Promise<string> {
  const { rows } = await look.client
    // With a parameter the server takes one statement only.
    .query<Record<string, string>>(`EXPLAIN (VERBOSE, COSTS off) SELECT CAST(NULL AS ${to}) WHERE $1`, [true])
    .catch((error: Error) => {
      throw mistyped(`"${to}" is no type: ${error.message}`, recipeCommand('change-type', `${column} bigint`));
    });
  return /NULL::(.*)$/m.exec(rows.map((row) => Object.values(row)[0]).join('\n'))?.[1] ?? to;
}

/** The table stays as it is (manual: sql-altertable, Notes). */
function isFree({ sameBase, cast, method }: Row, from: string, to: string): boolean {
  if (!sameBase) return cast === 'i' && method === 'b' && sizes(to).length === 0;
  const [old, young] = [sizes(from), sizes(to)];
  return young.length === 0 || (isWider(old, young) && old[1] === young[1]);
}

function reasonAgainst({ sameBase, cast, volatility, isText, isBase }: Row, from: string, to: string): string | undefined {
  if (!isBase) return 'domains, enums and composite types have rules of their own';
  if (sizes(to).length > 0 && !(sameBase && isWider(sizes(from), sizes(to))))
    return `what does not fit into ${to} would be cut off or refused`;
  if (isText && cast === null) return SAME_TEXT.test(from) ? undefined : 'how it reads depends on settings of the session';
  if (sameBase || cast === 'i')
    return volatility === null || volatility === 'i'
      ? undefined
      : 'what a value becomes depends on settings of the session, such as its time zone';
  return cast === null ? `there is no cast from ${from} that an assignment takes` : 'values could be lost or refused on the way';
}

/** What reads alike in every session. */
const SAME_TEXT = /^(?:smallint|integer|bigint|numeric.*|uuid)$/;

/** `numeric(12,4)` after `numeric(10,2)`: as many digits before the point, and as many behind it. */
const isWider = ([a, b = 0]: readonly number[], [c = 0, d = 0]: readonly number[]): boolean => a !== undefined && d >= b && c - d >= a - b;
