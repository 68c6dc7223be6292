import { spawn } from 'node:child_process';
import { findBinaries } from '../dev-server/binaries.ts';
import { parseMajor, planInstall } from '../dev-server/plan-install.ts';
import { readBackend } from '../files/backend.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';

interface Installed {
  readonly major: number;
  readonly isNew: boolean;
}

interface Install extends Journey {
  readonly words: readonly string[];
  /** Takes what the package manager says. */
  readonly hear: (chunk: Buffer) => void;
}

/** Has the project's own package manager add it. @throws LockstepError where that fails */
export async function installMajor({ project: { root }, emit, words, hear }: Install): Promise<Installed> {
  const major = parseMajor(words);
  if (findBinaries(major, [root])) return { major, isNew: false };
  const command = planInstall(major, readBackend(root).manager);
  emit({ type: 'note', text: `runs ${command.join(' ')}` });
  const said = await run(command, { root, hear });
  if (said !== undefined) throw failed(command, said);
  if (!findBinaries(major, [root])) throw failed(command, 'it ran, and the programs are not there');
  return { major, isNew: true };
}

interface Running extends Pick<Install, 'hear'> {
  readonly root: string;
}

/** @returns the end of what it said where it failed */
function run([program = '', ...args]: readonly string[], { root: cwd, hear }: Running): Promise<string | undefined> {
  return new Promise((resolve) => {
    // On Windows a package manager is a script, which only a shell can run; none of the words needs a quote.
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        hear(chunk);
        said = (said + chunk.toString()).slice(-20_000);
      });
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (status) => resolve(status === 0 ? undefined : said));
  });
}

const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED|network/i;

function failed([manager = '', ...words]: readonly string[], said: string): LockstepError {
  const why =
    /ENOENT/.test(said) && !/npm error/.test(said)
      ? `${manager} is not installed`
      : OFFLINE.test(said)
        ? 'the registry cannot be reached'
        : undefined;
  const last = said.trim().split('\n').at(-1);
  return new LockstepError({
    code: 'install-failed',
    what: `${manager} could not add it: ${why ?? last}`,
    next: `${[manager, ...words].join(' ')}   ${why === undefined ? 'says more' : 'when it can'}; a PostgreSQL of the system is found in /usr/lib/postgresql and on the PATH`,
    exitCode: 1,
  });
}
