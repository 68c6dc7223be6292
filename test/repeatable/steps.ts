import { expect } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { pair, type TestProject } from '../support/project.ts';

export const again = (name: string): string => `db/repeatable/${name}.sql`;

export const USERS = pair(
  '001_users',
  'CREATE TABLE users (id int PRIMARY KEY, name text, active bool DEFAULT true);',
  'DROP TABLE users;',
);
export const ACTIVE = 'CREATE OR REPLACE VIEW active_users AS SELECT id, name FROM users WHERE active;';

export const definitionOf = async (database: TestDatabase, view: string) =>
  (await database.query(`SELECT pg_get_viewdef(to_regclass('${view}')) AS text`))[0]?.['text'];

export const rowsOf = (database: TestDatabase) =>
  database.query("SELECT name, batch FROM schema_migrations ORDER BY name LIKE 'repeatable/%', id");

export const statesOf = async (project: TestProject) => (await project.status()).repeatables.map(({ name, state }) => `${name} ${state}`);

/** A run that has nothing to say against. */
export async function applied(project: TestProject): Promise<string> {
  const { exitCode, screen } = await project.apply();
  expect(screen).not.toContain('Failed');
  expect(exitCode).toBe(0);
  return screen
    .replaceAll(/\d+(\.\d+)? (ms|s)\b/g, 'N ms')
    .replaceAll(/head [0-9a-f]+/g, 'head H')
    .replace(/^.* on .*$/m, 'test: there');
}
