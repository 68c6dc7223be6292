import { type Meaning, meaningsOf, type SqlPath } from '../files/name-meanings.ts';
import type { Direction } from '../model/migration.ts';
import type { Folder, Foreign, Found, Half, Left } from './foreign.ts';
import { halvesOf, readText } from './halves.ts';

/** How a tool orders its files, and what its history calls them. */
export interface Habits {
  /** By the name of a migration: its files' without what says which way they run. */
  readonly order: (a: string, b: string) => number;
  readonly keyOf: (stem: string, file: string) => string;
  /** Files that are no migrations, and why they stay behind. */
  readonly leaves?: readonly (readonly [RegExp, string])[];
}

interface Group {
  readonly stem: string;
  readonly title: string;
  readonly version: string | undefined;
  readonly files: Partial<Record<Direction, string>>;
}

/** Reads one file for each migration, or one for each direction: names and markers say which. */
export function readSqlFiles(folder: Folder, { order, keyOf, leaves = [] }: Habits): Found {
  const left: Left[] = [];
  const isLeft = (file: string): boolean => {
    const [, why] = leaves.find(([pattern]) => pattern.test(file)) ?? [];
    if (why) left.push({ where: { file }, what: why });
    return why !== undefined;
  };
  const sql = folder.files.filter((file) => !isLeft(file) && /\.sql$/i.test(file));
  const migrations = paired([...groupsOf(sql).values()])
    .toSorted((a, b) => order(a.stem, b.stem))
    .flatMap((group) => readGroup(folder, group, { left, keyOf }));
  return { migrations, left };
}

function groupsOf(files: readonly string[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  const paths = files.map(toPath);
  const meant = new Map(meaningsOf(paths).map((meaning) => [meaning.file, meaning] as const));
  for (const { file, base, slot } of paths) {
    const { stem: told = base, title = withoutDashes(told), slot: way = slot, ...meaning }: Partial<Meaning> = meant.get(file) ?? {};
    const stem = withoutDashes(told);
    const version = meaning.version ?? /^\d+/.exec(stem)?.[0];
    const group = groups.get(stem);
    groups.set(stem, { stem, title: group?.title ?? title, version, files: { ...group?.files, [way]: file } });
  }
  return groups;
}

/** Tools go by the number: `72_selector.down.sql` is the other half of `72_selectors.up.sql`, where no other one has that number. */
function paired(groups: readonly Group[]): readonly Group[] {
  const numbered = new Map<string, Group[]>();
  for (const group of groups) if (group.version !== undefined) numbered.set(group.version, [...(numbered.get(group.version) ?? []), group]);
  return groups.flatMap((group) => {
    const { up, down } = group.files;
    const others = (numbered.get(group.version ?? '') ?? []).filter((one) => one !== group);
    const [other] = others;
    if (others.length !== 1 || other === undefined || (up && down) || (other.files.up && other.files.down)) return [group];
    if (up && other.files.down) return [{ ...group, files: { up, down: other.files.down } }];
    return down && other.files.up ? [] : [group];
  });
}

/** Diesel compares `2018-04-24-145128_x` and `20180424145128_x` as equal. */
const withoutDashes = (stem: string): string => stem.replace(/^(\d{4})-(\d\d)-(\d\d)-(\d{6})(?:-0+)?(?=_)/, '$1$2$3$4');

/** Only the folder that a file is in tells something. */
function toPath(file: string): SqlPath {
  const [name = '', folder] = file.split('/').reverse();
  return { slot: 'up', file, base: name.replace(/\.sql$/i, ''), ...(folder !== undefined && { folder }) };
}

interface Reading {
  readonly left: Left[];
  readonly keyOf: Habits['keyOf'];
}

function readGroup(folder: Folder, { stem, title, version, files }: Group, { left, keyOf }: Reading): readonly Foreign[] {
  const halves: Partial<Record<Direction, Half>> = {};
  for (const slot of ['up', 'down'] as const) {
    const file = files[slot];
    const text = file === undefined ? undefined : readText(folder, file);
    if (file === undefined || text === undefined) continue;
    if (typeof text !== 'string') {
      left.push(text);
      continue;
    }
    const found = halvesOf(file, text, slot);
    left.push(...found.left);
    Object.assign(halves, slot === 'up' ? { down: found.down, up: found.up } : { down: found.down ?? found.up });
  }
  const source = files.up ?? files.down ?? stem;
  const { up, down } = halves;
  if (!up) left.push({ where: { file: source }, what: 'has nothing that goes forward' });
  if (!up) return [];
  return [
    {
      source,
      key: keyOf(stem, source),
      version,
      title,
      up,
      ...(down && { down, ...fileOfDown(files) }),
    },
  ];
}

const fileOfDown = ({ up, down }: Group['files']): Pick<Foreign, 'downSource'> => (up && down ? { downSource: down } : {});
