// What counts as the fault of a migration, and what as that of rows that were made up, or of a form that says the same.
import { expect, test } from 'vitest';
import { onOldestAndNewest } from '../support/database.ts';
import { pair } from '../support/project.ts';
import { findingsOf, stageOn, USERS } from './stage.ts';

onOldestAndNewest('migrate:rehearse', ({ freshDatabase }) => {
  const stage = stageOn(freshDatabase);

  test('blames made-up rows for what only they are to blame for', async () => {
    const { play } = await stage({
      ...USERS,
      ...pair(
        '002_type',
        'ALTER TABLE users ALTER mail TYPE int USING mail::int;',
        '-- lossy: no\nALTER TABLE users ALTER mail TYPE text;',
      ),
      ...pair(
        '003_fill',
        "ALTER TABLE users ADD domain text;\nUPDATE users SET domain = split_part(name, '@', 5) WHERE name LIKE '%@%';\nALTER TABLE users ALTER domain SET NOT NULL;",
        'ALTER TABLE users DROP domain;',
      ),
      ...pair('004_add', 'ALTER TABLE users\n  ADD code text NOT NULL;', 'ALTER TABLE users DROP code;'),
      ...pair('005_roles', 'CREATE TABLE roles (id serial PRIMARY KEY, name text);', 'DROP TABLE roles;'),
      ...pair(
        '006_seed',
        "INSERT INTO roles (id, name) VALUES (1, 'admin'), (2, 'user'); SELECT setval('roles_id_seq', (SELECT max(id) FROM roles));",
        'DELETE FROM roles WHERE id IN (1, 2);',
      ),
    });
    const found = await play();
    expect(findingsOf(found)).toEqual(['004_add up-fails-on-rows']);
    expect(found.proofs.map(({ notes }) => notes.some((note) => note.startsWith('it applies to empty tables')))).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
    ]);
  });

  test('takes what says the same for the same, and tells where only the form is another one', async () => {
    const code = (body: string): string => `CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$${body}$$;`;
    const view = "CREATE VIEW fresh AS SELECT id FROM users WHERE 'now'::timestamp > '2020-01-01 00:00:00.5'::timestamp;";
    const { play } = await stage({
      ...pair(
        '001_users',
        `CREATE TABLE users (id int PRIMARY KEY, data jsonb);\n${view}\n${code("BEGIN\n    RETURN 'a  b';\nEND")}`,
        '-- irreversible: no',
      ),
      ...pair('002_view', 'DROP VIEW fresh; CREATE VIEW fresh AS SELECT 1 AS n;', `DROP VIEW fresh; ${view}`),
      ...pair('003_barrier', 'DROP VIEW fresh;', 'CREATE VIEW fresh WITH (security_barrier = false) AS SELECT 1 AS n;'),
      ...pair('004_format', code('BEGIN RETURN NULL; END'), code("BEGIN -- as before\n  RETURN 'a  b';\nEND")),
      ...pair('005_code', code('BEGIN RETURN NULL; END'), code("BEGIN RETURN 'a b'; END")),
    });
    const found = await play();
    expect(findingsOf(found)).toEqual(['005_code rollback-differs']);
    expect(
      found.proofs.map(({ notes }) => notes.some((note) => note === 'function public.f() comes back with other white space or comments')),
    ).toEqual([false, false, false, true, false]);
  });

  test('tries a rollback without the rows that were made, where only their values are in its way', async () => {
    const { play } = await stage({
      ...pair('001_lists', 'CREATE TABLE lists (id int PRIMARY KEY, data jsonb NOT NULL);', 'DROP TABLE lists;'),
      ...pair(
        '002_words',
        'ALTER TABLE lists ADD words int;',
        'SELECT jsonb_array_elements(data) FROM lists;\nALTER TABLE lists DROP words;',
      ),
      ...pair('003_wrong', 'ALTER TABLE lists ADD more int;', 'SELECT jsonb_array_elements(data) FROM lists;'),
    });
    const found = await play();
    expect(findingsOf(found)).toEqual(['003_wrong rollback-differs']);
    expect(found.proofs.map(({ notes }) => notes.some((note) => note.startsWith('its rollback fails on the rows that were made')))).toEqual(
      [false, true, true],
    );
  });

  test('tells large numbers apart', async () => {
    const { play } = await stage({
      ...pair(
        '001_t',
        'CREATE TABLE t (id int PRIMARY KEY, v bigint); INSERT INTO t VALUES (1, 9007199254740992), (2, 9223372036854775800), (3, 5);',
        'DROP TABLE t;',
      ),
      ...pair('002_more', 'UPDATE t SET v = v + 1 WHERE v > 5;', 'SELECT 1;'),
    });
    expect(findingsOf(await play())).toEqual(['002_more rollback-loses']);
  });
});
