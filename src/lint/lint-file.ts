import type { Node } from 'libpg-query';
import type { Finding } from '../model/finding.ts';
import type { LockstepError } from '../model/lockstep-error.ts';
import type { SourceFile } from '../model/migration.ts';
import { nameOfList, nameOfRelation } from '../sql/effects/names.ts';
import { effectsOf, explainedAndRun } from '../sql/effects/statement-effects.ts';
import { bodyStatements, type FindFunction } from '../sql/script/body-statements.ts';
import { UNKNOWN } from '../sql/script/fold-text.ts';
import { readTrees, type TreeStatement } from '../sql/script/read-trees.ts';
import { withLf } from '../sql/text/statement-text.ts';
import { HeldLocks } from './held-locks.ts';
import { judge } from './judge-statement.ts';
import type { LintTask } from './lint-task.ts';
import type { Site } from './rule/rule.ts';
import { replay } from './schema/replay.ts';
import { SavePoints } from './schema/save-points.ts';
import { keyOf, type Schema } from './schema/schema.ts';

export interface LintedFile {
  readonly findings: readonly Finding[];
  readonly statements: readonly TreeStatement[];
}

/** Looks at each statement of a script in its turn, with the schema as the ones before it leave it. */
export async function lintFile(task: LintTask): Promise<LintedFile> {
  const { statements, problems } = await readTrees(task.file);
  task.schema.droppedIndexes.clear();
  const findings: Finding[] = [];
  for (const part of partsOf(statements)) findings.push(...(await lintPart(task, part)));
  return { findings: [...problems.map((problem) => findingOf(task, problem)), ...findings], statements };
}

/** What a script makes of the schema, without a look at it. */
export async function replayFile(file: SourceFile, schema: Schema): Promise<void> {
  const points = new SavePoints(schema);
  for (const { node, start, end } of (await readTrees(file)).statements) {
    if ('TransactionStmt' in node) points.see(node.TransactionStmt);
    for (const one of await bodyStatements(node, functionsOf(schema))) if (one.node && !one.isGuess) replay(schema, one.node);
    replayStatement(schema, node, file.text.slice(start, end));
  }
}

const functionsOf =
  (schema: Schema): FindFunction =>
  (name) =>
    schema.findIn(schema.functionTexts, name);

function replayStatement(schema: Schema, node: Node, text: string): void {
  replay(schema, node);
  if (!('CreateFunctionStmt' in node)) return;
  const name = nameOfList(node.CreateFunctionStmt.funcname);
  schema.functionTexts.set(keyOf(schema.home(name), name.name), withLf(text));
  const isNew = schema.isPending && (schema.findIn(schema.functionNodes, name)?.isNew ?? true);
  schema.functionNodes.set(keyOf(schema.home(name), name.name), { node: node.CreateFunctionStmt, isNew });
}

function partsOf(statements: readonly TreeStatement[]): readonly (readonly TreeStatement[])[] {
  const parts = new Map<number, TreeStatement[]>();
  for (const one of statements) parts.set(one.part, [...(parts.get(one.part) ?? []), one]);
  return [...parts.values()];
}

async function lintPart(task: LintTask, statements: readonly TreeStatement[]): Promise<readonly Finding[]> {
  const locks = new HeldLocks();
  const points = new SavePoints(task.schema);
  const findings: Finding[] = [];
  const nodes = statements.map(({ node }) => node);
  for (const [index, statement] of statements.entries()) {
    if ('TransactionStmt' in statement.node) points.see(statement.node.TransactionStmt);
    const around = {
      before: nodes.slice(0, index),
      after: nodes.slice(index + 1),
      locks,
      inTransaction: statement.inTransaction,
      inBatches: statement.inBatches,
    };
    findings.push(...(await lintStatement(task, statement, around)));
    locks.take(task.schema, statement);
    replayStatement(task.schema, statement.node, task.file.text.slice(statement.start, statement.end));
  }
  return findings;
}

interface Around extends Pick<Site, 'before' | 'after' | 'inTransaction' | 'inBatches'> {
  readonly locks: HeldLocks;
}

async function lintStatement(task: LintTask, statement: TreeStatement, around: Around): Promise<readonly Finding[]> {
  const text = withLf(task.file.text.slice(statement.start, statement.end));
  const explained = explainedAndRun(statement.node);
  const site = siteOf(task, {
    ...around,
    node: explained ?? statement.node,
    text,
    ...(explained && { body: 'EXPLAIN' }),
    ...(statement.effects && { effects: statement.effects }),
  });
  const own = judge(site, task, statement);
  const bodies = await bodyStatements(statement.node, functionsOf(task.schema));
  if (bodies.some(({ isGuess }) => isGuess)) task.schema.putUnknown(UNKNOWN, false);
  return [...own, ...bodies.flatMap((one) => lintBody(task, { statement, around, ...one }))];
}

interface InBody {
  readonly statement: TreeStatement;
  readonly around: Around;
  readonly node?: Node;
  readonly isGuess?: true;
  readonly text: string;
  readonly body: string;
}

/** What EXECUTE runs, and nobody can read. */
const UNREAD: Node = { DoStmt: {} };

/** A statement in the body of a DO block runs where the block stands, one of a function where it is called. */
function lintBody(task: LintTask, { statement, around, node, text, body, isGuess }: InBody): readonly Finding[] {
  const effects = node && effectsOf(node);
  const site = siteOf(task, { ...around, node: node ?? UNREAD, text, body, ...(effects && { effects }) });
  const at = task.file.text.indexOf(text, statement.start);
  const span = { ...statement, start: at > 0 && at < statement.end ? at : statement.start };
  const found = judge(site, task, span);
  if (node && !isGuess) replay(task.schema, node);
  // Whatever its name, what follows means it: the next partition, and ATTACH.
  if (node && isGuess && 'CreateStmt' in node) task.schema.putUnknown(nameOfRelation(node.CreateStmt.relation).name, true);
  if (effects) around.locks.take(task.schema, { effects, summary: body });
  return found;
}

const siteOf = (
  { schema, direction, major, isAfterDeploy = false, later = [] }: LintTask,
  { locks, ...rest }: Around & Omit<Site, 'schema' | 'direction' | 'major' | 'isAfterDeploy' | 'held' | 'later'>,
): Site => ({
  ...rest,
  held: locks.held,
  schema,
  direction,
  isAfterDeploy,
  later,
  ...(major !== undefined && { major }),
});

/** What a run would refuse before its first statement. */
const findingOf = ({ file, migration, direction }: LintTask, problem: LockstepError): Finding => ({
  rule: problem.code,
  class: 'runtime-error',
  severity: 'error',
  migration,
  direction,
  where: problem.where ?? { file: file.path },
  start: 0,
  end: 0,
  what: problem.what,
  why: 'a run refuses this file before its first statement',
  next: problem.next,
});
