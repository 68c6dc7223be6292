import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { onServer, type TestDatabase } from '../support/database.ts';
import { createProject, historyOf, isThere, type TestProject } from '../support/project.ts';
import { sampleSize } from '../support/sample-size.ts';
import { seeded } from '../support/seeded.ts';
import { breakProject } from './broken-project.ts';
import { ask, commandsIn, type } from './follow-next.ts';

const PROJECTS = sampleSize('PROJECTS', { everyday: 16, inCi: 60 });
const FIRST = Number(process.env['FIRST'] ?? 0);
const ROUNDS = 10;

/** Nothing is left to do, or what is left only a person knows: which of two, where a lost text is, what is to be written. */
const END = /^(?:done|empty-script|syntax-error|transaction-control|two-files-for-one|statement-failed|drift-missing|missing): /;

onServer('newest', 'Next, followed literally in broken projects', ({ freshDatabase }) => {
  test.each(Array.from({ length: PROJECTS }, (_, i) => FIRST + i))('does no harm and comes to an end (seed %i)', async (seed) => {
    const broken = breakProject(seeded(seed));
    const database = await freshDatabase();
    await database.query('CREATE TABLE undone (name text)');
    const project = await createProject(database, broken.applied);
    if (Object.keys(broken.applied).length > 0) await project.apply();
    if (broken.isInGit) commit(project.root);
    for (const [file, text] of Object.entries(broken.files))
      if (text === undefined) rmSync(path.join(project.root, file), { force: true });
      else await project.write({ [file]: text });
    const log = await follow(project, database, broken.asksStatus);
    expect(log.at(-1), log.join('\n')).toMatch(END);
  });
});

/** Types what each answer says, ten times at most. @returns what was answered and typed */
async function follow(project: TestProject, database: TestDatabase, fromStatus: boolean): Promise<readonly string[]> {
  const log: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = await countApplied(database);
    const answer = await ask(project, fromStatus);
    const commands = commandsIn(answer.next);
    const line = `${answer.code}: ${commands.join(' ; ')}`;
    const isRepeated = log.at(-1) === line;
    log.push(line);
    if (answer.code === 'done' || commands.length === 0 || isRepeated) break;
    for (const command of commands) await type(project, command);
    expect(await database.query('SELECT name FROM undone'), log.join('\n')).toEqual([]);
    expect(await countApplied(database), log.join('\n')).toBeGreaterThanOrEqual(before);
  }
  return log;
}

const countApplied = async (database: TestDatabase): Promise<number> =>
  (await isThere(database, 'schema_migrations')) ? (await historyOf(database)).length : 0;

function commit(root: string): void {
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: root, stdio: 'pipe' });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', 'applied');
}
