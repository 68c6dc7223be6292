/** Files that lie, or are named, as other tools have them: golang-migrate, Postgrator, Flyway, Prisma, diesel, db-migrate and their like. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { shellWord } from '../model/command.ts';
import type { Refusal } from '../model/lockstep-error.ts';
import { compareVersions, type Direction, nextVersion, parseName, toTitle, wellNamed } from '../model/migration.ts';
import { inOrder, type Meaning, meaningsOf, type SqlPath } from './name-meanings.ts';
import { readSource } from './read-source.ts';
import { DOWN_FOLDER, moveCommand, UP_FOLDER } from './write-migration.ts';

/** Files that are not where they belong, and what is to be done about them. `rest` is named as we have it, or badly. */
export interface OtherLayouts<T extends SqlPath> {
  readonly rest: readonly T[];
  readonly problems: readonly Refusal[];
}

export function findOtherLayouts<T extends SqlPath>(root: string, files: readonly T[]): OtherLayouts<T> {
  const meant = meaningsOf(files);
  const others = files.filter(({ file }) => !meant.some((one) => one.file === file));
  const strange = others.filter(({ folder, base }) => folder !== undefined && /^V?\d/i.test(base));
  const rest = others.filter(({ folder }) => folder === undefined);
  const moves = planMoves(meant, rest);
  const taken = (move: Move): string | undefined =>
    files.find(({ file }) => file === move.to)?.file ?? moves.find((other) => other.to === move.to && other !== move)?.from;
  const blocked = moves.flatMap((move) => {
    const other = taken(move);
    return other === undefined ? [] : [twoForOne(move, other)];
  });
  const free = moves.filter((move) => taken(move) === undefined);
  return { rest, problems: [...(free.length > 0 ? [misplaced(root, free)] : []), ...blocked, ...strangeFolders(strange)] };
}

interface Move {
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly slot: Direction;
}

/** Each migration keeps its number where it has one that counts on from those before it. */
function planMoves(meant: readonly Meaning[], named: readonly SqlPath[]): readonly Move[] {
  const names = new Map<string, string>();
  const versions = named.flatMap(({ base }) => parseName(base)?.version ?? []);
  for (const one of meant.toSorted(inOrder)) {
    if (names.has(one.stem)) continue;
    const name = nameOf(one, { named, versions });
    names.set(one.stem, name);
    versions.push(parseName(name)?.version ?? '0');
  }
  return meant.toSorted(inOrder).map(({ file, slot, stem }) => {
    const name = names.get(stem) ?? stem;
    return { from: file, to: `${slot === 'up' ? UP_FOLDER : DOWN_FOLDER}/${name}.sql`, name, slot };
  });
}

interface Taken {
  readonly named: readonly SqlPath[];
  readonly versions: readonly string[];
}

function nameOf({ stem, title = stem, version, slot }: Meaning, { named, versions }: Taken): string {
  // diesel: 2020-01-31-120000_x
  const own = wellNamed(stem.replace(/^(\d{4})-(\d\d)-(\d\d)-(\d+)/, '$1$2$3$4'));
  if (own) return own;
  const words = toTitle(title) || 'describe_me';
  const others = named.filter((one) => one.slot !== slot && parseName(one.base));
  const otherHalf =
    others.find(({ base }) => parseName(base)?.title === words) ??
    others.find(({ base }) => slot === 'down' && version !== undefined && compareVersions(base, version) === 0);
  if (otherHalf) return otherHalf.base;
  const isNext = version !== undefined && versions.every((one) => compareVersions(one, version) < 0);
  return `${isNext ? version : nextVersion(versions)}_${words}`;
}

const SHOWN = 10;

function misplaced(root: string, moves: readonly Move[]): Refusal {
  const [{ from, to, name, slot }] = moves as readonly [Move, ...Move[]];
  const names = [...new Set(moves.map((move) => move.name))];
  const what = slot === 'up' ? `${name} is ${to}` : `the rollback of ${name} is ${to}`;
  const lines = names.slice(0, SHOWN).map((one) => {
    const own = moves.filter((move) => move.name === one);
    return own.map((move) => moveCommand(root, move.from, move.to)).join(' && ');
  });
  return {
    code: 'other-layout',
    what: `${from} is named as another tool has it; here ${what}${moves.length > 1 ? ` (and ${moves.length - 1} more ${moves.length === 2 ? 'file' : 'files'})` : ''}`,
    where: { file: from },
    next: `${lines.join('\n')}${names.length > SHOWN ? `   then the same again, for the other ${names.length - SHOWN}` : ''}`,
    exitCode: 2,
  };
}

const twoForOne = ({ from, to, name, slot }: Move, other: string): Refusal => ({
  code: 'two-files-for-one',
  what: `${from} and ${other} are both the ${slot === 'up' ? 'forward SQL' : 'rollback'} of ${name}, which is to be ${to}`,
  where: { file: from },
  next: `diff ${shellWord(from)} ${shellWord(other)}   then remove one of them`,
  exitCode: 2,
});

/** Whether these are migrations, nobody knows: moved out they are as unread as they are now. */
function strangeFolders(files: readonly SqlPath[]): readonly Refusal[] {
  return [...new Set(files.map(({ folder = '' }) => folder))].map((folder) => {
    const from = `${UP_FOLDER}/${folder}`;
    const out = `${path.posix.dirname(UP_FOLDER)}/${folder}`;
    return {
      code: 'folder-in-migrations',
      what: `${from} holds SQL files with numbers, and folders in ${UP_FOLDER} are not read`,
      where: { file: from },
      next: `mv ${shellWord(from)} ${shellWord(out)}   where they are no migrations; where they are: mv ${shellWord(from)}/*.sql ${UP_FOLDER}`,
      exitCode: 2,
    };
  });
}

/** Flyway's settings for one script, in a file beside it. */
export function flywaySettings(root: string, names: readonly string[]): readonly Refusal[] {
  return names.flatMap((name): Refusal | readonly Refusal[] => {
    const [file, sql] = [`${UP_FOLDER}/${name}`, `${UP_FOLDER}/${name.replace(/\.conf$/, '')}`];
    if (!name.endsWith('.sql.conf') || !existsSync(path.join(root, sql))) return [];
    if (!/^\s*(?:flyway\.)?executeInTransaction\s*=\s*false\b/im.test(readSource(root, file).text)) return [];
    const [from, to] = [file, sql].map(shellWord);
    return {
      code: 'flyway-settings',
      what: `${file} takes ${sql} out of its transaction, and is not read here`,
      where: { file },
      next: `{ echo '-- part: no-transaction'; cat ${to}; } > ${to}.new && mv ${to}.new ${to} && mv ${from} ${from}.old`,
      exitCode: 2,
    };
  });
}
