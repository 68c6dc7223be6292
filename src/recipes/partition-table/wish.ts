import { wordsIn } from '../recipe/named-words.ts';
import { mistyped, recipeCommand } from '../recipe/refuse.ts';
import { card } from './card.ts';
import { dayOf, PERIODS, type Period, startOf, USUALLY } from './periods.ts';

export interface Wish {
  readonly table: string;
  /** The column; none for a table that is partitioned already. */
  readonly by?: string;
  readonly every: Period;
  readonly from?: Date;
  readonly ahead: number;
}

const MOST = 400;

/** @throws LockstepError for what was typed wrongly */
export function readWish(words: readonly string[]): Wish {
  const example = recipeCommand(card.name, 'events by=created_at every=month');
  const { plain, named } = wordsIn(words, ['by', 'every', 'from', 'ahead']);
  const [table, ...more] = plain;
  const every = PERIODS.find((one) => one === named['every']);
  if (table === undefined || every === undefined || more.length > 0) throw mistyped(`${card.name} takes ${card.words}`, example);
  const ahead = Number(named['ahead'] ?? USUALLY[every]);
  if (!Number.isInteger(ahead) || ahead < 1 || ahead > MOST)
    throw mistyped(`ahead=${named['ahead']} is no number of partitions from 1 to ${MOST}`, `${example} ahead=${USUALLY[every]}`);
  const from = named['from'] === undefined ? {} : { from: readDay(named['from'], every) };
  return { table, every, ahead, ...from, ...(named['by'] !== undefined && { by: named['by'] }) };
}

function readDay(text: string, every: Period): Date {
  const day = new Date(`${text}T00:00:00Z`);
  const example = recipeCommand(card.name, `events by=created_at every=${every} from=2030-01-01`);
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(day.getTime()) || dayOf(day) !== text)
    throw mistyped(`from=${text} is no day`, example);
  const start = startOf(day, every);
  if (start.getTime() !== day.getTime())
    throw mistyped(`from=${text} is no beginning of a ${every}`, `from=${dayOf(start)} is the one before it`);
  return day;
}
