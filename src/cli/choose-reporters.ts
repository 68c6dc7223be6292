import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { linksOf } from '../files/read-links.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { githubReporter } from '../report/github.ts';
import { htmlReporter } from '../report/html/reporter.ts';
import { jsonReporter } from '../report/json.ts';
import { plainReporter } from '../report/plain.ts';
import { prettyReporter } from '../report/pretty.ts';
import type { Reporter, Write } from '../report/reporter.ts';

const toStdout: Write = (text) => void process.stdout.write(text);
const toStderr: Write = (text) => void process.stderr.write(text);

const FACTORIES: Readonly<Record<string, (file: string, root: string) => Reporter>> = {
  pretty: () => prettyReporter(toStderr, process.stderr.columns || 100),
  plain: () => plainReporter(toStderr),
  json: () => jsonReporter(toStdout),
  github: () => githubReporter(toStdout, folderInWorkspace()),
  // The status alone has numbers; what happens on the way is told as ever.
  prometheus: () => plainReporter(toStderr),
  // As the rehearsal has it, when it has ended.
  markdown: () => plainReporter(toStderr),
  sarif: () => plainReporter(toStderr),
  junit: () => plainReporter(toStderr),
  gitlab: () => plainReporter(toStderr),
  html: (file, root) => htmlReporter((text) => writePage(file, text), linksOf(root, process.env)),
};

/** Where the project is in the checkout of a GitHub job: npm runs scripts in the project's folder. */
function folderInWorkspace(): string {
  const workspace = process.env['GITHUB_WORKSPACE'];
  const folder = workspace ? path.relative(workspace, process.cwd()) : '';
  return folder.startsWith('..') || path.isAbsolute(folder) ? '' : folder.replaceAll('\\', '/');
}

/**
 * The reporters that were asked for; without a wish, what fits the terminal, with annotations in GitHub Actions.
 * @param root the project's folder, for links into its repository
 */
export function chooseReporters(wishes: readonly string[] | undefined, root = process.cwd()): Reporter {
  const reporters = (wishes?.length ? wishes : defaults()).map((wish) => create(wish, root));
  return {
    report: (event) => {
      for (const { report } of reporters) report(event);
    },
    close: () => {
      for (const { close } of reporters) close();
    },
  };
}

function defaults(): readonly string[] {
  const isTerminal = process.stderr.isTTY === true && process.env['CI'] === undefined;
  return [isTerminal ? 'pretty' : 'plain', ...(process.env['GITHUB_ACTIONS'] === 'true' ? ['github'] : [])];
}

function create(wish: string, root: string): Reporter {
  const [name = '', file = ''] = wish.split(/=(.*)/s);
  const factory = FACTORIES[name];
  if (factory && ['html', 'markdown', 'sarif', 'junit', 'gitlab'].includes(name) === (file !== '')) {
    if (file !== '') verifyWritable(file);
    return factory(file, root);
  }
  throw new LockstepError({
    code: 'unknown-report',
    what: `There is no report "${wish}"`,
    next: 'use --report pretty, plain, json, github, prometheus (of the status), html=FILE, markdown=FILE (of a rehearsal), or sarif=FILE, junit=FILE and gitlab=FILE (of lint)',
  });
}

/** What ran has ended by now, so its exit code stands. */
function writePage(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    toStderr(`The report ${file} cannot be written (${(error as NodeJS.ErrnoException).code})\n`);
  }
}

/** Before anything runs: a page that cannot be written must not fail a run that succeeded. */
function verifyWritable(file: string): void {
  try {
    writeFileSync(file, '');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new LockstepError({
      code: 'report-unwritable',
      what: `The report ${file} cannot be written (${code})`,
      next: `ls -ld ${path.dirname(file)}`,
      cause,
    });
  }
}
