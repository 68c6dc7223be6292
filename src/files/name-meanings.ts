/** What the names of other tools say: which way a file runs, and of which migration it is. */
import type { Direction } from '../model/migration.ts';

/** An SQL file below `db/migrations`. */
export interface SqlPath {
  /** As its folder has it: `rollbacks` or not. */
  readonly slot: Direction;
  readonly file: string;
  /** Its name without `.sql`. */
  readonly base: string;
  /** The folder in `db/migrations` that it lies in, other than `rollbacks`. */
  readonly folder?: string;
}

export interface Meaning {
  readonly file: string;
  readonly slot: Direction;
  /** The same for both halves of a migration; in its order, migrations run. */
  readonly stem: string;
  /** The words of its name, where the stem has none. */
  readonly title?: string;
  /** Flyway's version, where it is one number. */
  readonly version?: string;
}

/** A path, and its base cut at the word that says which half of a migration it is: `20240101_k-up`. Read once: each is compared with all others. */
interface Named extends SqlPath {
  readonly cut?: readonly string[];
}

type Reader = (one: Named, files: readonly Named[]) => Omit<Meaning, 'file'> | undefined;

const UP_WORDS = 'up|do|deploy|forward|migrate|migration';
const DOWN_WORDS = 'down|undo|revert|rollback|backward';
const WORDS = `(${UP_WORDS}|${DOWN_WORDS})`;
const IS_UP = new RegExp(`^(?:${UP_WORDS})s?$`, 'i');
const IS_DOWN = new RegExp(`^(?:${DOWN_WORDS})s?$`, 'i');
const slotOf = (word: string): Direction => (IS_DOWN.test(word) ? 'down' : 'up');

const POSTGRATOR = /^(\d+)\.(do|undo)(?:\.(.+))?$/i;
const DOTTED = new RegExp(`^(.+)\\.${WORDS}$`, 'i');
const WORDED = new RegExp(`^(\\d.*)[_-]${WORDS}$`, 'i');

/** `V1__x`, `U1__y` (the undo may have other words), and `R__z`, which comes last. */
const flyway: Reader = (one) => {
  const [, letter = '', version = '', title = ''] = /^(?:([VU])(\d[\d._]*?)|R)__(.+)$/i.exec(one.base) ?? [];
  if (title === '') return undefined;
  if (letter === '') return { slot: one.slot, stem: `~${title}`, title };
  const parts = version.split(/[._]/);
  const stem = `V${parts.map((part) => part.padStart(20, '0')).join('.')}`;
  return { slot: /u/i.test(letter) ? 'down' : one.slot, stem, title, ...(parts.length === 1 && { version }) };
};

/** `001.do.create_k`, `001.undo`. */
const postgrator: Reader = (one) => {
  const [, number, word, title] = POSTGRATOR.exec(one.base) ?? [];
  return number && word ? { slot: slotOf(word), stem: [number, title].filter(Boolean).join('.') } : undefined;
};

/** `000001_k.up`, `0001_k.rollback`: golang-migrate, sqlx, soda, yoyo. */
const dotted: Reader = (one) => {
  const [, stem, word] = DOTTED.exec(one.base) ?? [];
  return stem && word ? { slot: slotOf(word), stem } : undefined;
};

/** `20240101_k/migration`, `2024-01-01-120000_k/up`, `down/001_k`: Prisma, Drizzle, diesel. */
const inFolder: Reader = (one) => {
  const { base, folder } = one;
  if (folder === undefined) return undefined;
  if (IS_UP.test(base) || IS_DOWN.test(base)) return { slot: slotOf(base), stem: folder };
  return /^\d/.test(base) && (IS_UP.test(folder) || IS_DOWN.test(folder)) ? { slot: slotOf(folder), stem: base } : undefined;
};

/** `20240101_k-up`, `20240101_k-down`. `001_scale_down` is a name like any other, unless `001_scale` or `001_scale_up` is beside it. */
const worded: Reader = (one, files) => {
  const [stem, word = ''] = one.cut ?? [];
  if (!stem || (one.slot === 'down' && !IS_DOWN.test(word))) return undefined;
  const isOtherHalf = ({ base, slot, folder, cut: [its, other = ''] = [] }: Named): boolean => {
    if (base === stem) return IS_DOWN.test(word) ? slot === 'up' : slot === 'down';
    return its === stem && folder === one.folder && one.slot === 'up' && slotOf(other) !== slotOf(word);
  };
  return files.some(isOtherHalf) ? { slot: slotOf(word), stem } : undefined;
};

const READERS = [flyway, postgrator, dotted, worded, inFolder];

// A name that another tool would not read either, and that speaks of undoing.
const SPEAKS_OF_UNDOING = new RegExp(`^U\\d|(?:^|[^a-z])(?:${DOWN_WORDS})s?(?:[^a-z]|$)`, 'i');
export const mayUndo = (base: string): boolean => SPEAKS_OF_UNDOING.test(base);

/** What the names of these files say; of those that say nothing of the kind, nothing. */
export function meaningsOf(files: readonly SqlPath[]): readonly Meaning[] {
  const all = files.map((one): Named => {
    const base = one.base.replace(/\.sql$/i, '');
    const [, stem, word] = WORDED.exec(base) ?? [];
    return { ...one, base, ...(stem && word && { cut: [stem, word] }) };
  });
  return all.flatMap((one) => {
    for (const read of READERS) {
      const meaning = read(one, all);
      if (meaning) return [{ ...meaning, file: one.file }];
    }
    return [];
  });
}

/** As they are to run, the forward half before its rollback. */
export const inOrder = (a: Meaning, b: Meaning): number =>
  a.stem < b.stem ? -1 : a.stem > b.stem ? 1 : a.slot === b.slot ? 0 : a.slot === 'up' ? -1 : 1;
