import type { Finding } from '../model/finding.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import type { SourceFile } from '../model/migration.ts';
import { readTrees } from '../sql/script/read-trees.ts';
import { type Acceptance, accept } from './accept.ts';
import { fixText } from './edit/fix-text.ts';
import { lintFile } from './lint-file.ts';
import type { LintTask } from './lint-task.ts';

export interface Fixed {
  readonly text: string;
  /** What was rewritten, in the order in which it was. */
  readonly settled: readonly Finding[];
  /** What is left, and needs a decision. */
  readonly open: readonly Finding[];
}

/** A fix may bring up another one: of thirty tables that one transaction locks, two are parted at a time. */
const MOST_ROUNDS = 200;

/**
 * Rewrites a script until lint has no more to rewrite. Nothing of it has run: whether the schema comes out the same, a rehearsal proves.
 * A script that a run would refuse, before or after, stays as it is, with all that was found.
 */
export async function fixFile(task: LintTask, acceptance: Acceptance): Promise<Fixed> {
  const settled: Finding[] = [];
  let { file } = task;
  const asItIs = async (): Promise<Fixed> => ({ text: task.file.text, settled: [], open: await lookAt(task, acceptance) });
  for (let round = 0; ; round += 1) {
    if (!(await isReadable(file))) return asItIs();
    const findings = await lookAt({ ...task, file }, acceptance);
    const fixable = findings.filter(({ fix }) => fix);
    if (fixable.length === 0 || round === MOST_ROUNDS) return { text: file.text, settled, open: findings };
    const text = await rewritten(file, fixable);
    settled.push(...fixable);
    file = { ...file, text };
  }
}

/** The file with the online form of one finding. @throws LockstepError where a run would refuse the file */
export const fixOne = (file: SourceFile, finding: Finding): Promise<string> => rewritten(file, [finding]);

async function rewritten(file: SourceFile, findings: readonly Finding[]): Promise<string> {
  const { statements, isWrapped } = await readTrees(file);
  await verifyReadable(file);
  const wrapper = isWrapped ? statements.filter(({ node }) => 'TransactionStmt' in node) : [];
  const body = statements.filter((one) => !wrapper.includes(one));
  return fixText({ text: file.text, statements: body, wrapper }, findings);
}

async function lookAt(task: LintTask, acceptance: Acceptance): Promise<readonly Finding[]> {
  const schema = task.schema.clone();
  return accept(task, await lintFile({ ...task, schema }), acceptance).findings;
}

const isReadable = async (file: SourceFile): Promise<boolean> => (await readTrees(file)).problems.length === 0;

/** What a run would refuse is not built upon. */
async function verifyReadable(file: SourceFile): Promise<void> {
  const [problem] = (await readTrees(file)).problems;
  if (problem) throw unreadable(file, problem);
}

const unreadable = (file: SourceFile, problem: LockstepError): LockstepError =>
  new LockstepError({
    code: 'fix-refused',
    what: `${file.path} cannot be rewritten: ${problem.what}`,
    ...(problem.where && { where: problem.where }),
    next: problem.next,
  });
