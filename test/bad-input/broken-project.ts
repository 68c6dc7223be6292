import { pick, type Random } from '../support/seeded.ts';

/** A project that somebody broke: what is applied first, and what its files are then. */
export interface BrokenProject {
  readonly applied: Readonly<Record<string, string>>;
  /** Later files; undefined where one is removed. */
  readonly files: Readonly<Record<string, string | undefined>>;
  readonly isInGit: boolean;
  /** Whether the next step is taken from the status, and not from the run. */
  readonly asksStatus: boolean;
}

// Both leave a trace, so that an undo that ran forward is seen.
const upOf = (table: string): string => `CREATE TABLE ${table} (id int);\n`;
const downOf = (table: string): string => `INSERT INTO undone VALUES ('${table}');\nDROP TABLE IF EXISTS ${table};\n`;

const M = 'db/migrations';
type Files = Record<string, string>;
type Layout = (version: number, title: string) => Files;

const padded = (version: number): string => String(version).padStart(3, '0');
const stamp = (version: number): string => `202401${String(version).padStart(2, '0')}120000`;
const inOne =
  (up: string, down: string): Layout =>
  (version, title) => ({ [`${M}/${padded(version)}_${title}.sql`]: `${up}\n${upOf(title)}\n${down}\n${downOf(title)}` });
const halves =
  (up: (version: number, title: string) => string, down: (version: number, title: string) => string): Layout =>
  (version, title) => ({ [`${M}/${up(version, title)}.sql`]: upOf(title), [`${M}/${down(version, title)}.sql`]: downOf(title) });

const own = halves(
  (version, title) => `${padded(version)}_${title}`,
  (version, title) => `rollbacks/${padded(version)}_${title}`,
);

const LAYOUTS: Readonly<Record<string, Layout>> = {
  own,
  golang: halves(
    (version, title) => `00000${version}_${title}.up`,
    (version, title) => `00000${version}_${title}.down`,
  ),
  postgrator: halves(
    (version, title) => `${padded(version)}.do.${title}`,
    (version, title) => `${padded(version)}.undo.${title}`,
  ),
  yoyo: halves(
    (version, title) => `${padded(version)}_${title}`,
    (version, title) => `${padded(version)}_${title}.rollback`,
  ),
  words: halves(
    (version, title) => `${padded(version)}_${title}-up`,
    (version, title) => `${padded(version)}_${title}-down`,
  ),
  'db-migrate': halves(
    (version, title) => `sqls/${padded(version)}-${title}-up`,
    (version, title) => `sqls/${padded(version)}-${title}-down`,
  ),
  flyway: halves(
    (version, title) => `V${version}__${title}`,
    (version, title) => `U${version}__${title}`,
  ),
  'flyway with parts': halves(
    (version, title) => `V1.${version}__${title}`,
    (version, title) => `U1.${version}__undo_${title}`,
  ),
  prisma: halves(
    (version, title) => `${stamp(version)}_${title}/migration`,
    (version, title) => `${stamp(version)}_${title}/down`,
  ),
  diesel: halves(
    (version, title) => `2024-01-0${version}-120000_${title}/up`,
    (version, title) => `2024-01-0${version}-120000_${title}/down`,
  ),
  unnumbered: halves(
    (_version, title) => `${title}.up`,
    (_version, title) => `${title}.down`,
  ),
  dbmate: inOne('-- migrate:up', '-- migrate:down'),
  goose: inOne('-- +goose Up', '-- +goose Down'),
  'node-pg-migrate': inOne('-- Up Migration', '-- Down Migration'),
  play: inOne('# --- !Ups', '# --- !Downs'),
};

/** Puts another file, or none, in the place of one. */
type Damage = (file: string, text: string, random: Random) => Readonly<Record<string, string | undefined>>;

const renamed = (file: string, to: string, text: string): Readonly<Record<string, string | undefined>> =>
  file === to ? {} : { [file]: undefined, [to]: text };

const DAMAGES: Readonly<Record<string, Damage>> = {
  lost: (file) => ({ [file]: undefined }),
  empty: (file) => ({ [file]: '' }),
  typo: (file, text) => ({ [file]: `CRAETE ${text}` }),
  'other title': (file, text) => renamed(file, file.replace(/\.sql$/, '_x.sql'), text),
  'other version': (file, text, random) =>
    renamed(
      file,
      file.replace(/\d+/, () => padded(random(9) + 1)),
      text,
    ),
  'same version': (file, text) => ({ [file.replace(/(\d_|__)/, '$1also_')]: text }),
  'no number': (file, text) => renamed(file, file.replace(/\/V?\d+[_-]*/, '/'), text),
  'a dash': (file, text) => renamed(file, file.replace(/(\d)_/, '$1-'), text),
  spaces: (file, text) => renamed(file, file.replaceAll('_', ' '), text),
  'capital letters': (file, text) => renamed(file, file.replace(/sql$/, 'SQL'), text),
  edited: (file, text) => ({ [file]: `${text}SELECT 1;\n` }),
  commented: (file, text) => ({ [file]: `-- a comment\n${text}` }),
  'its own transactions': (file, text) => ({ [file]: `BEGIN;\n${text}COMMIT;\nSELECT 1;\n` }),
};

/** The same project for the same numbers. */
export function breakProject(random: Random): BrokenProject {
  const appliedCount = random(3);
  const applied = Object.assign({}, ...Array.from({ length: appliedCount }, (_, i) => own(i + 1, `a${i}`))) as Files;
  const layouts = [pick(random, Object.keys(LAYOUTS)), pick(random, Object.keys(LAYOUTS))];
  const added = Array.from({ length: random(3) + 1 }, (_, i) => LAYOUTS[pick(random, layouts)]?.(appliedCount + i + 1, `n${i}`));
  const all = Object.assign({ ...applied }, ...added) as Files;
  let files: Readonly<Record<string, string | undefined>> = all;
  for (let damages = random(4); damages > 0; damages -= 1) {
    const [file, text] = Object.entries(all)[random(Object.keys(all).length)] ?? ['', ''];
    files = { ...files, ...DAMAGES[pick(random, Object.keys(DAMAGES))]?.(file, text, random) };
  }
  return { applied, files, isInGit: random(2) === 0, asksStatus: random(3) === 0 };
}
