import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { defineProject } from '../environment/define-project.ts';
import { DOWN_FOLDER } from '../files/write-migration.ts';
import type { Imported } from '../import/plan-import.ts';
import { formatPlace } from '../model/lockstep-error.ts';
import type { ProofFinding, Rehearsal } from '../model/rehearsal.ts';
import { importFolder } from './import.ts';
import { type Rehearse, rehearse } from './rehearse.ts';

/**
 * Rehearses the migrations of another tool as they are: they are read into a folder that is removed again, and nothing is written where they lie.
 * @throws LockstepError where no tool's migrations are in the folder
 */
export async function rehearseFolder(journey: Rehearse, folder: string): Promise<Rehearsal> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'lockstep-folder-'));
  try {
    const { imported, left, problems, tool } = await importFolder(root, { folder });
    const project = defineProject({ root, development: { rollbacks: 'optional', emptyScripts: 'accept' } });
    const found = await rehearse({ ...journey, project, env: 'development', only: [] });
    const sources = imported.flatMap(({ files, foreign }) =>
      Object.keys(files).map((file) => [file, sourceOf(file, path.posix.join(folder, foreign.source))] as const),
    );
    const named = (text: string): string => sources.reduce((told, [file, source]) => told.replaceAll(file, source), text);
    return {
      ...withNames(found, named),
      notes: [
        ...found.notes,
        `read as migrations of ${tool}${withoutRollback(imported)}`,
        ...left.map(({ where, what }) => `left out: ${formatPlace(where)}: ${what}`),
        ...problems.map(({ what, where }) => `${named(where ? formatPlace(where) : '')}: ${what}`),
      ],
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function withoutRollback(imported: readonly Imported[]): string {
  const n = imported.filter(({ foreign }) => !foreign.down).length;
  return n === 0 ? '' : `; ${n} of ${imported.length} ${n === 1 ? 'has' : 'have'} no rollback`;
}

/** Their file; of a pair the one of this direction. */
function sourceOf(file: string, source: string): string {
  if (!file.startsWith(DOWN_FOLDER)) return source;
  const down = source.replace(/\.up\.sql$/, '.down.sql').replace(/\/up\.sql$/, '/down.sql');
  return down === source ? `the rollback in ${source}` : down;
}

/** With the files as they are called there. Lines are left out: above the SQL stands a header that only ours have. */
function withNames(found: Rehearsal, named: (text: string) => string): Rehearsal {
  const bare = (text: string): string => named(text).replaceAll(/(\.sql)(?::\d+){1,2}/g, '$1');
  const rename = ({ where, ...one }: ProofFinding): ProofFinding => ({
    ...one,
    what: bare(one.what),
    next: bare(one.next),
    ...(where && { where: { file: named(where.file) } }),
  });
  return {
    ...found,
    proofs: found.proofs.map((proof) => ({ ...proof, findings: proof.findings.map(rename) })),
    ...(found.chain && { chain: found.chain.map(rename) }),
  };
}
