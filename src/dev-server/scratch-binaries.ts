import fs from 'node:fs';
import path from 'node:path';
import { type Binaries, findBinaries, findDevBinaries, hasPrograms } from './binaries.ts';

const DEBIAN = '/usr/lib/postgresql';
const MAJORS = [14, 15, 16, 17, 18] as const;

/** The programs of one major: those of the machine bring the distribution's extensions along, so they come first. */
function findMajor(major: number, from: readonly string[]): Binaries | undefined {
  const places = [path.join(DEBIAN, String(major), 'bin'), ...onPath().filter((folder) => majorOf(folder) === major)];
  const bin = places.find(hasPrograms);
  return bin ? { major, bin } : findBinaries(major, from);
}

const onPath = (): readonly string[] => (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder && hasPrograms(folder));

/** By the folder that the programs stand in, as distributions lay them out; undefined where it does not tell. */
function majorOf(bin: string): number | undefined {
  const real = fs.realpathSync(path.join(bin, 'postgres'));
  const [, major] = /(?:postgresql|pgsql|postgres)[-@/]?(\d{2})\b/.exec(real) ?? [];
  return major === undefined ? undefined : Number(major);
}

/**
 * Programs for a scratch server of this major, or of the nearest that is there; without a wish those of the development server.
 * @throws LockstepError where there are none
 */
export function findScratchBinaries(major: number | undefined, from: readonly string[]): Binaries {
  if (major === undefined || process.env['EMBEDDED_PG_BIN']) return findDevBinaries(from);
  const nearest = [...MAJORS].sort((a, b) => Math.abs(a - major) - Math.abs(b - major) || b - a);
  for (const one of nearest) {
    const found = findMajor(one, from);
    if (found) return found;
  }
  return findDevBinaries(from);
}
