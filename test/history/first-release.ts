import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestDatabase } from '../support/database.ts';
import { pair } from '../support/project.ts';

/** The project of test/history/first-release.sql, with 003_name as it was corrected. */
export const PROJECT = {
  ...pair(
    '001_shop',
    "-- Description: The shop\nBEGIN;\nCREATE TABLE users (id int PRIMARY KEY, email text);\nINSERT INTO users VALUES (1, 'ann@example.com');\nCOMMIT;\n",
    'BEGIN;\nDROP TABLE users;\nCOMMIT;\n',
  ),
  ...pair('002_email', 'CREATE INDEX CONCURRENTLY users_email ON users (email);\n', 'DROP INDEX CONCURRENTLY users_email;\n'),
  ...pair('003_name', 'ALTER TABLE users ADD COLUMN name text;\n', 'ALTER TABLE users DROP COLUMN name;\n'),
};

/** Leaves a database as the first release left it. */
export async function fillAsFirstRelease(database: TestDatabase): Promise<void> {
  await database.query(readFileSync(path.join(import.meta.dirname, 'first-release.sql'), 'utf8'));
}

const COLUMNS = 'id, run, event, at, name, direction, part, checksum, details';
const JOURNAL = '"public"."schema_migrations_journal"';

/** What the first release asks of the tables: its src/pg/tables.ts, history.ts and journal.ts, word for word. */
const READS = {
  columns: `SELECT c.relname AS table,
       (SELECT array_agg(a.attname::text) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
       (SELECT count(*)::int FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = ANY ('{schema_migrations_keep_first,schema_migrations_journal_append,schema_migrations_journal_keep}')) AS triggers
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relname = ANY ('{schema_migrations,schema_migrations_lock,schema_migrations_journal}') ORDER BY c.relname`,
  history: 'SELECT pg_catalog.to_jsonb(h) AS row FROM "public"."schema_migrations" h ORDER BY h.id',
  openRuns: `SELECT ${COLUMNS} FROM ${JOURNAL} s WHERE event = 'run-started' AND NOT EXISTS (
       SELECT FROM ${JOURNAL} e WHERE e.run = s.run AND e.event IN ('run-ended', 'settled')) ORDER BY id`,
  unfinished: `SELECT name FROM (SELECT DISTINCT ON (name) name, event FROM ${JOURNAL} WHERE name IS NOT NULL ORDER BY name, id DESC) newest
     WHERE event NOT IN ('step-done', 'step-rolled-back') ORDER BY name`,
  environment: `SELECT details ->> 'environment' AS environment FROM ${JOURNAL} WHERE event = 'run-started' ORDER BY id DESC LIMIT 1`,
  meaning: `SELECT details ->> 'semanticHash' AS hash FROM ${JOURNAL} WHERE event = 'step-done' AND name = '003_name' ORDER BY id DESC LIMIT 1`,
  text: `SELECT kept.script FROM ${JOURNAL} done JOIN ${JOURNAL} kept ON kept.checksum = done.checksum AND kept.script IS NOT NULL
     WHERE done.event = 'step-done' AND done.name = '003_name' ORDER BY done.id DESC LIMIT 1`,
};

type Rows = readonly Record<string, unknown>[];

export async function readAsFirstRelease(database: TestDatabase): Promise<Readonly<Record<keyof typeof READS, Rows>>> {
  const entries = await Promise.all(Object.entries(READS).map(async ([name, sql]) => [name, await database.query(sql)] as const));
  return Object.fromEntries(entries) as Record<keyof typeof READS, Rows>;
}

const event = (kind: string, name: string, details: object): string =>
  `INSERT INTO ${JOURNAL} (id, at, prev_hash, hash, run, event, name, direction, part, checksum, details, script)
VALUES (0, pg_catalog.now(), '', '', 'an-old-run', '${kind}', ${name}, ${kind === 'run-ended' ? 'NULL' : "'down'"}, NULL, NULL, '${JSON.stringify(details)}', NULL);`;

/** Rolls 003_name back as the first release does. */
export async function rollBackAsFirstRelease(database: TestDatabase): Promise<void> {
  const started = { by: 'root@old', pid: 1, process: 1, steps: ['003_name'], environment: 'production' };
  await database.query(`${event('run-started', 'NULL', started)}
BEGIN; ALTER TABLE users DROP COLUMN name;
SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; SET LOCAL search_path = pg_catalog;
DELETE FROM "public"."schema_migrations" WHERE name = '003_name';
${event('step-rolled-back', "'003_name'", { kind: 'sql', semanticHash: 'f0b2a75197255fb50a24355a7236e1e66085a668a651376a937a1f4d04743396' })}
${event('run-ended', 'NULL', { result: 'done' })} COMMIT;`);
}
