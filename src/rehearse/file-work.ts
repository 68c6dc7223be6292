/** The statements of a workload file, tried once each on the tables as they are: which run, whether they read or write, and which tables they use. */
import type { Client } from 'pg';
import { formatPlace, LockstepError } from '../model/lockstep-error.ts';
import type { Span } from '../model/script.ts';
import { placeOf } from '../sql/text/code-frame.ts';
import { offsetOfPosition } from '../sql/text/positions.ts';
import { type Hide, oneOf, type Work } from './workload.ts';
import { type Values, type WorkloadFile, type WorkloadStatement, whereOf } from './workload-file.ts';

interface FileWork {
  readonly works: readonly Work[];
  /** Statements that are left out, and why. */
  readonly notes: readonly string[];
}

interface Trial {
  readonly client: Client;
  readonly file: WorkloadFile;
  readonly hide: Hide;
}

/** @throws LockstepError for a statement that could not run on any version of the schema */
export async function fileWork(trial: Trial): Promise<FileWork> {
  const works: Work[] = [];
  const notes: string[] = [];
  for (const statement of trial.file.statements) {
    await trial.client.query('BEGIN');
    try {
      works.push(await tryOne(trial, statement));
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      notes.push(whyLeftOut(trial, statement, error));
    } finally {
      await trial.client.query('ROLLBACK');
    }
  }
  return { works, notes };
}

/** It does not run here. */
class Unfit extends Error {
  readonly offset: number;
  constructor(message: string, offset: number, cause?: unknown) {
    super(message, { cause });
    this.offset = offset;
  }
}

// What it names may only come, or be gone already: undefined table, column, function, object, schema.
const IS_OF_VERSION = /^(?:42P01|42703|42883|42704|3F000)$/;
// A key that is there already, a row that is missing: it ran.
const IS_OF_ROWS = /^23/;

const sqlstateOf = (error: unknown): string => String((error as { readonly code?: unknown }).code ?? '');

function whyLeftOut({ file, hide }: Trial, { name }: WorkloadStatement, { message, offset, cause }: Unfit): string {
  const where = placeOf(file.source, offset);
  const why = cause instanceof Error ? hide(cause) : message;
  if (cause === undefined || IS_OF_VERSION.test(sqlstateOf(cause)))
    return `"${name}" is left out of the load: ${why} (${formatPlace(where)})`;
  const next = 'correct the statement and run the command again';
  throw new LockstepError({ code: 'bad-workload', what: `"${name}" of the workload fails: ${why}`, where, next });
}

/** What a transaction that is to be rolled back has shown. `pg_locks` lists an index too. */
const LOOK = `SELECT pg_catalog.pg_current_xact_id_if_assigned() IS NOT NULL AS writes, ARRAY(
  SELECT DISTINCT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_locks l
  JOIN pg_catalog.pg_class t ON t.oid = l.relation
  JOIN pg_catalog.pg_class c ON c.oid = CASE WHEN t.relispartition THEN pg_catalog.pg_partition_root(t.oid) ELSE t.oid END
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p') AND c.oid >= 16384) AS tables`;

async function tryOne({ client, file }: Trial, statement: WorkloadStatement): Promise<Work> {
  const values: (readonly Row[])[] = [];
  for (const one of statement.values) values.push(await readValues(client, file, one));
  const text = file.source.text.slice(statement.start, statement.end);
  const next = (): ReturnType<Work['next']> => ({ text, values: parametersOf(statement, values) });
  // The tables that values came from are not what it uses.
  await client.query('ROLLBACK; BEGIN; SAVEPOINT lockstep');
  const failure = await client.query(text, [...(next().values ?? [])]).then(
    () => undefined,
    (error: Error) => error,
  );
  if (failure && !IS_OF_ROWS.test(sqlstateOf(failure))) throw unfit(file, statement, failure);
  if (failure) await client.query('ROLLBACK TO SAVEPOINT lockstep');
  const { rows } = await client.query<{ writes: boolean; tables: readonly string[] }>(LOOK);
  const { writes = false, tables = [] } = rows[0] ?? {};
  return { kind: writes ? 'write' : 'read', what: `"${statement.name}"`, tables, next };
}

/** Its `position` counts in what was sent, where the text of the file may begin later. */
function unfit(file: WorkloadFile, { start }: Span, error: Error): Unfit {
  const { position = '1' } = error as { readonly position?: string };
  return new Unfit(error.message, offsetOfPosition(file.source.text, start, Number(position)), error);
}

type Row = readonly (string | null)[];

const KEYS = 1_000;
const OPENING = 'SELECT * FROM (';
/** As the server writes them, so that it reads the same. */
const AS_TEXT = { getTypeParser: () => (value: string) => value };

async function readValues(client: Client, file: WorkloadFile, values: Values): Promise<readonly Row[]> {
  const text = `${OPENING}${file.source.text.slice(values.start, values.end)}\n) lockstep_values ORDER BY pg_catalog.random() LIMIT ${KEYS}`;
  const found = await client.query<Row[]>({ text, rowMode: 'array', types: AS_TEXT }).catch((error: Error) => {
    throw unfit(file, { start: values.start - OPENING.length, end: values.end }, error);
  });
  const [wanted, columns] = [values.numbers.length, found.fields.length];
  if (columns !== wanted)
    throw new LockstepError({
      code: 'bad-workload',
      what: `This SELECT gives ${columns} values a row, and ${wanted} ${wanted === 1 ? 'is' : 'are'} wanted`,
      where: whereOf(file, values),
      next: `write -- ${Array.from({ length: columns }, (_, i) => `$${i + 1}`).join(', ')}: SELECT …   or select as many as there are parameters`,
    });
  if (found.rows.length === 0) throw new Unfit('no row gives its parameters a value', values.start);
  return found.rows as unknown as readonly Row[];
}

function parametersOf({ values }: WorkloadStatement, found: readonly (readonly Row[])[]): Row {
  const all: (string | null)[] = [];
  for (const [i, { numbers }] of values.entries()) {
    const row = oneOf(found[i] ?? []) ?? [];
    for (const [j, number] of numbers.entries()) all[number - 1] = row[j] ?? null;
  }
  return all;
}
