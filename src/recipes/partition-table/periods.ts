// Days, weeks (from Monday), months and years, in UTC.

export const PERIODS = ['day', 'week', 'month', 'year'] as const;
export type Period = (typeof PERIODS)[number];

const DAY_MS = 86_400_000;
/** Files travel: they are read, rehearsed and deployed before that day. */
const AHEAD_MS = 30 * DAY_MS;

/** How many are made at first. */
export const USUALLY: Readonly<Record<Period, number>> = { day: 60, week: 26, month: 12, year: 3 };

export function startOf(date: Date, every: Period): Date {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (every === 'year') return new Date(Date.UTC(year, 0));
  if (every === 'month') return new Date(Date.UTC(year, month));
  return new Date(Date.UTC(year, month, every === 'day' ? day : day - ((date.getUTCDay() + 6) % 7)));
}

export function next(date: Date, every: Period): Date {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (every === 'year') return new Date(Date.UTC(year + 1, month, day));
  if (every === 'month') return new Date(Date.UTC(year, month + 1, day));
  return new Date(Date.UTC(year, month, day + (every === 'day' ? 1 : 7)));
}

/** The first beginning that is far enough ahead. */
export const firstAhead = (now: Date, every: Period): Date => next(startOf(new Date(now.getTime() + AHEAD_MS - 1), every), every);

export const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

/** As a part of a name. */
export const labelOf = (date: Date, every: Period): string =>
  dayOf(date)
    .slice(0, every === 'year' ? 4 : every === 'month' ? 7 : 10)
    .replaceAll('-', '_');
