import type { Options } from 'yargs';

// `npm run migrate:dev -- --env test` adds to what the npm script says: the last one counts.
const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

export const env = {
  type: 'string',
  requiresArg: true,
  coerce: lastOf as (value: unknown) => string,
  describe: 'development, staging, production or test',
  defaultDescription: 'MIGRATE_ENV, else what the database remembers',
} as const satisfies Options;

export const report = {
  type: 'string',
  array: true,
  requiresArg: true,
  describe: 'pretty, plain, json, github or html=FILE; several at once',
  defaultDescription: 'pretty on a terminal, else plain',
} as const satisfies Options;

const version = { type: 'string', requiresArg: true, coerce: lastOf as (value: unknown) => string } as const satisfies Options;

export const stopAfter = { ...version, describe: 'stop after this version' } as const;

export const backTo = {
  ...version,
  default: process.env['DB_MIGRATION_VERSION'],
  defaultDescription: 'DB_MIGRATION_VERSION',
  describe: 'go back to this version, which stays; 0: nothing stays',
} as const;

export const dryRun = { type: 'boolean', describe: 'print the SQL that would run, and touch nothing' } as const satisfies Options;

export const interrupted = {
  type: 'string',
  choices: ['done', 'again', 'restart'],
  describe: 'of an interrupted attempt: its open statement took effect, did not, or all its traces are gone',
} as const satisfies Options;

const word = { type: 'string', requiresArg: true, coerce: lastOf as (value: unknown) => string } as const satisfies Options;

export const into = { ...word, demandOption: true, describe: 'the database that takes it; made where it is absent' } as const;

export const table = { ...word, describe: 'only this table, with its keys, indexes and triggers; it must be gone' } as const;

export const overwrite = { ...word, describe: 'the name of --into once more, where it holds tables and nobody can be asked' } as const;

export const withoutOwners = {
  type: 'boolean',
  describe: 'leave out owners and grants, where the roles are missing',
} as const satisfies Options;
