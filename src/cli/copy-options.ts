// What a rehearsal on a copy of real rows is told.
import type { InferredOptionTypes, Options } from 'yargs';
import { given } from '../model/given.ts';
import { LockstepError } from '../model/lockstep-error.ts';
import { lastOf } from './options.ts';

/** `5%`, `0.5 %`, `5` */
function parsePercent(text: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim()) ?? [];
  const percent = Number(number);
  if (percent > 0 && percent <= 100) return percent;
  throw new LockstepError({ code: 'usage', what: `"${text}" is no part of the rows`, next: 'write it as 5% or 0.5%' });
}

/** Commas between double quotes are a part of a name. */
const parseColumns = (value: unknown): readonly string[] =>
  [value].flat().flatMap((one) => (String(one).match(/(?:"(?:[^"]|"")*"|[^",])+/g) ?? []).map((word) => word.trim()).filter(Boolean));

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed)) return seed;
  throw new LockstepError({ code: 'usage', what: `"${text}" is no whole number`, next: 'write it as --seed 7' });
}

/** What a rehearsal on real rows is told. */
export const COPY_OPTIONS = {
  from: {
    type: 'string',
    requiresArg: true,
    coerce: lastOf as (value: unknown) => string,
    describe: 'on a copy of the rows of this environment, of a backup, or of the file of a pg_dump; masked or sampled where that is wanted',
  },
  sample: {
    type: 'string',
    requiresArg: true,
    coerce: (value: unknown) => parsePercent(String(lastOf(value))),
    describe: 'with --from: only so many of the rows, 5%, and what hangs together with them',
  },
  mask: {
    type: 'string',
    requiresArg: true,
    coerce: parseColumns,
    describe: 'with --from: columns whose values are replaced before they are sent: users.email,users.name',
  },
  seed: {
    type: 'string',
    requiresArg: true,
    coerce: (value: unknown) => parseSeed(String(lastOf(value))),
    describe: 'with --sample and --mask: the same number chooses and masks in the same way again',
  },
} as const satisfies Record<string, Options>;

/** @throws LockstepError for what means nothing together */
export function copyWish(args: InferredOptionTypes<typeof COPY_OPTIONS> & { readonly rows: number | undefined }) {
  const { from, sample: samplePercent, mask, seed, rows } = args;
  const alone = (['sample', 'mask', 'seed'] as const).find((name) => args[name] !== undefined);
  if (from === undefined && alone !== undefined)
    throw new LockstepError({
      code: 'usage',
      what: `--${alone} is for rows that are copied`,
      next: `npm run migrate:rehearse -- --from staging --${alone} …`,
    });
  if (from !== undefined && rows !== undefined)
    throw new LockstepError({
      code: 'usage',
      what: '--rows multiplies rows that are made; those of a copy are as many as they are',
      next: 'leave out --rows, or take a part of the copy with --sample 5%',
    });
  return given({ from, samplePercent, mask, seed });
}
