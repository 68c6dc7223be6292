import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { flushFile, namesIn, removeFolder } from '../files/disk.ts';
import type { Account } from './account.ts';
import { runProgram } from './run-program.ts';
import { serverFailure } from './server-refusals.ts';
import type { ServerSpec } from './server-state.ts';

const PASSWORD_FILE = 'lockstep.password';
const SETTINGS = ["listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "timezone = 'UTC'", "log_timezone = 'UTC'"];
const FAST_SETTINGS = ['fsync = off', 'synchronous_commit = off', 'full_page_writes = off'];

/** A data folder appears by rename, whole or not at all. */
export async function initData(spec: ServerSpec): Promise<void> {
  const fresh = fs.mkdtempSync(`${spec.dataDir}.new-`);
  try {
    await runInitdb(spec, fresh);
    fs.appendFileSync(path.join(fresh, 'postgresql.conf'), `\n# Lockstep\n${settingsOf(spec).join('\n')}\n`);
    if (spec.isDurable) flushFile(path.join(fresh, 'postgresql.conf'));
    fs.renameSync(fresh, spec.dataDir);
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** True for a folder that exists; it is complete then. */
export const hasData = (dataDir: string): boolean => fs.existsSync(path.join(dataDir, 'PG_VERSION'));

/**
 * What a killed first start or reset left beside the data folder. Call it under the lock. An initdb that outlived its killed parent may still
 * write here: what cannot be removed now goes with the next start.
 */
export function removeLeftovers(dataDir: string): void {
  const parent = path.dirname(dataDir);
  const prefixes = ['new-', 'old-'].map((kind) => `${path.basename(dataDir)}.${kind}`);
  for (const name of namesIn(parent)) if (prefixes.some((prefix) => name.startsWith(prefix))) removeFolder(path.join(parent, name));
}

/** By rename first, so that a kill in the middle cannot leave half a data folder. */
export function removeData(dataDir: string): void {
  if (!fs.existsSync(dataDir)) return;
  const old = `${dataDir}.old-${randomBytes(4).toString('hex')}`;
  fs.renameSync(dataDir, old);
  removeFolder(old);
}

export function readPassword(dataDir: string): string {
  const file = path.join(dataDir, PASSWORD_FILE);
  if (fs.existsSync(file)) return fs.readFileSync(file, 'utf8');
  const what = 'The development server has lost its password file';
  throw serverFailure({ what, file, next: 'npm run db:reset, which deletes the development data' });
}

async function runInitdb(spec: ServerSpec, fresh: string): Promise<void> {
  const secret = path.join(`${fresh}.password`);
  fs.writeFileSync(secret, randomBytes(18).toString('base64url'), { mode: 0o600, flag: 'wx' });
  try {
    if (spec.account) for (const file of [fresh, secret]) fs.chownSync(file, spec.account.uid, spec.account.gid);
    const { status, output } = await runProgram(path.join(spec.bin, 'initdb'), initdbArgs(spec, fresh, secret), spec);
    const what = 'The development server cannot make its data folder';
    if (status !== 0) throw serverFailure({ what, said: output, file: spec.dataDir, next: 'npm run db:start, once that is put right' });
    fs.renameSync(secret, path.join(fresh, PASSWORD_FILE));
  } finally {
    fs.rmSync(secret, { force: true });
  }
}

function initdbArgs(spec: ServerSpec, fresh: string, secret: string): readonly string[] {
  const args = ['-D', fresh, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', secret, '-E', 'UTF8', '--locale=C', '--no-instructions'];
  // The same on every system, and lower('É') works, which locale C alone does not do (17 and later).
  const locale = spec.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  return [...args, ...locale, ...(spec.isDurable ? [] : ['--no-sync'])];
}

const settingsOf = (spec: ServerSpec): readonly string[] => [
  ...SETTINGS,
  `max_connections = ${spec.maxConnections}`,
  ...(spec.isDurable ? [] : FAST_SETTINGS),
];

/** A copied project brings a data folder with the copier's owner and mode; PostgreSQL wants its own account and 0700. */
export function adoptData(dataDir: string, account: Account | undefined): void {
  if (process.platform === 'win32' || !fs.existsSync(dataDir)) return;
  const { uid, mode } = fs.statSync(dataDir);
  if (account && uid !== account.uid) giveAway(dataDir, account);
  if ((mode & 0o077) !== 0) fs.chmodSync(dataDir, 0o700);
}

function giveAway(folder: string, { uid, gid }: Account): void {
  fs.lchownSync(folder, uid, gid);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const inside = path.join(folder, entry.name);
    if (entry.isDirectory()) giveAway(inside, { name: '', uid, gid });
    else fs.lchownSync(inside, uid, gid);
  }
}
