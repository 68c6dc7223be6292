import { execFileSync } from 'node:child_process';
import type { TestDatabase } from '../support/database.ts';
import { createProject, type TestProject, type Tree } from '../support/project.ts';

export interface TestRepository extends TestProject {
  readonly git: (...args: readonly string[]) => string;
  /** Commits all that is there. */
  readonly commit: () => string;
}

const AUTHOR = ['-c', 'user.name=ann', '-c', 'user.email=ann@example.com', '-c', 'core.hooksPath=.git/hooks'];

/** A project that is a git repository, with its tree committed on `main`. */
export async function createRepository(database: TestDatabase, tree: Tree): Promise<TestRepository> {
  const project = await createProject(database, tree);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', project.root, ...AUTHOR, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  const commit = (): string => {
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', 'a change');
    return git('rev-parse', 'HEAD');
  };
  git('init', '-q', '-b', 'main');
  commit();
  return { ...project, git, commit };
}
