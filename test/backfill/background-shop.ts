import { defineProject } from '../../src/environment/define-project.ts';
import type { TestDatabase } from '../support/database.ts';
import { createProject, pair, type Tree, variablesOf } from '../support/project.ts';

// A shop whose backfills are left to workers.

export const ROWS = 5_000;
export const SHOP = pair(
  '001_shop',
  `CREATE TABLE users (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0, email text, low text);\nINSERT INTO users (id, email) SELECT i * i * 7, 'A' || i FROM generate_series(1, ${ROWS}) i;`,
  'DROP TABLE users;',
);
export const COUNT = pair('002_count', '-- part: backfill in background batch=150\nUPDATE users SET n = n + 1;', 'UPDATE users SET n = 0;');
export const IN_BACKGROUND = { test: { backfills: 'background', lockTimeoutMs: 2_000, lockRetryForMs: 60_000 } } as const;

export async function beginShop(database: TestDatabase, tree: Tree) {
  const project = await createProject(database, { ...SHOP, ...tree }, IN_BACKGROUND);
  const journey = {
    project: defineProject({ root: project.root, ...IN_BACKGROUND }),
    env: 'test',
    variables: variablesOf(database),
    emit: () => {},
    interruption: new AbortController().signal,
  };
  return { database, project, journey };
}

export const counts = (database: TestDatabase) => database.query('SELECT n, count(*)::int AS rows FROM users GROUP BY n ORDER BY n');
