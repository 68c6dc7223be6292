// The words behind `-- part: backfill`.
import type { BackfillOptions } from '../../model/backfill.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** A number with one of these units behind it, or none. */
function inUnits(text: string, units: readonly string[]): number | undefined {
  const [, number, unit = ''] = /^(\d+)([a-z]*)$/i.exec(text) ?? [];
  return number !== undefined && (unit === '' || units.includes(unit.toLowerCase()))
    ? Number(number) * (UNITS[unit.toLowerCase()] ?? 1)
    : undefined;
}

/** Spaces between double quotes are a part of a name. */
const WORD = /(?:"(?:[^"]|"")*"|[^\s"])+/g;

/** As SQL reads it: in small letters, unless it is quoted. */
const columnNamed = (text: string): string => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase());

/** What each word means; undefined for a value that means nothing. */
const OPTIONS: Readonly<Record<string, (value: string) => BackfillOptions | undefined>> = {
  along: (value) => ({ along: (value.match(/(?:"(?:[^"]|"")*"|[^,"])+/g) ?? []).map(columnNamed) }),
  batch: (value) => positive(inUnits(value, []), (batch) => ({ batch })),
  pause: (value) => {
    const pauseMs = inUnits(value, ['ms', 's']);
    return pauseMs === undefined ? undefined : { pauseMs };
  },
  wal: (value) => positive(inUnits(value, ['kb', 'mb', 'gb']), (walPerSecond) => ({ walPerSecond })),
  yield: (value) => (/^(?:on|off)$/i.test(value) ? { yields: value.toLowerCase() === 'on' } : undefined),
};

const positive = (number: number | undefined, make: (number: number) => BackfillOptions): BackfillOptions | undefined =>
  number !== undefined && number > 0 ? make(number) : undefined;

/** Reads what stands behind `-- part: backfill`; undefined for a word that means nothing. */
export function readOptions(text: string): BackfillOptions | undefined {
  let options: BackfillOptions = {};
  const inBackground = /^\s*in\s+background\b/i.exec(text)?.[0] ?? '';
  if (inBackground) options = { inBackground: true };
  for (const word of text.slice(inBackground.length).match(WORD) ?? []) {
    const [, name = '', value = ''] = /^([a-z]+)=(.+)$/is.exec(word) ?? [];
    const read = OPTIONS[name.toLowerCase()]?.(value);
    if (!read) return undefined;
    options = { ...options, ...read };
  }
  return options;
}
