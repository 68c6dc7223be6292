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
  ELSE pg_catalog.to_regclass(o ->> 'name') IS NOT NULL END`;

/** Every repeatable in history, and what of it is there. The search path must be that of the runs. */
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

/** The repeatables as they were when a migration was not applied yet, in the order in which they ran. */
export function readRepeatablesBefore(history: History, migration: string): Promise<readonly PastRepeatable[]> {
  const { journal } = history;
  return askOne(history.client, {
    sql: `SELECT newest.name, newest.checksum, (SELECT kept.script FROM ${journal} kept WHERE kept.checksum = newest.checksum AND kept.script IS NOT NULL LIMIT 1) AS script
    FROM (SELECT DISTINCT ON (name) id, name, event, checksum FROM ${journal}
      WHERE pg_catalog.starts_with(name, ${literal(REPEATABLE)}) AND event IN ('step-done', 'step-rolled-back') AND id < (
        SELECT max(id) FROM ${journal} WHERE name = ${literal(migration)} AND event IN ('step-done', 'baselined', 'repaired')) ORDER BY name, id DESC) newest
    WHERE newest.event = 'step-done' ORDER BY newest.id`,
    read: (rows: readonly PastRepeatable[]) => rows,
  });
}
