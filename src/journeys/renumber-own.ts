import { git } from '../files/read-git.ts';
import { readMigrations } from '../files/read-migrations.ts';
import { renameMigration } from '../files/write-migration.ts';
import { given } from '../model/given.ts';
import type { Journey } from '../model/journey.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { compareVersions, type Migration, nextVersion } from '../model/migration.ts';
import { withReader } from '../target/with-reader.ts';
import { repair } from './repair.ts';

/** Gives each migration that shares its number with another, and that nobody else can have yet, the next free number. */
export async function renumberOwn(journey: Journey): Promise<void> {
  const { root } = journey.project;
  const { migrations } = await readMigrations(root);
  for (const twins of findTwins(migrations)) {
    const own = await chooseOwn(root, twins);
    const taken = (await readMigrations(root)).migrations.filter(({ name }) => name !== own.name);
    const name = `${nextVersion(taken.map(({ version }) => version))}${own.name.slice(own.version.length)}`;
    const moves = await renameMigration(root, own, name);
    journey.emit({ type: 'recorded', text: `${own.name} is ${name} now`, names: moves.map(([from, to]) => `${from} -> ${to}`) });
    await renameInHistory(journey, own.name, name);
  }
}

function findTwins(migrations: readonly Migration[]): readonly (readonly Migration[])[] {
  const isForward = ({ up, module }: Migration): boolean => up !== undefined || module !== undefined;
  const groups = new Map<string, Migration[]>();
  for (const one of migrations.filter(isForward).toSorted((a, b) => compareVersions(a.version, b.version))) {
    const key = String(BigInt(one.version));
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** @throws LockstepError (exit 3) where git does not tell which of them only this branch has */
async function chooseOwn(root: string, twins: readonly Migration[]): Promise<Migration> {
  const own: Migration[] = [];
  for (const one of twins) if (!(await isShared(root, one))) own.push(one);
  const [only, other] = own;
  if (only && !other) return only;
  const names = twins.map(({ name }) => name);
  throw new LockstepError({
    code: 'same-version',
    what: `Version ${twins[0]?.version} is used by ${names.join(' and ')}, and ${only ? 'no other branch has either of them' : 'other branches have all of them'}`,
    next: names.map((name) => `npm run migrate:make -- --renumber ${name}`).join('\nor '),
    exitCode: 3,
  });
}

/** Whether a commit that was pushed, or that another local branch has, knows the file. */
async function isShared(root: string, { up, module }: Migration): Promise<boolean> {
  const branch = (await git(root, 'branch', '--show-current'))?.trim() ?? '';
  const others = branch === '' ? ['--branches'] : [`--exclude=${branch}`, '--branches'];
  const found = await git(root, 'log', '--max-count=1', '--format=%h', ...others, '--remotes', '--', up ?? module ?? '');
  return found === undefined || found.trim() !== '';
}

/** Where it is applied it stays so: only its row gets the new name, and none of its own is lost. */
async function renameInHistory(journey: Journey, name: string, to: string): Promise<void> {
  const isApplied = await withReader(journey, async ({ applied }) => applied.some((row) => row.name === name)).catch(() => false);
  if (isApplied) await repair({ ...journey, ...given({ consents: [{ kind: 'rename' as const, name, to }] }) });
}
