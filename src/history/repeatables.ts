import { REPEATABLE } from '../model/migration.ts';
import type { DefinedObject } from '../model/repeatable.ts';
import { askOne, type Question } from '../pg/ask.ts';
import { literal } from '../pg/sql-text.ts';
import type { History, HistoryTables } from './history.ts';

/** A repeatable as history and journal have it. */
export interface RecordedRepeatable {
  readonly name: string;
  readonly checksum: string;
  readonly appliedAt: Date;
  readonly appliedBy?: string;
  readonly description?: string;
  /** What it made. */
  readonly objects: readonly DefinedObject[];
  /** Of `objects`, what is in the database now. */
  readonly remains: readonly DefinedObject[];
}

const IS_THERE = `CASE
  WHEN o ->> 'kind' IN ('FUNCTION', 'PROCEDURE', 'AGGREGATE') THEN EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE p.proname = o ->> 'bare' AND CASE WHEN o ? 'schema' THEN n.nspname = o ->> 'schema' ELSE pg_catalog.pg_function_is_visible(p.oid) END)
  WHEN o ->> 'kind' = 'TRIGGER' THEN EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = pg_catalog.to_regclass(o ->> 'on') AND t.tgname = o ->> 'bare')
  WHEN o ->> 'kind' = 'POLICY' THEN EXISTS (SELECT FROM pg_catalog.pg_policy p WHERE p.polrelid = pg_catalog.to_regclass(o ->> 'on') AND p.polname = o ->> 'bare')
  WHEN o ->> 'kind' IN ('TYPE', 'DOMAIN') THEN pg_catalog.to_regtype(o ->> 'name') IS NOT NULL
  ELSE pg_catalog.to_regclass(o ->> 'name') IS NOT NULL END`;

const nameOf = (oid: string): string =>
  `(SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ${oid})`;
const routineOf = `(SELECT n.nspname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  WHERE p.proname = o ->> 'bare' AND CASE WHEN o ? 'schema' THEN n.nspname = o ->> 'schema' ELSE pg_catalog.pg_function_is_visible(p.oid) END LIMIT 1)`;
const typeOf = `(SELECT n.nspname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = pg_catalog.to_regtype(o ->> 'name'))`;
const inSchema = (schema: string): string =>
  `pg_catalog.jsonb_build_object('schema', ${schema}, 'name', pg_catalog.quote_ident(${schema}) || '.' || pg_catalog.quote_ident(o ->> 'bare'))`;

/** The same object by names that mean the same under every search path. */
const WHOLE = `CASE
  WHEN o ? 'on' THEN pg_catalog.jsonb_build_object('on', ${nameOf("pg_catalog.to_regclass(o ->> 'on')")}, 'name', pg_catalog.quote_ident(o ->> 'bare'))
  WHEN o ->> 'kind' IN ('FUNCTION', 'PROCEDURE', 'AGGREGATE') THEN ${inSchema(routineOf)}
  WHEN o ->> 'kind' IN ('TYPE', 'DOMAIN') THEN ${inSchema(typeOf)}
  ELSE pg_catalog.jsonb_build_object('name', ${nameOf("pg_catalog.to_regclass(o ->> 'name')")}) END`;

/** SQL that keeps which of these objects a script has left behind, by their whole names, in a setting of the transaction. */
export const keepObjects = (number: number, objects: readonly DefinedObject[]): string =>
  `SELECT pg_catalog.set_config('lockstep.objects_${number}', coalesce((SELECT pg_catalog.jsonb_agg(o || ${WHOLE}) FROM pg_catalog.jsonb_array_elements(${literal(JSON.stringify(objects))}::jsonb) o
    WHERE ${IS_THERE} AND NOT EXISTS (SELECT FROM pg_catalog.pg_class t WHERE t.oid = pg_catalog.to_regclass(o ->> 'name') AND t.relpersistence = 't')), '[]')::text, true);`;

/** What `keepObjects` kept, as an SQL expression. */
export const objectsKept = (number: number): string =>
  `pg_catalog.jsonb_build_object('objects', coalesce(nullif(pg_catalog.current_setting('lockstep.objects_${number}', true), ''), '[]')::jsonb)`;

/** Every repeatable in history, and what of it is there. */
export const repeatablesQuestion = ({ rows, journal }: HistoryTables): Question<readonly RecordedRepeatable[]> => ({
  sql: `SELECT h.name, h.checksum, h.migration_time AS "appliedAt", h.applied_by AS "appliedBy", h.description, made.objects,
    (SELECT coalesce(pg_catalog.jsonb_agg(o), '[]') FROM pg_catalog.jsonb_array_elements(made.objects) o WHERE ${IS_THERE}) AS remains
  FROM ${rows} h CROSS JOIN LATERAL (SELECT coalesce((SELECT j.details -> 'objects' FROM ${journal} j
    WHERE j.name = h.name AND j.event = 'step-done' ORDER BY j.id DESC LIMIT 1), '[]') AS objects) made
  WHERE pg_catalog.starts_with(h.name, ${literal(REPEATABLE)}) ORDER BY h.id`,
  read: (rows) => rows,
});

/** How a repeatable read at a time that is past. */
export interface PastRepeatable {
  readonly name: string;
  readonly checksum: string;
  /** Absent where it was not kept: it may hold a secret. */
  readonly script: string | null;
}

/** The repeatables as they were when a migration was not applied yet, or as they are, in the order in which they ran. */
export function readRepeatablesBefore(history: History, migration: string | undefined): Promise<readonly PastRepeatable[]> {
  const { journal } = history;
  const until =
    migration === undefined
      ? 'true'
      : `id < (SELECT max(id) FROM ${journal} WHERE name = ${literal(migration)} AND event IN ('step-done', 'baselined', 'repaired'))`;
  return askOne(history.client, {
    sql: `SELECT newest.name, newest.checksum, (SELECT kept.script FROM ${journal} kept WHERE kept.checksum = newest.checksum AND kept.script IS NOT NULL LIMIT 1) AS script
    FROM (SELECT DISTINCT ON (name) id, name, event, checksum FROM ${journal}
      WHERE pg_catalog.starts_with(name, ${literal(REPEATABLE)}) AND event IN ('step-done', 'step-rolled-back') AND ${until} ORDER BY name, id DESC) newest
    WHERE newest.event = 'step-done' ORDER BY newest.id`,
    read: (rows: readonly PastRepeatable[]) => rows,
  });
}

/** The migration that was rolled back last, where nothing was applied since: of a run that did not come to its repeatables, say. */
export function findLastRolledBack(history: History): Promise<string | undefined> {
  return askOne(history.client, {
    sql: `SELECT name, event FROM ${history.journal} WHERE name IS NOT NULL AND NOT pg_catalog.starts_with(name, ${literal(REPEATABLE)})
      AND event IN ('step-done', 'step-rolled-back', 'baselined', 'repaired') ORDER BY id DESC LIMIT 1`,
    read: ([row]: readonly { readonly name: string; readonly event: string }[]) =>
      row?.event === 'step-rolled-back' ? row.name : undefined,
  });
}
