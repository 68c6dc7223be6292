import { formsOf } from './form.ts';

const GIVEN = `CREATE TABLE plans (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, name text, plan_id bigint);`;

export const DML = formsOf('dml', GIVEN, {
  select: 'SELECT count(*) FROM users;',
  'select-for-update': 'SELECT id FROM users WHERE id < 10 FOR UPDATE;',
  'insert-select': 'INSERT INTO plans SELECT id + 10000 FROM users;',
  update: "UPDATE users SET name = 'x' WHERE id < 100;",
  'update-all': "UPDATE users SET name = 'x';",
  delete: 'DELETE FROM users WHERE id < 100;',
  'delete-all': 'DELETE FROM users;',
  merge: ['MERGE INTO users u USING plans p ON u.id = p.id WHEN MATCHED THEN UPDATE SET plan_id = p.id;', { since: 15 }],
  'update-under-lock': "ALTER TABLE users ADD COLUMN note text;\nUPDATE users SET note = '' WHERE note IS NULL;",
  'update-beside-lock': "ALTER TABLE plans ADD COLUMN note text;\nUPDATE users SET name = '' WHERE name = 'x';",
  'delete-with-cte': 'WITH gone AS (DELETE FROM users RETURNING *) INSERT INTO plans SELECT id + 10000 FROM gone;',
  'do-set-not-null': 'DO $$ BEGIN ALTER TABLE users ALTER COLUMN name SET NOT NULL; END $$;',
  'do-execute-create-index': "DO $$ BEGIN EXECUTE format('CREATE INDEX %I ON %I (name)', 'i', 'users'); END $$;",
});
