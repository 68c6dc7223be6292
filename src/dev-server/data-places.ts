import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { homeFolder } from '../environment/user.ts';
import { type Account, findAccount } from './account.ts';
import { runProgram } from './run-program.ts';
import { noDataFolder } from './server-refusals.ts';

/** The folders that may hold a project's data folder, in the order they are asked. */
export interface Places {
  readonly project: string;
  readonly fallback: string;
}

/** pg_ctl starts the server through a shell that puts paths in double quotes. */
export const SHELL_UNSAFE = process.platform === 'win32' ? /["%]/ : /["$`\\\n]/;

export function placesOf(root: string): Places {
  const project = fs.realpathSync(root);
  const key = createHash('sha256').update(project).digest('hex').slice(0, 12);
  const base = process.getuid?.() === 0 ? '/var/lib/lockstep' : path.join(xdgDataHome(), 'lockstep');
  return { project: path.join(project, '.lockstep'), fallback: path.join(base, key) };
}

/** Where the data is already, be there a server or not. */
export const findDataDir = ({ project, fallback }: Places): string | undefined =>
  [project, fallback].map((place) => path.join(place, 'pg18')).find((dataDir) => fs.existsSync(dataDir));

/** Where the data is, else the first place that can hold it. The same answer every time. Refuses when neither can. */
export async function chooseDataDir(places: Places): Promise<string> {
  const existing = findDataDir(places);
  if (existing) return existing;
  for (const place of [places.project, places.fallback]) {
    if (await canHoldData(place, findAccount())) return path.join(place, 'pg18');
  }
  throw noDataFolder([places.project, places.fallback]);
}

/** Tries it: the account must get there, write there and own a folder with mode 0700 (not so on a home that is 0700, a read-only disk, some mounts). */
export async function canHoldData(place: string, account: Account | undefined): Promise<boolean> {
  if (SHELL_UNSAFE.test(place)) return false;
  let probe: string | undefined;
  try {
    makeFolder(place);
    probe = fs.mkdtempSync(path.join(place, 'probe-'));
    if (account) fs.chownSync(probe, account.uid, account.gid);
    return isPrivate(probe, account) && (await canWrite(probe, account));
  } catch {
    return false;
  } finally {
    if (probe) fs.rmSync(probe, { recursive: true, force: true });
  }
}

/** What root makes on the way must let the account through, whatever the umask. */
export function makeFolder(folder: string): void {
  const first = fs.mkdirSync(folder, { recursive: true });
  if (first === undefined || process.getuid?.() !== 0) return;
  for (let made = folder; made.length >= first.length; made = path.dirname(made)) fs.chmodSync(made, 0o755);
}

function isPrivate(folder: string, account: Account | undefined): boolean {
  if (process.platform === 'win32') return true;
  const { mode, uid } = fs.statSync(folder);
  return (mode & 0o777) === 0o700 && uid === (account?.uid ?? process.getuid?.());
}

async function canWrite(folder: string, account: Account | undefined): Promise<boolean> {
  const file = path.join(folder, 'file');
  if (account) return (await runProgram('/bin/sh', ['-c', ': > "$1"', 'sh', file], { account })).status === 0;
  fs.writeFileSync(file, '');
  return true;
}

function xdgDataHome(): string {
  const named = process.env['XDG_DATA_HOME'];
  return named && path.isAbsolute(named) ? named : path.join(homeFolder(), '.local', 'share');
}
