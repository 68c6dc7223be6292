import type { Column, State } from './read-state.ts';
import { columnAt, type Step, step, type Way } from './step.ts';

/** Columns as they were, in the order in which their properties allow one another. */
export function columnChanges(before: State, now: State): readonly Step[] {
  const at = columnAt(now);
  return before.columns.flatMap((was) => {
    const is = at(was);
    return is && is.name === was.name && is.relation === was.relation ? change(was, is) : [];
  });
}

export const headOf = ({ relation, name, isAttribute }: Column): string =>
  isAttribute ? `ALTER TYPE ${relation} ALTER ATTRIBUTE ${name}` : `ALTER TABLE ${relation} ALTER COLUMN ${name}`;

const isGenerated = ({ value }: Column): boolean => value.startsWith(' GENERATED');

function change(was: Column, is: Column): readonly Step[] {
  const about = `column ${was.relation}.${was.name}`;
  const on = [is.place];
  const set = (isOther: boolean, ...ways: readonly (Way | readonly string[])[]): readonly Step[] =>
    isOther ? [step(about, on, ...ways)] : [];
  const head = headOf(was);
  if (isGenerated(was) !== isGenerated(is) || (isGenerated(was) && (was.value !== is.value || was.type !== is.type)))
    return [step(about, on, ...regenerate(was, is))];
  return [
    ...set(was.type !== is.type || was.collate !== is.collate, ...retype(was, is)),
    ...set(was.notNull !== is.notNull, ...nullability(was, is)),
    ...set(was.identity !== is.identity, identify(was, is)),
    ...set(was.value !== is.value, [`${head} ${was.value ? `SET${was.value}` : 'DROP DEFAULT'};`]),
    ...set(was.storage !== is.storage, [`${head} SET STORAGE ${was.storage};`]),
    ...set(was.compression !== is.compression, [`${head} SET COMPRESSION ${was.compression};`]),
    ...set(was.statistics !== is.statistics, [`${head} SET STATISTICS ${was.statistics};`]),
    ...set(String(was.options) !== String(is.options), optionTexts(head, was.options, is.options)),
  ];
}

/** By the server's own cast, else by one that has to be asked for. */
function retype(was: Column, is: Column): readonly Way[] {
  const type = `${headOf(was)} TYPE ${was.type}${was.collate}`;
  if (was.isAttribute) return [{ sql: [`${type};`] }, { sql: [`${type} CASCADE;`] }];
  const free = is.value ? [`${headOf(was)} DROP DEFAULT;`] : [];
  return ['', ` USING ${was.name}::${was.type}`, ` USING ${was.name}::text::${was.type}`].map((using) => ({
    sql: [...free, `${type}${using};`],
  }));
}

function regenerate(was: Column, is: Column): readonly Way[] {
  const sql = [`ALTER TABLE ${was.relation} DROP COLUMN ${is.name};`, `ALTER TABLE ${was.relation} ADD COLUMN ${definitionOf(was)};`];
  if (isGenerated(was)) return [{ sql }];
  const expression: Way = { sql: [`${headOf(was)} DROP EXPRESSION;`] };
  return [expression, { sql, tag: 'structure only', why: `the values of ${was.relation}.${was.name} are not brought back` }];
}

/** On 18 NOT NULL is a constraint, which may have a name of its own. */
function nullability(was: Column, is: Column): readonly Way[] {
  const drop = `${headOf(was)} DROP NOT NULL;`;
  const named = was.notNull.includes('CONSTRAINT') ? `ALTER TABLE ${was.relation} ADD${was.notNull} ${was.name};` : undefined;
  if (was.notNull === '') return [{ sql: [drop] }];
  return [{ sql: [...(is.notNull ? [drop] : []), named ?? `${headOf(was)} SET NOT NULL;`] }];
}

