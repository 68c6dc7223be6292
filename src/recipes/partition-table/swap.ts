// The table becomes the first partition of one that takes its name, and back.
import type { Column } from '../../draft/read-state.ts';
import { type Counted, identityMover, sequenceOf } from '../recipe/counting.ts';
import type { Part } from '../recipe/keys.ts';
import type { Look, Table } from '../recipe/look.ts';
import { dollarQuoted } from '../recipe/names.ts';
import type { RecipeFile, Step } from '../recipe/recipe.ts';
import { apart, buildIndex, EXCLUSIVE } from '../recipe/steps.ts';
import { boundOf } from './bound.ts';
import type { Dependents } from './dependents.ts';
import type { Names } from './naming.ts';
import { tuningOf } from './tuning.ts';

export interface About {
  readonly look: Look;
  readonly table: Table;
  readonly column: Column;
  readonly from: Date;
  readonly names: Names;
  readonly dependents: Dependents;
  readonly counting: Counting;
}

/** Statements that have the columns of one table counted for, which the other had. */
export type Counting = (from: string, to: string) => readonly string[];

export async function countingOf(look: Look, table: Table): Promise<Counting> {
  const moves: Counting[] = [];
  for (const column of look.columns(table)) {
    const sequence = await sequenceOf(look, table, column);
    if (sequence === undefined) continue;
    if (column.identity === '') moves.push((_, to) => [`ALTER SEQUENCE ${sequence} OWNED BY ${to}.${column.name};`]);
    else moves.push(identityMove(look, { table, column, sequence }));
  }
  return (from, to) => moves.flatMap((move) => move(from, to));
}

function identityMove(look: Look, counted: Counted): Counting {
  const move = identityMover(look, counted);
  const { name: column } = counted.column;
  return (from, to) => {
    const { before, after } = move({ table: from, column }, { table: to, column });
    return [...before, ...after];
  };
}

/** The primary key with the column that parts the rows. */
export const widenedColumns = ({ columns }: Part, column: Column): string => `(${[...columns, column.name].join(', ')})`;

const inSchema = ({ schema }: Table, name: string): string => `${schema}.${name}`;

const nameInFirst = ({ inFirst }: Names, { key, name }: Part): string => inFirst.get(key) ?? name;

export function swapFile(about: About, title: string): RecipeFile {
  const { table, column, dependents, names } = about;
  const all = [table.full, ...dependents.others].join(', ');
  return {
    title,
    description: `${table.full} is partitioned by ${column.name}; what was there is its first partition`,
    allows: [
      `rename-table: the name ${table.full} is there before and after`,
      ...(dependents.others.length > 0 ? ['several-tables-locked: foreign keys come along; asked for with short timeouts'] : []),
    ],
    why: ['No row is moved or read: the CHECK of the step before says that all of them belong to the first partition.'],
    up: [exchange(up(about), all)],
    down: down(about, all),
    loses: {
      down: [
        `${table.full}: no row is lost, all are in the table that takes its name back`,
        `${inSchema(table, names.rest)}: its rows are in ${table.full}`,
      ],
    },
  };
}

const exchange = (sql: readonly string[], tables: string): Step => ({
  does: 'the partitioned table in the place of the table, which becomes its first partition',
  sql: sql.join('\n'),
  locks: `${EXCLUSIVE} on ${tables}`,
  lasts: 'moment',
});

function up(about: About): readonly string[] {
  const { table, column, from, names, dependents, counting } = about;
  const first = inSchema(table, names.first);
  const { full } = table;
  return [
    `ALTER TABLE ${full} RENAME TO ${names.first};`,
    ...dependents.triggers.map(({ name }) => `DROP TRIGGER ${name} ON ${first};`),
    ...dependents.keys.map((one) => `ALTER TABLE ${first} RENAME CONSTRAINT ${one.name} TO ${nameInFirst(names, one)};`),
    ...dependents.indexes.map((one) => `ALTER INDEX ${inSchema(table, one.name)} RENAME TO ${nameInFirst(names, one)};`),
    ...(dependents.widened ? takeKey(first, dependents.widened.name, own(nameInFirst(names, dependents.widened))) : []),
    `CREATE TABLE ${full} (LIKE ${first} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS)\n  PARTITION BY RANGE (${column.name});`,
    ...saidOf(about),
    ...counting(first, full),
    ...partsOf(about),
    `ALTER TABLE ${full} ATTACH PARTITION ${first} FOR VALUES FROM (MINVALUE) TO (${boundOf(from, column.type)});`,
    `CREATE TABLE ${inSchema(table, names.rest)} PARTITION OF ${full} DEFAULT;`,
    ...tuningOf(about.look, table, full),
    ...dependents.triggers.map(({ sql }) => sql),
    ...commentsOf(about),
    ...dependents.views,
  ];
}

