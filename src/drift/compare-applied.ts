import type { Client } from 'pg';
import { openChecksums, type Trust } from '../files/kept-checksums.ts';
import { type MigrationText, readMigrationText } from '../files/migration-text.ts';
import { readSource } from '../files/read-source.ts';
import { readAppliedText, readHalfApplied, readSemanticHash } from '../history/journal.ts';
import { inspectTables } from '../history/tables.ts';
import type { Drift } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Migration } from '../model/migration.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { findDrift, orphaned, sameCode } from './find-drift.ts';

export interface Applied {
  readonly root: string;
  readonly client: Client;
  readonly schema: string;
  readonly migrations: readonly Migration[];
  readonly history: readonly HistoryRow[];
  readonly unread?: Trust;
}

/** Compares what is applied with what is on disk. Opens the parser only for files whose checksum differs. */
export async function compareApplied({ root, client, schema, migrations, history, unread }: Applied): Promise<readonly Drift[]> {
  const { hasJournal } = await inspectTables(client, schema);
  const checksums = openChecksums(root, unread);
  const applied = new Map(history.map(({ name, checksum }) => [name, checksum]));
  const drifts = await findDrift({
    migrations,
    history,
    isKept: async (name) => hasJournal && (await readAppliedText(client, schema, name)) !== undefined,
    readText: (migration) => {
      const checksum = applied.get(migration.name);
      if (checksum !== undefined && checksums.isStill(migration, checksum)) return { checksum, meansTheSame: async () => true };
      const current = findMigrationText(root, migration);
      if (!current) return undefined;
      const isSame = current.kind === 'code' ? sameMeaningAsCode : sameMeaningAsSql;
      return {
        checksum: current.checksum,
        meansTheSame: async () => hasJournal && isSame(client, schema, { root, migration, text: current.text }),
      };
    },
  });
  checksums.keep();
  const known = new Set([...migrations.filter(({ up, module }) => up || module), ...history].map(({ name }) => name));
  const halves = hasJournal ? await readHalfApplied(client, schema) : [];
  return [...drifts, ...halves.filter((name) => !known.has(name)).map(orphaned)];
}

interface Candidate {
  readonly root: string;
  readonly migration: Migration;
  readonly text: string;
}

/** What a migration is made of; undefined where it cannot be read, which is told elsewhere. */
export function findMigrationText(root: string, migration: Migration): MigrationText | undefined {
  try {
    return readMigrationText(root, migration);
  } catch {
    return undefined;
  }
}

async function sameMeaningAsSql(client: Client, schema: string, { migration, root }: Candidate): Promise<boolean> {
  const applied = await readSemanticHash(client, schema, migration.name);
  if (!applied || !migration.up) return false;
  const script = await parseScript(readSource(root, migration.up), { mayBeEmpty: true }).catch(() => undefined);
  return script?.semanticHash === applied;
}

async function sameMeaningAsCode(client: Client, schema: string, { migration, text }: Candidate): Promise<boolean> {
  const applied = await readAppliedText(client, schema, migration.name);
  return applied !== undefined && sameCode(applied, text);
}
