import { openChecksums, type Trust } from '../files/kept-checksums.ts';
import { findMigrationText } from '../files/migration-text.ts';
import { readSource } from '../files/read-source.ts';
import type { History } from '../history/history.ts';
import { readAppliedText, readSemanticHash } from '../history/journal.ts';
import type { Drift } from '../model/drift.ts';
import type { HistoryRow } from '../model/history.ts';
import type { Refusal } from '../model/lockstep-error.ts';
import type { Migration } from '../model/migration.ts';
import { parseScript } from '../sql/script/parse-script.ts';
import { findDrift, orphaned, sameCode } from './find-drift.ts';

/** What is applied, and the files that it is compared with. */
export interface Compared {
  readonly root: string;
  readonly history: History;
  readonly hasJournal: boolean;
  readonly migrations: readonly Migration[];
  readonly applied: readonly HistoryRow[];
  readonly halfApplied: readonly string[];
  /** Which files need not be read again. */
  readonly unread?: Trust;
}

/** Compares what is applied with what is on disk. Opens the parser only for files whose checksum differs. */
export async function compareApplied(compared: Compared): Promise<readonly Drift[]> {
  const { root, history, hasJournal, migrations, applied, halfApplied } = compared;
  const checksums = openChecksums(root, compared.unread);
  const recorded = new Map(applied.map(({ name, checksum }) => [name, checksum]));
  const drifts = await findDrift({
    table: history.names.rows,
    migrations,
    history: applied,
    isKept: async (name) => hasJournal && (await readAppliedText(history, name)) !== undefined,
    readText: (migration) => {
      const checksum = recorded.get(migration.name);
      if (checksum !== undefined && checksums.isStill(migration, checksum)) return { checksum, meansTheSame: async () => true };
      const current = findMigrationText(root, migration);
      if (!current) return undefined;
      const isSame = current.kind === 'code' ? sameMeaningAsCode : sameMeaningAsSql;
      return {
        checksum: current.checksum,
        meansTheSame: async () => hasJournal && isSame(history, { root, migration, text: current.text }),
      };
    },
  });
  checksums.keep();
  const known = new Set([...migrations.filter(({ up, module }) => up || module), ...applied].map(({ name }) => name));
  return [...drifts, ...halfApplied.filter((name) => !known.has(name)).map(orphaned)];
}

interface Candidate {
  readonly root: string;
  readonly migration: Migration;
  readonly text: string;
}

async function sameMeaningAsSql(history: History, { migration, root }: Candidate): Promise<boolean> {
  const applied = await readSemanticHash(history, migration.name);
  if (!applied || !migration.up) return false;
  const script = await parseScript(readSource(root, migration.up), { mayBeEmpty: true }).catch(() => undefined);
  return script?.semanticHash === applied;
}

async function sameMeaningAsCode(history: History, { migration, text }: Candidate): Promise<boolean> {
  const applied = await readAppliedText(history, migration.name);
  return applied !== undefined && sameCode(applied, text);
}

/** A disagreement as what stops a run. */
export const driftRefusal = ({ kind, what, file, next }: Drift): Refusal => ({
  code: `drift-${kind}`,
  what,
  ...(file && { where: { file } }),
  next,
  exitCode: 3,
});
