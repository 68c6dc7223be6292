import { textMatching } from './match-pattern.ts';
import type { ColumnFacts } from './read-tables.ts';

/** Texts that may become values of a type by a cast, the likely ones first. `n` makes those of different rows differ. */
type Candidates = (n: number, column: ColumnFacts) => readonly string[];

const day = (n: number): string => `2024-02-${String(28 - (n % 28)).padStart(2, '0')}`;
const hex = (n: number, digits: number): string => (n + 1).toString(16).padStart(digits, '0');

// Boundary values stand among them: the smallest and largest, the empty, what is outside of ASCII.
const BY_TYPE: readonly (readonly [RegExp, Candidates])[] = [
  [/^smallint/, (n) => [`${n + 1}`, '0', '-1', '32767']],
  [/^integer/, (n) => [`${n + 1}`, '0', '-1', '2147483647']],
  [/^bigint|^oid/, (n) => [`${n + 1}`, '0', '4294967295']],
  [/^numeric/, (n) => [`${n + 1}`, '0', `${n}.5`, '-1', '0.01']],
  [/^(real|double)/, (n) => [`${n + 1}.25`, '0', '-1', '1e10']],
  [/^money/, (n) => [`${n + 1}.50`]],
  [/^boolean/, (n) => (n % 2 === 0 ? ['true', 'false'] : ['false', 'true'])],
  [/^uuid/, (n) => [`00000000-0000-4000-8000-${hex(n, 12)}`]],
  [/^date$/, (n) => [day(n), '1999-12-31', '2999-12-31']],
  [/^timestamp/, (n) => [`${day(n)} 12:00:0${n % 10}.000001`, '1999-12-31 23:59:59', '2999-12-31']],
  [/^time/, (n) => [`0${n % 10}:30:00`, '00:00', '23:59:59']],
  [/^interval/, (n) => [`${n + 1} hours`, '0', '1 year']],
  [/^jsonb?$/, (n) => [`{"n": ${n + 1}}`, '{}', '[]', '"text"']],
  [/^bytea/, (n) => [`\\x${hex(n, 4)}`, '\\x']],
  [/^inet/, (n) => [`10.0.0.${(n % 250) + 1}`, '::1']],
  [/^cidr/, (n) => [`10.0.${n % 250}.0/24`]],
  [/^macaddr8/, (n) => [`08:00:2b:01:02:03:04:${hex(n % 255, 2)}`]],
  [/^macaddr/, (n) => [`08:00:2b:01:02:${hex(n % 255, 2)}`]],
  [/^bit/, (n, { length }) => [(n % 2 === 0 ? '1' : '0').repeat(length ?? 1)]],
  [/^xml/, (n) => [`<a n="${n}"/>`]],
  [/^tsvector/, (n) => [`word${n}`]],
  [/^tsquery/, (n) => [`word${n}`]],
  [/^point/, (n) => [`(${n},${n + 1})`]],
  [/^(line)/, (n) => [`{1,1,${n}}`]],
  [/^(lseg|box|path)/, (n) => [`((0,0),(${n + 1},${n + 1}))`]],
  [/^polygon/, (n) => [`((0,0),(${n + 1},0),(0,1))`]],
  [/^circle/, (n) => [`<(0,0),${n + 1}>`]],
  [/^(int4|int8|num)multirange/, (n) => [`{[${n * 10},${n * 10 + 5})}`, '{}']],
  [/^(int4|int8|num)range/, (n) => [`[${n * 10},${n * 10 + 5})`, 'empty']],
  [/^(ts|tstz|date)multirange/, (n) => [`{[${day(n + 1)},${day(n)})}`, '{}']],
  [/^(ts|tstz|date)range/, (n) => [`[${day(n + 1)},${day(n)})`, 'empty']],
  [/^hstore/, (n) => [`n=>${n}`]],
  [/^ltree/, (n) => [`a.b${n}`]],
];

const text: Candidates = (n, { name, length }) => {
  const all = [`${name} ${n + 1}`, `${name}${n + 1}@example.com`, `https://example.com/${name}/${n + 1}`, `${n + 1}`, `é${n}☃`, ''];
  return length === null ? all : all.map((one) => (one.length > length ? one.slice(-length) : one));
};

const isPattern = (text: string): boolean => /^\^|[\\[\]%]/.test(text);

/** Behind LIKE and behind `~`. */
const matching = (pattern: string, n: number): readonly string[] =>
  [pattern.includes('%') ? pattern.replaceAll(/[%_]/g, 'x') : textMatching(pattern, n)].filter((one) => one !== undefined);

/** Values that a check names, or whose pattern it gives, are likelier than any other. */
function namedIn(checks: string, n: number): readonly string[] {
  const strings = [...checks.matchAll(/'((?:[^']|'')*)'/g)].map(([, found = '']) => found.replaceAll("''", "'"));
  const numbers = [...checks.matchAll(/(?<![\w.'])-?\d+(?:\.\d+)?(?![\w'])/g)].flatMap(([found]) => [
    found,
    String(Number(found) + 1),
    String(Number(found) - 1),
  ]);
  const patterns = strings.filter(isPattern).flatMap((one) => matching(one, n));
  return [
    ...rotate(
      strings.filter((one) => !isPattern(one)),
      n,
    ),
    ...patterns,
    ...rotate(numbers, n),
  ];
}

/**
 * Values to be tried for a column of the row with this number, as text for a cast.
 * @param checks the text of what is checked of it
 */
export function candidatesFor(column: ColumnFacts, n: number, checks: string): readonly string[] {
  return [...new Set([...namedIn(`${checks} ${column.domainChecks}`, n), ...byType(column, n)])];
}

function byType(column: ColumnFacts, n: number): readonly string[] {
  if (column.labels) return rotate(column.labels, n);
  if (column.element !== null)
    return n % 2 === 0 ? ['{}', `{${quoted(elementOf(column, n))}}`] : [`{${quoted(elementOf(column, n))}}`, '{}'];
  const known = BY_TYPE.find(([type]) => type.test(column.type));
  if (known) return known[1](n, column);
  return column.category === 'S' ? text(n, column) : column.category === 'U' || column.category === 'C' ? [] : text(n, column);
}

const elementOf = (column: ColumnFacts, n: number): string =>
  byType({ ...column, type: column.element ?? 'text', element: null, category: 'S', labels: null }, n)[0] ?? '';

const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;

const rotate = <T>(all: readonly T[], n: number): readonly T[] => all.map((_, i) => all[(i + n) % all.length] as T);
