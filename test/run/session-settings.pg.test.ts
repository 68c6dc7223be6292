import { expect, test } from 'vitest';
import { onServer } from '../support/database.ts';
import { createProject, pair } from '../support/project.ts';

/** What a role or a database may have been given, and what its sessions then begin with. */
const SETTINGS = [
  'array_nulls = off',
  'quote_all_identifiers = on',
  "bytea_output = 'escape'",
  "DateStyle = 'SQL, DMY'",
  "DateStyle = 'Postgres, MDY'",
  "IntervalStyle = 'sql_standard'",
  "IntervalStyle = 'iso_8601'",
  "TimeZone = 'Asia/Kolkata'",
  'extra_float_digits = -15',
  "default_transaction_isolation = 'serializable'",
  'default_transaction_deferrable = on',
  'check_function_bodies = off',
  "statement_timeout = '20s'",
  "lock_timeout = '20s'",
  'search_path = evil, pg_catalog',
  "search_path = ''",
  'row_security = off',
  "xmloption = 'document'",
  "backslash_quote = 'off'",
  'escape_string_warning = off',
  'standard_conforming_strings = off',
  "client_min_messages = 'error'",
  "client_encoding = 'LATIN1'",
  "lc_messages = 'C'",
  'transform_null_equals = on',
  'lo_compat_privileges = on',
  "plpgsql.variable_conflict = 'use_column'",
  "plpgsql.extra_errors = 'all'",
  'enable_seqscan = off',
  "default_table_access_method = 'heap'",
  'event_triggers = off',
  "session_replication_role = 'replica'",
  "createrole_self_grant = 'set, inherit'",
  "restrict_nonsystem_relation_kind = 'view'",
  'synchronous_commit = off',
  'jit_above_cost = 0',
];

onServer('newest', 'settings of a role or database', ({ freshDatabase }) => {
  const nameOf = (setting: string): string => setting.split(' = ')[0] ?? '';
  const second = SETTINGS.filter((setting, i) => SETTINGS.findIndex((one) => nameOf(one) === nameOf(setting)) !== i);
  const groups = { 'one value of each': SETTINGS.filter((one) => !second.includes(one)), 'other values': second };
  test.each(Object.entries(groups))('%s: applies, audits, rolls back', async (_name, settings) => {
    const database = await freshDatabase();
    await database.query('CREATE SCHEMA evil');
    for (const name of ['jsonb_array_elements(jsonb)', 'now()', 'count(anyelement)'])
      await database.query(`CREATE FUNCTION evil.${name} RETURNS text LANGUAGE sql AS $$ SELECT 1/0 $$`).catch(() => undefined);
    for (const setting of settings) await database.query(`ALTER DATABASE ${database.database} SET ${setting}`);
    const project = await createProject(database, {
      ...pair('001_a', 'CREATE TABLE public.a (id int, at timestamptz);', 'DROP TABLE public.a;'),
      ...pair('002_b', 'CREATE INDEX CONCURRENTLY b ON public.a (id);', 'DROP INDEX CONCURRENTLY public.b;'),
      ...pair('003_c', 'CREATE TABLE public.c (id int);\n-- part: no-transaction\nVACUUM public.c;', 'DROP TABLE public.c;'),
    });
    expect((await project.apply()).exitCode).toBe(0);
    expect((await project.apply()).screen).toMatch(/^Nothing to apply|^test: /);
    expect(await database.query('SELECT name FROM public.schema_migrations ORDER BY id')).toHaveLength(3);
    const status = await project.status();
    expect([status.applied.length, status.drifts, status.problems, status.attempts]).toEqual([3, [], [], []]);
    expect((await project.audit()).findings).toEqual([]);
    expect((await project.rollback({ to: '0' })).exitCode).toBe(0);
    expect(await database.query("SELECT to_regclass('public.a') AS a")).toEqual([{ a: null }]);
  });
});
