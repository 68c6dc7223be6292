import { readdir } from 'node:fs/promises';
import path from 'node:path';
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
  const entries = await readdir(path.join(root, REPEATABLE_FOLDER), { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const bases = entries
    .map((entry) => entry.replaceAll('\\', '/'))
    .filter((file) => /\.sql$/i.test(file) && !file.split('/').some((part) => part.startsWith('.')))
    .map((file) => ({ file: `${REPEATABLE_FOLDER}/${file}`, name: `${REPEATABLE}${file.replace(/\.sql$/i, '')}` }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const isNamed = ({ name }: { readonly name: string }): boolean => NAME.test(name) && name.length <= LONGEST;
  return {
    repeatables: bases.filter(isNamed).map(({ file, name }) => ({ version: '', name, up: file })),
    problems: bases.filter((one) => !isNamed(one)).map(({ file }) => badName(root, file)),
  };
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
