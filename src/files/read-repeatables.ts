import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { shellWord } from '../model/command.ts';
import type { Refusal } from '../model/lockstep-error.ts';
import { type Migration, REPEATABLE } from '../model/migration.ts';
import { moveCommand, REPEATABLE_FOLDER } from './write-migration.ts';

export interface RepeatableFolder {
  /** By name; `up` is the file. */
  readonly repeatables: readonly Migration[];
  readonly problems: readonly Refusal[];
}

const NAME = /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)*$/;
const LONGEST = 255;

/** The SQL files of `db/repeatable`, folders in it included. Opens none. */
export async function readRepeatables(root: string): Promise<RepeatableFolder> {
  const folder = path.join(root, REPEATABLE_FOLDER);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const bases = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)).replaceAll('\\', '/'))
    .filter((file) => /\.sql$/i.test(file) && !file.split('/').some((part) => part.startsWith('.')))
    .map((file) => ({ file: `${REPEATABLE_FOLDER}/${file}`, name: `${REPEATABLE}${file.replace(/\.sql$/i, '')}` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const isNamed = ({ name }: { readonly name: string }): boolean => NAME.test(name) && name.length <= LONGEST;
  return {
    repeatables: bases.filter(isNamed).map(({ file, name }) => ({ version: '', name, up: file })),
    problems: [...bases.filter((one) => !isNamed(one)).map(({ file }) => badName(root, file)), ...bases.flatMap(sameName)],
  };
}

/** On a disk that tells small letters from capitals. */
function sameName({ file, name }: Base, i: number, all: readonly Base[]): readonly Refusal[] {
  const other = all.slice(0, i).find((one) => one.name === name);
  if (!other) return [];
  const what = `${other.file} and ${file} have one name in history: ${name}`;
  const next = `git mv ${shellWord(file)} ${shellWord(file.replace(/\.sql$/i, '_2.sql'))}   or remove one of them`;
  return [{ code: 'same-repeatable', what, where: { file }, next, exitCode: 2 }];
}

interface Base {
  readonly file: string;
  readonly name: string;
}

function badName(root: string, file: string): Refusal {
  const proper =
    path.posix
      .basename(file)
      .replace(/\.sql$/i, '')
      .replace(/[^\w.-]+/g, '_')
      .replace(/^[^A-Za-z0-9]+/, '') || 'describe_me';
  return {
    code: 'bad-name',
    what: `${file} is not named as a repeatable file is: letters, digits, _, . or -, then .sql`,
    where: { file },
    next: moveCommand(root, file, `${path.posix.dirname(file)}/${proper.slice(0, 200)}.sql`),
    exitCode: 2,
  };
}
