/** What kind of backend a folder holds: how it is installed, and what its files are written in. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { LockstepError } from '../model/lockstep-error.ts';

export interface PackageJson {
  readonly type?: string;
  readonly packageManager?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export interface Backend {
  readonly manager: 'npm' | 'pnpm' | 'yarn';
  readonly packageJson: PackageJson;
  /** As it is in the file, for an edit that leaves the rest alone. */
  readonly packageText: string;
  readonly isEsm: boolean;
  /** A compose file runs a PostgreSQL for development. */
  readonly hasCompose: boolean;
}

const LOCKS = { 'pnpm-lock.yaml': 'pnpm', 'pnpm-workspace.yaml': 'pnpm', 'yarn.lock': 'yarn', 'package-lock.json': 'npm' } as const;

/** @throws LockstepError where there is no package.json, or it cannot be read */
export function readBackend(root: string): Backend {
  const packageText = readPackage(root);
  const packageJson = parse(packageText);
  return {
    manager: managerOf(root, packageJson),
    packageJson,
    packageText,
    isEsm: packageJson.type === 'module',
    hasCompose: readdirSync(root).some(
      (name) => /^(?:docker-)?compose(?:\..*)?\.ya?ml$/.test(name) && /postgres/i.test(readFileSync(path.join(root, name), 'utf8')),
    ),
  };
}

function readPackage(root: string): string {
  try {
    return readFileSync(path.join(root, 'package.json'), 'utf8');
  } catch (cause) {
    throw new LockstepError({ code: 'no-package', what: `There is no package.json in ${root}`, next: 'npm init -y', cause });
  }
}

function parse(text: string): PackageJson {
  try {
    return JSON.parse(text) as PackageJson;
  } catch (cause) {
    throw new LockstepError({
      code: 'package-broken',
      what: `package.json cannot be read: ${(cause as Error).message}`,
      where: { file: 'package.json' },
      next: 'npm pkg get name   says so too; correct it first',
      cause,
    });
  }
}

/** By the package.json's own word, else by the nearest lock file. */
function managerOf(root: string, { packageManager = '' }: PackageJson): Backend['manager'] {
  const named = (['npm', 'pnpm', 'yarn'] as const).find((name) => packageManager.startsWith(`${name}@`));
  if (named) return named;
  for (let folder = root; ; folder = path.dirname(folder)) {
    for (const [file, manager] of Object.entries(LOCKS)) if (existsSync(path.join(folder, file))) return manager;
    if (folder === path.dirname(folder)) return 'npm';
  }
}
