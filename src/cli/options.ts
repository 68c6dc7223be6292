import type { InferredOptionTypes, Options } from 'yargs';
import { type Offer, REPAIRS, type RepairKind } from '../model/drift.ts';
import { given } from '../model/given.ts';
import { DEPLOY_PHASES, type DeployPhase } from '../model/header.ts';
import { LockstepError } from '../model/lockstep-error.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** `60s`, `2min`, `500ms`; a bare number is seconds. @returns milliseconds */
export function parseDuration(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*([a-z]+)?$/.exec(text.trim()) ?? [];
  const factor = UNITS[unit];
  if (number !== undefined && factor !== undefined) return Number(number) * factor;
  throw new LockstepError({ code: 'usage', what: `"${text}" is no duration`, next: 'write it as 60s, 2min or 500ms' });
}

// `npm run migrate:dev -- --env test` adds to what the npm script says: the last one counts.
export const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

export const env = {
  type: 'string',
  requiresArg: true,
  coerce: lastOf as (value: unknown) => string,
  describe: 'development, staging, production, test, or one that the knexfile defines',
  defaultDescription: 'MIGRATE_ENV, else what the database remembers',
} as const satisfies Options;

export const report = {
  type: 'string',
  array: true,
  requiresArg: true,
  describe:
    'pretty, plain, json, github or html=FILE, of the status prometheus, of a rehearsal markdown=FILE too, of lint sarif=FILE, junit=FILE or gitlab=FILE; several at once',
  defaultDescription: 'pretty on a terminal, else plain',
} as const satisfies Options;

/** `1000000`, `1_000_000` */
function parseRows(text: string): number {
  const number = Number(text.replaceAll(/[_,]/g, ''));
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new LockstepError({ code: 'usage', what: `"${text}" is no number of rows`, next: 'write it as 1000000' });
}

export const LOAD_ROWS = 1_000_000;

export const loadRows = {
  type: 'string',
  requiresArg: true,
  coerce: (value: unknown) => parseRows(String(lastOf(value))),
  defaultDescription: '1000000',
  describe: 'with --load: the rows in each table that a migration touches',
} as const satisfies Options;

export const workload = {
  type: 'string',
  requiresArg: true,
  coerce: lastOf as (value: unknown) => string,
  describe: 'implies --load: SQL statements of the application, which run instead of reads and writes that are made up',
} as const satisfies Options;

export const phase = {
  type: 'string',
  choices: DEPLOY_PHASES,
  requiresArg: true,
  coerce: lastOf as (value: unknown) => DeployPhase,
  describe: 'only what the header (-- Phase:) puts before, or after, the deploy of the application; without it all, in order',
} as const satisfies Options;

const text = { type: 'string', requiresArg: true, coerce: lastOf as (value: unknown) => string } as const satisfies Options;

export const stopAfter = { ...text, describe: 'stop after this version' } as const;

export const backTo = {
  ...text,
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

export const policy = {
  type: 'boolean',
  describe: 'print what the policy of the environment says, and where each setting comes from',
} as const satisfies Options;

export const adopt = {
  type: 'boolean',
  describe: 'the database is to be this environment from now on, whatever it remembers: a restored copy, say',
} as const satisfies Options;

const secondHistory = {
  type: 'boolean',
  describe: 'the same migrations are to run for this schema as well, although another history in the database records them',
} as const satisfies Options;

const allowDataLoss = {
  type: 'string',
  array: true,
  requiresArg: true,
  describe: 'an object whose rows or values may go: new_table, users.email; several times',
} as const satisfies Options;

const interrupted = {
  type: 'string',
  choices: ['done', 'again', 'restart'],
  describe: 'of an interrupted attempt: its open statement took effect, did not, or all its traces are gone',
} as const satisfies Options;

export const audit = {
  type: 'boolean',
  describe: 'who did what, when and from which commit; verify journal, history and files, exit 1 when they disagree',
} as const satisfies Options;

export const head = {
  ...text,
  describe: 'with --audit: a head that a log kept, as COUNT:HASH; the journal must still have it',
} as const;

const marked = { ...text, describe: 'mark everything up to this version, and this version, as applied' } as const;

const fromTool = { ...text, describe: 'adopt the history of this tool, for what was imported from it' } as const;

const fromKnex = {
  type: 'string',
  // Without a word behind it yargs gives an empty text.
  coerce: ((value: unknown) => (lastOf(value) === '' ? 'knex_migrations' : lastOf(value))) as (value: unknown) => string,
  describe: 'adopt this table of stock Knex',
  defaultDescription: 'knex_migrations',
} as const satisfies Options;

/** One of the first three. */
export const BASELINE_OPTIONS = {
  to: marked,
  from: fromTool,
  'from-knex': fromKnex,
  'dry-run': { type: 'boolean', describe: 'show what would be marked' },
} as const;

const names = { type: 'string', array: true, requiresArg: true } as const satisfies Options;

export const rewrites = { ...names, describe: 'take BEGIN and COMMIT out of these files, and mark where each transaction began' } as const;

export const repairs = {
  accept: { ...names, alias: 'adopt', describe: 'the database has what this file says, edited as it is, or recorded by hand' },
  rename: { ...names, describe: 'OLD=NEW: history takes over the new name of a file' },
  restore: { ...names, describe: 'write this lost file again, from the journal' },
  reinsert: { ...names, describe: 'write this row of history back as it was' },
  forget: { ...names, describe: 'what this lost row says was undone by hand' },
  'give-up': { ...names, describe: 'what is left of this failed backfill in the background is not to be done any more' },
} as const;

export const into = { ...text, demandOption: true, describe: 'the database that takes it; made where it is absent' } as const;

export const table = { ...text, describe: 'only this table, with its keys, indexes and triggers; it must be gone' } as const;

export const overwrite = { ...text, describe: 'the name of --into once more, where it holds tables and nobody can be asked' } as const;

export const withoutOwners = {
  type: 'boolean',
  describe: 'leave out owners and grants, where the roles are missing',
} as const satisfies Options;

export const RUN_OPTIONS = { interrupted, adopt, 'second-history': secondHistory, 'allow-data-loss': allowDataLoss, wait, report } as const;

/** What they say, in the journeys' words. */
export const runWish = (args: Omit<InferredOptionTypes<typeof RUN_OPTIONS>, 'report'>) =>
  given({
    verdict: args.interrupted,
    adopt: args.adopt,
    secondHistory: args['second-history'],
    waitMs: args.wait,
    allowDataLoss: args['allow-data-loss'],
  });

type Wishes = { readonly [kind in RepairKind]?: readonly string[] | undefined };

/** What the options of `migrate:repair` consent to: `--accept 002_x --rename 003_a=003_b`. */
export function consentsOf(wishes: Wishes): readonly Pick<Offer, 'kind' | 'name' | 'to'>[] {
  return REPAIRS.flatMap((kind) =>
    (wishes[kind] ?? []).map((wish) => {
      const [name = '', to] = wish.split('=');
      return { kind, name, ...(to !== undefined && { to }) };
    }),
  );
}
