import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readBackup } from '../../src/backup/archive/store.ts';
import { findPgDump } from '../../src/backup/dump/find-pg-dump.ts';
import type { Restore, Restored } from '../../src/backup/restore-file.ts';
import { defineProject } from '../../src/environment/define-project.ts';
import { backUp } from '../../src/journeys/backup.ts';
import { restore } from '../../src/journeys/restore.ts';
import type { Backup, BackupManifest } from '../../src/model/backup.ts';
import type { Event } from '../../src/model/event.ts';
import type { Journey } from '../../src/model/journey.ts';
import type { BackupPolicy } from '../../src/model/policy.ts';
import type { TestDatabase } from '../support/database.ts';
import { createProject, pair, type TestProject, type Tree, variablesOf } from '../support/project.ts';

export interface BackupProject extends TestProject {
  readonly journey: Journey;
  readonly folder: string;
  /** What the first run said, on an empty database. */
  readonly firstScreen: string;
  /** Finished backups, oldest first. */
  readonly backups: () => readonly Backup[];
  /** Whatever is in the folder. */
  readonly names: () => readonly string[];
  readonly backUp: () => Promise<Backup>;
  readonly restore: (wish: Pick<Restore, 'file' | 'into'> & Partial<Restore>) => Promise<Restored & { readonly events: readonly Event[] }>;
}

export const DROP = pair('002_drop', 'DROP TABLE users CASCADE;', 'SELECT 1;');

/** Tables with most things that a table can have. */
const SHOP = pair(
  '001_shop',
  `CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.mood := 'sad'; RETURN NEW; END $$;
CREATE TABLE users (id bigserial PRIMARY KEY, mail email NOT NULL UNIQUE, mood mood DEFAULT 'sad', "odd ""name" text, low text GENERATED ALWAYS AS (lower(mail)) STORED);
CREATE INDEX users_low ON users (low) WHERE mood IS NOT NULL;
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TABLE users IS 'People';
GRANT SELECT ON users TO PUBLIC;
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, total numeric NOT NULL CHECK (total >= 0));
CREATE TABLE events (day date NOT NULL, what text) PARTITION BY RANGE (day);
CREATE TABLE events_25 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE events_26 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX events_what ON events (what);
INSERT INTO users (mail, mood, "odd ""name") SELECT 'u' || i || '@x', 'it''s ok', E'a\\tb\\\\.\\n\\\\.' || i FROM generate_series(1, 1000) i;
INSERT INTO orders (user_id, total) SELECT i, i / 3.0 FROM generate_series(1, 500) i;
INSERT INTO events SELECT date '2025-06-01' + i, 'e' || i FROM generate_series(1, 400) i;`,
  'DROP TABLE orders, users, events; DROP TYPE mood; DROP DOMAIN email; DROP FUNCTION touch;',
);

/** A project whose environment `test` backs up before each run; its first migration was applied without. */
export async function createBackupProject(database: TestDatabase, backup: Partial<BackupPolicy>, tree: Tree = {}): Promise<BackupProject> {
  const settings = { test: { backup } };
  const project = await createProject(database, { ...SHOP, ...tree }, settings);
  const folder = path.resolve(project.root, backup.folder ?? '.lockstep/backups');
  const journey = {
    project: defineProject({ root: project.root, ...settings }),
    env: 'test',
    variables: variablesOf(database),
    emit: () => undefined,
    interruption: new AbortController().signal,
  };
  const { screen } = await project.apply({ to: '001' });
  const names = (): readonly string[] => {
    try {
      return readdirSync(folder).sort();
    } catch {
      return [];
    }
  };
  return {
    ...project,
    journey,
    firstScreen: screen,
    folder,
    names,
    backups: () => names().flatMap((name) => readBackup(path.join(folder, name)) ?? []),
    backUp: () => backUp(journey),
    restore: async (wish) => {
      const events: Event[] = [];
      return { ...(await restore({ ...journey, emit: (event) => events.push(event), ...wish })), events };
    },
  };
}

/** A program in the project's folder that stands where pg_dump is looked for. */
export function fakeDump(root: string, body: string): string {
  const program = path.join(root, 'pg_dump');
  writeFileSync(program, `#!/bin/sh\n[ "$1" = --version ] && exec ${REAL}/pg_dump --version\n${body}\n`);
  chmodSync(program, 0o755);
  const restorer = path.join(root, 'pg_restore');
  writeFileSync(restorer, `#!/bin/sh\nexec ${REAL}/pg_restore "$@"\n`);
  chmodSync(restorer, 0o755);
  return program;
}

const { usable } = await findPgDump({ serverMajor: 15 });

/** Where a pg_dump for PostgreSQL 15 is: Debian's, as no npm package has one. */
export const REAL = path.dirname(usable?.pgDump ?? '/nowhere/pg_dump');

/** The server that can be dumped here; none where there is no pg_dump, and its tests are skipped. */
export const DUMPABLE = usable ? 15 : -1;

export const rowsOf = ({ tables }: Pick<BackupManifest, 'tables'>): Readonly<Record<string, number>> =>
  Object.fromEntries(tables.filter(({ name }) => !name.startsWith('schema_migrations')).map(({ name, rows }) => [name, rows]));
