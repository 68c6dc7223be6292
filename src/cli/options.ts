import type { Options } from 'yargs';
import { parseDuration } from './duration.ts';

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

export const wait = {
  type: 'string',
  requiresArg: true,
  coerce: (value: string | readonly string[]) => parseDuration(String(lastOf(value))),
  describe: 'how long a server that does not answer yet is waited for: 60s, 2min, 500ms',
} as const;

export const adopt = {
  type: 'boolean',
  describe: 'the database is to be this environment from now on, whatever it remembers: a restored copy, say',
} as const satisfies Options;

export const allowDataLoss = {
  type: 'string',
  array: true,
  requiresArg: true,
  describe: 'an object whose rows or values may go: new_table, users.email; several times',
} as const satisfies Options;

export const interrupted = {
  type: 'string',
  choices: ['done', 'again', 'restart'],
  describe: 'of an interrupted attempt: its open statement took effect, did not, or all its traces are gone',
} as const satisfies Options;