function identify(was: Column, is: Column): Way {
  const head = headOf(was);
  if (!was.identity) return { sql: [`${head} DROP IDENTITY;`] };
  if (is.identity) return { sql: [`${head} DROP IDENTITY;`, ...identitySql(was, head)] };
  return { sql: [...(is.value ? [`${head} DROP DEFAULT;`] : []), ...identitySql(was, head)] };
}

const identitySql = (was: Column, head: string): readonly string[] => [
  `${head} ADD${was.identity};`,
  countOn(
    `pg_catalog.pg_get_serial_sequence('${was.relation.replaceAll("'", "''")}', '${bare(was.name).replaceAll("'", "''")}')`,
    was.name,
    was.relation,
  ),
];

const bare = (name: string): string => (name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);

/** So that no number is given out twice. */
export const countOn = (sequence: string, column: string, relation: string): string =>
  `SELECT pg_catalog.setval(${sequence}, max(${column})) FROM ${relation} HAVING max(${column}) > 0;`;

export function optionTexts(head: string, was: readonly string[], is: readonly string[]): readonly string[] {
  const name = (option: string): string => option.slice(0, option.indexOf('='));
  const gone = is.filter((one) => !was.some((other) => name(other) === name(one)));
  const come = was.filter((one) => !is.includes(one));
  return [
    ...(gone.length > 0 ? [`${head} RESET (${gone.map(name).join(', ')});`] : []),
    ...(come.length > 0
      ? [`${head} SET (${come.map((one) => `${name(one)} = '${one.slice(one.indexOf('=') + 1).replaceAll("'", "''")}'`).join(', ')});`]
      : []),
  ];
}

const definitionOf = ({ name, type, collate, value, identity, notNull }: Column): string =>
  `${name} ${type}${collate}${value}${identity}${notNull}`;

// By the category of a type (manual: catalog-pg-type): what stands in for a value that nobody knows any more.
const STAND_INS: Readonly<Record<string, string>> = {
  N: '0',
  S: `''`,
  B: 'false',
  D: 'now()',
  T: `'0'`,
  A: `'{}'`,
  I: `'0.0.0.0'`,
  R: `'empty'`,
};
const OF_TYPES: Readonly<Record<string, string>> = { uuid: 'gen_random_uuid()', json: `'{}'`, jsonb: `'{}'`, bytea: `''` };

const standIn = ({ type, category, label }: Column): string | undefined => label ?? OF_TYPES[type] ?? STAND_INS[category];

/** Columns that are gone. Their values are gone with them. */
export function columnAdditions(before: State, now: State): readonly Step[] {
  const [at, tables] = [columnAt(now), new Map(now.statements.map(({ key, name }) => [key, name]))];
  return before.columns
    .filter((was) => !was.isInherited && tables.has(was.key) && !at(was))
    .map((was) => step(`column ${was.relation}.${was.name}`, [], ...additions(was)));
}

function additions(was: Column): readonly Way[] {
  const { relation, name } = was;
  if (was.isAttribute) return [{ sql: [`ALTER TYPE ${relation} ADD ATTRIBUTE ${name} ${was.type}${was.collate};`], tag: 'structure only' }];
  const plain: Way = {
    sql: [`ALTER TABLE ${relation} ADD COLUMN ${definitionOf(was)};`],
    ...(isGenerated(was) ? {} : { tag: 'structure only', why: `the values of ${relation}.${name} are not brought back` }),
  };
  const value = was.notNull !== '' && was.value === '' && was.identity === '' ? standIn(was) : undefined;
  if (value === undefined) return [plain];
  const filled: Way = {
    sql: [`ALTER TABLE ${relation} ADD COLUMN ${definitionOf({ ...was, value: ` DEFAULT ${value}` })};`, `${headOf(was)} DROP DEFAULT;`],
    tag: 'LOSSY',
    why: `rows that are there get ${value} as ${relation}.${name}: no other value is known`,
  };
  return [filled, plain];
}