const takeKey = (table: string, old: string, { name, index }: { readonly name: string; readonly index: string }): readonly string[] => [
  `ALTER TABLE ${table} DROP CONSTRAINT ${old};`,
  `ALTER TABLE ${table} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${index};`,
];

/** An index that is called as its constraint is going to be. */
const own = (name: string): { readonly name: string; readonly index: string } => ({ name, index: name });

/** Whose it is, who may do what with it, and what it is for. */
function saidOf({ look, table }: About): readonly string[] {
  const { key, full } = table;
  const said = look.state.statements
    .filter((one) => one.key === key && ['owner', 'grant'].includes(one.rank))
    .flatMap(({ sql }) => sql ?? []);
  const comment = look.state.statements.filter(
    (one) => one.key === key && one.rank === 'comment' && one.sql?.startsWith(`COMMENT ON TABLE ${full} `),
  );
  return [...said, ...comment.flatMap(({ sql }) => sql ?? [])];
}

/** Keys, indexes and row security, under their own names. */
function partsOf({ look, table, column, dependents }: About): readonly string[] {
  const { full } = table;
  const { widened } = dependents;
  const add = ({ name, body }: Pick<Part, 'name' | 'body'>): string => `ALTER TABLE ${full} ADD CONSTRAINT ${name} ${body};`;
  return [
    ...(widened ? [add({ name: widened.name, body: `PRIMARY KEY ${widenedColumns(widened, column)}` })] : []),
    ...dependents.keys.map(add),
    ...dependents.indexes.map(({ sql }) => sql),
    // LIKE would bring the one of the first partition too.
    ...dependents.checks.map(add),
    ...dependents.foreignKeys.map(add),
    ...(look.property(table, 'row security') === 'ENABLE' ? [`ALTER TABLE ${full} ENABLE ROW LEVEL SECURITY;`] : []),
    ...dependents.policies.map(({ sql }) => sql),
  ];
}

/** On what was made under its own name; LIKE brings those on columns. */
function commentsOf({ look, dependents }: About): readonly string[] {
  const { widened, keys, indexes, checks, foreignKeys } = dependents;
  const made = new Set([...(widened ? [widened] : []), ...keys, ...indexes, ...checks, ...foreignKeys].map(({ key }) => key));
  const named = new Set([...dependents.triggers.map(({ key }) => key), ...dependents.policies.map(({ key }) => key)]);
  return look.state.statements
    .filter(({ key, rank }) => rank === 'comment' && (made.has(key) || named.has(key)))
    .flatMap(({ sql }) => sql ?? []);
}

function down(about: About, all: string): readonly Step[] {
  const { table, column, names, dependents } = about;
  const { widened } = dependents;
  const first = inSchema(table, names.first);
  const back = exchange(backSql(about), all);
  if (!widened) return [{ ...back, does: 'the table in its own place again' }];
  return [
    buildIndex(names.again, first, { isUnique: true, what: `ON ${first} (${widened.columns.join(', ')})` }),
    apart(back),
    buildIndex(nameInFirst(names, widened), table.full, { isUnique: true, what: `ON ${table.full} ${widenedColumns(widened, column)}` }),
  ];
}

function backSql(about: About): readonly string[] {
  const { look, table, names, dependents, counting } = about;
  const { full } = table;
  const [first, rest, away] = [names.first, names.rest, names.away].map((name) => inSchema(table, name)) as [string, string, string];
  const { widened } = dependents;
  const columns = look
    .columns(table)
    .filter(({ value }) => !value.startsWith(' GENERATED'))
    .map(({ name }) => name)
    .join(', ');
  return [
    `ALTER TABLE ${full} RENAME TO ${names.away};`,
    `ALTER TABLE ${away} DETACH PARTITION ${first};`,
    `ALTER TABLE ${first} RENAME TO ${table.name};`,
    ...counting(away, full),
    freeOfCheck(full, rest, names.check),
    `INSERT INTO ${full} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${rest};`,
    ...dependents.views,
    `DROP TABLE ${rest}, ${away};`,
    ...(widened ? takeKey(full, nameInFirst(names, widened), { name: widened.name, index: names.again }) : []),
    ...dependents.keys.map((one) => `ALTER TABLE ${full} RENAME CONSTRAINT ${nameInFirst(names, one)} TO ${one.name};`),
    ...dependents.indexes.map((one) => `ALTER INDEX ${inSchema(table, nameInFirst(names, one))} RENAME TO ${one.name};`),
    ...dependents.triggers.map(({ sql }) => sql),
    ...commentsOf(about),
  ];
}

/** Rows of after that day are no reason to keep a table back: then it does without the CHECK. */
const freeOfCheck = (table: string, rest: string, check: string): string =>
  `DO ${dollarQuoted(`\nBEGIN\n  IF EXISTS (SELECT FROM ${rest}) THEN\n    ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${check};\n  END IF;\nEND `)};`;
