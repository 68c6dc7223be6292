/** Rollbacks of what the files do not have any more: their texts are the journal's, or those of a commit. */
import { findCommits, findRollbackInGit } from '../files/read-git.ts';
import { checksumOf } from '../files/read-source.ts';
import { filesOf } from '../files/write-migration.ts';
import type { History } from '../history/history.ts';
import { type RecordedWayBack, readWayBack } from '../history/kept-rollbacks.ts';
import { ROLLBACK_COMMAND, withOptions } from '../model/command.ts';
import { readDeclared } from '../model/header.ts';
import type { HistoryRow } from '../model/history.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { Step } from '../model/plan.ts';
import { type Loading, parseRollback } from './load-step.ts';
import type { Note } from './plan-request.ts';

export interface PastRollback {
  readonly step: Step;
  /** Where its text comes from, if not from the journal. */
  readonly note?: Note;
}

interface Applied {
  readonly history: History;
  readonly row: HistoryRow;
  /** How it stands here: `this branch lacks it`. */
  readonly here: string;
  /** What was applied before it, which a rollback can go back to. */
  readonly below: string | undefined;
}

/** @throws LockstepError (exit 3) where nobody kept the text, with the command that finds it */
export async function loadPastRollback({ root, emptyScripts }: Loading, { history, ...applied }: Applied): Promise<PastRollback> {
  const { row } = applied;
  const known = await readWayBack(history, row);
  const { name, description } = row;
  if (known.kind === 'code') throw await codeIsGone(root, applied);
  const kept = known.rollback && 'text' in known.rollback ? known.rollback.text : undefined;
  const found = kept === undefined ? await findRollbackInGit(root, name, row.checksum) : undefined;
  const text = kept ?? found?.text;
  if (text === undefined) throw await notKept(root, { ...applied, known });
  const source = found ? `as it is in commit ${found.commit}` : 'as it was when it was applied';
  const parsed = await parseRollback({ path: `${filesOf(name).down} (${source})`, text, checksum: checksumOf(text) }, emptyScripts);
  const migration = { version: name.split('_')[0] ?? '', name };
  const step: Step = { direction: 'down', isPast: true, migration, ...(description && { description }), ...readDeclared(text), ...parsed };
  return { step, ...(found && { note: { text: `${name}: ${whyNotKept(known)}; its rollback is that of commit ${found.commit}` } }) };
}

function whyNotKept({ rollback }: RecordedWayBack): string {
  if (!rollback || 'text' in rollback) return 'it was applied, or marked as applied, without its rollback being kept';
  return {
    file: 'it had no rollback file when it was applied',
    secret: 'its rollback may hold a password, or is very long, so it was not kept',
    encoding: 'its rollback has characters that this database cannot hold, so it was not kept',
  }[rollback.lacks];
}

const backTo = (below: string | undefined): string => withOptions(ROLLBACK_COMMAND, `--to ${below ?? '0'}`);

interface NotKept extends Omit<Applied, 'history'> {
  readonly known: RecordedWayBack;
}

async function notKept(root: string, { row: { name }, here, below, known }: NotKept): Promise<LockstepError> {
  const { up, down } = filesOf(name);
  const [commit] = await findCommits(root, [down]);
  const [forward] = commit === undefined ? await findCommits(root, [up]) : [];
  const next =
    commit !== undefined
      ? `git show ${commit}:./${down}   is the newest that git has, of another text than was applied; where it fits: git checkout ${commit} -- ${up} ${down} && ${backTo(below)}`
      : forward !== undefined
        ? `git checkout ${forward} -- ${up}   then write ${down}, and ${backTo(below)}`
        : `git log --all --oneline -- ${up}   finds no commit that has it: write ${up} and ${down} again, and ${backTo(below)}`;
  return new LockstepError({
    code: 'rollback-not-kept',
    what: `${name} is applied, and ${here}; ${whyNotKept(known)}`,
    next,
    exitCode: 3,
  });
}

/** Its module may import what only its own branch has. */
async function codeIsGone(root: string, { row: { name }, here, below }: Omit<Applied, 'history'>): Promise<LockstepError> {
  const files = [`migrations/${name}.ts`, `migrations/${name}.js`, `migrations/${name}.mjs`, `migrations/${name}.cjs`];
  const [commit] = await findCommits(root, files);
  return new LockstepError({
    code: 'rollback-not-kept',
    what: `${name} is applied, and ${here}; it is code, which only its own branch can undo`,
    next:
      commit === undefined
        ? `on the branch that has it: ${backTo(below)}`
        : `git checkout --detach ${commit} && ${backTo(below)} && git checkout -   then the same command again`,
    exitCode: 3,
  });
}
