import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Which state of the project runs, and which job runs it. */
export interface Provenance {
  /** Of HEAD; outside a Git repository as the variables of the job say. */
  readonly commit?: string;
  /** Migration files that differ from the commit, or are not in it. */
  readonly dirty?: readonly string[];
  readonly job?: string;
}

const GIT_LIMIT_MS = 5_000;
const MIGRATIONS = ['db/migrations', 'db/repeatable', 'migrations'];

export async function readProvenance(root: string, variables: Readonly<Record<string, string | undefined>>): Promise<Provenance> {
  const job = jobUrl(variables);
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', ['-C', root, ...args], { timeout: GIT_LIMIT_MS, maxBuffer: 16 * 1024 * 1024 })).stdout;
  try {
    const commit = (await git('rev-parse', 'HEAD')).trim();
    const changed = await git('status', '--porcelain', '-z', '--untracked-files=all', '--', ...MIGRATIONS);
    // Git tells them from the repository's root, which may lie above ours.
    const above = (await git('rev-parse', '--show-prefix')).trimEnd();
    // Each entry begins with two letters and a space; the old name of a renamed file stands by itself.
    const dirty = changed.split('\0').flatMap((entry) => (/^[ MADRCU?!]{2} /.test(entry) ? [entry.slice(3 + above.length)] : []));
    return { commit, dirty, ...(job && { job }) };
  } catch {
    // No Git, no repository, no commit, or a repository of somebody else's: an image knows only what its variables say.
    const commit = commitIn(variables);
    return { ...(commit && { commit }), ...(job && { job }) };
  }
}

/** `GIT_COMMIT`, which an image may be given as it is built, or as GitHub Actions, GitLab, Buildkite and CircleCI say it. */
function commitIn(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  const found = ['GIT_COMMIT', 'GITHUB_SHA', 'CI_COMMIT_SHA', 'BUILDKITE_COMMIT', 'CIRCLE_SHA1']
    .map((name) => variables[name])
    .find(Boolean);
  return found && /^[0-9a-f]{7,64}$/i.test(found) ? found : undefined;
}

/** As the common CI systems say it: GitHub Actions, GitLab, Jenkins, Buildkite, CircleCI. */
function jobUrl(variables: Readonly<Record<string, string | undefined>>): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = variables;
  if (GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_RUN_ID)
    return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
  const { CI_JOB_URL, BUILD_URL, BUILDKITE_BUILD_URL, CIRCLE_BUILD_URL } = variables;
  return CI_JOB_URL || BUILD_URL || BUILDKITE_BUILD_URL || CIRCLE_BUILD_URL || undefined;
}
