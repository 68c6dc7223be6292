import { compareVersions } from '../model/migration.ts';
import type { Folder, Found } from './foreign.ts';
import { readText } from './halves.ts';
import { readLiquibase } from './liquibase.ts';
import { byName } from './read-folder.ts';
import { readSqitch } from './sqitch.ts';
import { type Habits, readSqlFiles } from './sql-files.ts';

/** Another tool: how its folder is read, and by what its folder is told. */
export interface Tool {
  readonly name: string;
  readonly read: (folder: Folder) => Found;
  /** Whether these are its files. The first tool that says so is taken. */
  readonly isHere: (folder: Folder) => boolean;
}

const byNumber = (a: string, b: string): number => compareVersions(a, b) || byName(a, b);
const number = (stem: string): string => String(BigInt(/^\d+/.exec(stem)?.[0] ?? 0));
const files =
  (habits: Habits): Tool['read'] =>
  (folder) =>
    readSqlFiles(folder, habits);
const numbered = (leaves: Habits['leaves'] = []): Tool['read'] => files({ order: byNumber, keyOf: number, leaves });

/** Whether the first of its SQL files that say anything say this. */
const says =
  (pattern: RegExp): Tool['isHere'] =>
  (folder) =>
    folder.files
      .filter((file) => file.endsWith('.sql'))
      .slice(0, 50)
      .some((file) => pattern.test(String(readText(folder, file))));

const named =
  (pattern: RegExp): Tool['isHere'] =>
  ({ files: all }) =>
    all.some((file) => pattern.test(file));

// V00000000000000000001.00000000000000000002, as name-meanings.ts makes it sortable
const flywayKey = (stem: string): string =>
  stem
    .slice(1)
    .split('.')
    .map((part) => String(BigInt(part)))
    .join('.');

/** Only what lies in the folder of a migration: what lies beside these folders, diesel does not read. */
const DIESEL = /^\d[^/]*\/(?:up|down)\.sql$/;
/** As its history has it: without dashes. */
const dieselKey = (_: string, file: string): string => (file.split('_')[0] ?? file).replaceAll('-', '');

const REPEATABLE = 'is repeatable, and runs again whenever it changes: write what it holds now as a migration of its own';

interface DrizzleJournal {
  readonly entries?: readonly { readonly tag: string; readonly when: number }[];
}

/** In the order of its journal, whose times its history has. */
function readDrizzle(folder: Folder): Found {
  const text = folder.files.includes('meta/_journal.json') ? readText(folder, 'meta/_journal.json') : '{}';
  const { entries = [] } = JSON.parse(typeof text === 'string' ? text : '{}') as DrizzleJournal;
  const at = (stem: string): number => entries.findIndex(({ tag }) => tag === stem);
  return readSqlFiles(folder, {
    order: (a, b) => at(a) - at(b) || byName(a, b),
    keyOf: (stem) => String(entries[at(stem)]?.when ?? stem),
  });
}

export const TOOLS: readonly Tool[] = [
  { name: 'sqitch', read: readSqitch, isHere: named(/^sqitch\.plan$/) },
  {
    name: 'prisma',
    read: files({ order: byName, keyOf: (stem) => stem }),
    isHere: named(/^\d+_[^/]*\/migration\.sql$|^migration_lock\.toml$/),
  },
  { name: 'drizzle', read: readDrizzle, isHere: named(/^meta\/_journal\.json$/) },
  { name: 'liquibase', read: readLiquibase, isHere: says(/^--\s*liquibase\s+formatted\b/im) },
  { name: 'dbmate', read: numbered(), isHere: says(/^--\s*migrate:(?:up|down)\b/im) },
  {
    name: 'goose',
    read: numbered([[/^\d+.*\.go$/, 'is Go: goose ran it as code']]),
    isHere: says(/^--\s*\+goose\s/im),
  },
  {
    name: 'sql-migrate',
    read: files({ order: byNumber, keyOf: (_, file) => file }),
    isHere: says(/^--\s*\+migrate\s/im),
  },
  {
    name: 'node-pg-migrate',
    read: files({
      order: byNumber,
      keyOf: (stem) => stem,
      leaves: [
        [
          /^\d+.*\.[cm]?[jt]s$/,
          'is written for node-pg-migrate (pgm): write what it does as SQL (npx node-pg-migrate up --dry-run prints it), and take it out of migrations/, where code is for Knex',
        ],
      ],
    }),
    isHere: says(/^--[\s-]*(?:up|down)\s+migration\b/im),
  },
  {
    name: 'flyway',
    read: files({
      order: byName,
      keyOf: flywayKey,
      leaves: [
        [/(?:^|\/)R__.*\.sql$/i, REPEATABLE],
        [/(?:^|\/)(?:before|after)[A-Z]\w*(?:__.*)?\.sql$/, 'is a callback, which nothing calls here'],
        [/(?:^|\/)B[\d._]+__.*\.sql$/, 'is a baseline of Flyway, in place of the migrations up to it'],
      ],
    }),
    isHere: named(/(?:^|\/)V\d[\d._]*__.*\.sql$/i),
  },
  {
    name: 'diesel',
    read: (folder) =>
      readSqlFiles({ ...folder, files: folder.files.filter((file) => DIESEL.test(file)) }, { order: byNumber, keyOf: dieselKey }),
    isHere: named(DIESEL),
  },
  {
    name: 'rails',
    read: files({ order: byName, keyOf: (stem) => stem, leaves: [[/\.rb$/, 'is Ruby; structure.sql has what it did']] }),
    isHere: named(/(?:^|\/)structure\.sql$/),
  },
  { name: 'golang-migrate', read: numbered(), isHere: named(/\.(?:up|down)\.sql$/i) },
  {
    name: 'knex',
    read: ({ files: all }) => ({
      migrations: [],
      left: [],
      modules: all.filter((file) => /^\d[^/]*\.[cm]?[jt]s$/.test(file) && !file.includes('.d.')),
    }),
    isHere: named(/^\d[^/]*\.[cm]?[jt]s$/),
  },
  { name: 'sql', read: files({ order: byNumber, keyOf: (stem) => stem }), isHere: named(/\.sql$/i) },
];
