import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { withTemporaryFolder } from '../dev-server/scratch-server.ts';
import { defineProject } from '../environment/define-project.ts';
import { readSource } from '../files/read-source.ts';
import type { Left } from '../import/foreign.ts';
import type { Event } from '../model/event.ts';
import { formatPlace, listed, type Refusal } from '../model/lockstep-error.ts';
import type { Rehearsal } from '../model/rehearsal.ts';
import { rewritten } from '../sql/script/edits.ts';
import { readScript } from '../sql/script/read-script.ts';
import { type ImportReport, importFolder } from './import.ts';
import { type Rehearse, rehearse } from './rehearse.ts';
import { TheirNames } from './their-names.ts';

/**
 * Rehearses the migrations of another tool as they are: they are read into a folder that is removed again, and nothing is written where they lie.
 * One that does not apply is left out, and those above it are rehearsed all the same: what they need of it is told.
 * @throws LockstepError where no tool's migrations are in the folder
 */
export function rehearseFolder(journey: Rehearse, folder: string): Promise<Rehearsal> {
  return withTemporaryFolder(async (root) => {
    const read = await importFolder(root, { folder });
    const cut = await cutAtCommits(root, read.problems);
    const names = new TheirNames({ root, folder, imported: read.imported });
    const project = defineProject({ root, development: { rollbacks: 'optional', emptyScripts: 'accept' } });
    const emit = (event: Event): void => journey.emit(event.type === 'rehearsing' ? { ...event, name: names.name(event.name) } : event);
    const found = await rehearse({ ...journey, emit, project, env: 'development', only: [], goesOn: true });
    return {
      ...names.rehearsal({ ...found, notes: [...found.notes, ...notesOn(cut)] }),
      folder: { path: folder, tool: read.tool, command: names.command, withoutRollback: withoutRollback(read), left: leftOut(read.left) },
    };
  });
}

const withoutRollback = ({ imported }: ImportReport): number => imported.filter(({ foreign }) => !foreign.down).length;

/** Files that begin and commit by themselves: their tools send them as they are, and each transaction becomes a part here. */
async function cutAtCommits(root: string, problems: readonly Refusal[]): Promise<readonly string[]> {
  const files = [...new Set(problems.flatMap(({ where }) => (where ? [where.file] : [])))];
  const cut: string[] = [];
  for (const file of files) {
    const text = rewritten(await readScript(readSource(root, file)));
    if (text === undefined) continue;
    writeFileSync(path.join(root, file), text);
    cut.push(file);
  }
  return cut;
}

const notesOn = (cut: readonly string[]): readonly string[] =>
  cut.length === 0 ? [] : [`begin or commit by themselves, and were rehearsed with a part for each transaction: ${listed(cut, 5)}`];

/** Files that were left out, each reason once. */
function leftOut(left: readonly Left[]): readonly string[] {
  const files = new Map<string, string[]>();
  for (const { where, what } of left) files.set(what, [...(files.get(what) ?? []), formatPlace(where)]);
  return [...files].map(([what, places]) => `${listed(places, 5)} ${what}`);
}
