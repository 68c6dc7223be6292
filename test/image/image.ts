import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Tree } from '../support/project.ts';
import { makeRunFolder } from '../support/servers.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const DOCKERFILE = readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8').replaceAll('\\\n', '');

/** What stands behind an instruction, each time that it is there. */
const instructions = (name: string): readonly string[] =>
  [...DOCKERFILE.matchAll(new RegExp(`^${name} (.*)$`, 'gm'))].map(([, rest = '']) => rest);

/** The user and the command of the image. */
export const USER = Number(instructions('USER')[0]?.split(':')[0]);
export const CMD = JSON.parse(instructions('CMD')[0] ?? '[]') as readonly string[];

/** Why there is no image here; undefined where there is one. */
export const NO_IMAGE = process.getuid?.() === 0 ? undefined : 'only root can make a tree of root, and run it as somebody else';
export const NO_MOUNTS =
  NO_IMAGE ?? (spawnSync('unshare', ['--mount', 'true']).status === 0 ? undefined : 'this machine lets nobody mount anything');

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** The packages that `npm ci --omit=dev` installs, without the embedded servers. */
function installedPackages(): readonly string[] {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  return Object.entries(packages).flatMap(([place, { dev, devOptional }]) =>
    place.startsWith('node_modules/') && !place.startsWith('node_modules/pg18-') && !dev && !devOptional ? [place] : [],
  );
}

/** What `COPY . .` leaves out. */
const IGNORED = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
const isIgnored = (name: string): boolean => IGNORED.some((one) => [name, `${name}/`, name.replace(/^.*(?=\.log$)/, '*')].includes(one));
const isTaken = (file: string): boolean => !isIgnored(path.relative(ROOT, file));
const AS_IT_IS = { recursive: true, preserveTimestamps: true };

/** The folder /app of the image, made with the lines of the Dockerfile that follow `COPY . .`. Remove it in the end. */
export async function buildImage(other: Tree): Promise<string> {
  const app = path.join(await makeRunFolder(), 'app');
  const copy = (name: string): void => cpSync(path.join(ROOT, name), path.join(app, name), { ...AS_IT_IS, filter: isTaken });
  for (const name of readdirSync(ROOT).filter((one) => !isIgnored(one))) copy(name);
  for (const name of [...installedPackages(), 'node_modules/.package-lock.json'].filter((one) => existsSync(path.join(ROOT, one))))
    cpSync(path.join(ROOT, name), path.join(app, name), AS_IT_IS);
  for (const [file, text] of Object.entries(other)) writeFileSync(path.join(app, file), text);
  // As a checkout under a private umask has them.
  for (const [name, mode] of [
    ['src', 0o700],
    ['knexfile.ts', 0o600],
  ] as const)
    chmodSync(path.join(app, name), mode);
  const built = spawnSync('sh', ['-c', instructions('RUN').at(-1) ?? 'false'], { cwd: app, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the image cannot be built: ${built.stdout}${built.stderr}`);
  return app;
}

export const removeImage = (app: string): void => rmSync(path.dirname(app), { recursive: true, force: true });

export interface Container {
  readonly app: string;
  readonly user: number;
  readonly variables: Readonly<Record<string, string>>;
  /** What is mounted over the backups: a folder, or `tmpfs`. */
  readonly volume?: string;
  /** Whether all the rest is mounted read-only. */
  readonly isReadOnly?: boolean;
}

export interface Ran {
  readonly code: number | null;
  /** Both streams. */
  readonly said: string;
}

const MOUNT = `
mount --make-rprivate /
if [ "$1" = tmpfs ]; then mount -t tmpfs none .lockstep/backups; else mount --bind "$1" .lockstep/backups; fi
if [ "$2" = true ]; then mount -o remount,bind,ro /; fi
user=$3; shift 3; cd "$PWD"
exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"`;

/** Runs a command as the image would: no shell, no name for its user, no home. */
export function runIn({ app, user, variables, volume, isReadOnly = false }: Container, command: readonly string[]): Promise<Ran> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/', ...variables };
  const mounting = ['unshare', '--mount', 'sh', '-ec', MOUNT, 'sh', volume ?? '', String(isReadOnly), String(user)];
  const [program = '', ...args] = volume === undefined ? command : [...mounting, ...command];
  const own = volume === undefined ? { uid: user, gid: user } : {};
  const child = spawn(program, args, { cwd: app, env, stdio: ['ignore', 'pipe', 'pipe'], ...own });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}
