import { orderStatements, SAID } from '../snapshot/statements/order-statements.ts';
import type { Rank } from '../snapshot/statements/pieces.ts';
import type { Statement } from '../snapshot/statements/read-statements.ts';
import type { State } from './read-state.ts';
import { columnAt, dropText, type Step, step } from './step.ts';

/** What goes with its table or view. */
const PARTS: readonly Rank[] = [
  'key',
  'index',
  'statistics',
  'check',
  'attach',
  'rule',
  'trigger',
  'policy',
  'foreign key of a partition',
  'foreign key',
  'use',
  'owned by',
  'published',
  'refresh',
  'refresh by functions',
  'domain check',
];

const idOf = ({ key, rank }: Statement): string => `${key} ${rank}`;

/** Statements of one state that the other has not: what is said about objects is looked at elsewhere. */
export function onlyIn(one: State, other: State): readonly Statement[] {
  const there = new Set(other.statements.map(idOf));
  return one.statements.filter((statement) => !SAID.includes(statement.rank) && !there.has(idOf(statement)));
}

/** What was not there goes: columns first, since indexes and constraints go with them; then whatever needs something before that. */
export function drops(before: State, now: State): readonly Step[] {
  const made = onlyIn(now, before);
  const keys = new Set(made.map(({ key }) => key));
  const isPart = ({ key, rank }: Statement): boolean => PARTS.includes(rank) && (now.needs.get(key) ?? []).some((need) => keys.has(need));
  const roots = made.filter((one) => !isPart(one));
  return [...columns(before, now), ...inReverse(roots, now)];
}

/** Parts that stand in the way of one another, as the foreign keys of a circle do. */
export const partDrops = (before: State, now: State): readonly Step[] =>
  inReverse(
    onlyIn(now, before).filter(({ rank }) => rank === 'foreign key' || rank === 'check'),
    now,
  );

export const inReverse = (statements: readonly Statement[], now: State): readonly Step[] =>
  orderStatements({ statements, needs: now.needs })
    .flatMap(({ first, rest }) => [first, ...rest])
    .toReversed()
    .flatMap((one) => dropOf(one, now));

function dropOf(statement: Statement, now: State): readonly Step[] {
  const sql = dropSql(statement, now);
  return sql === undefined ? [] : [step(`${statement.rank} ${statement.name}`, [statement.key], [sql])];
}

/** Undefined where there are no words for it. */
export function dropSql({ key, rank, name, sql }: Statement, now: State): string | undefined {
  const [, parent, child] = /^ALTER TABLE ONLY (.+) ATTACH PARTITION (.+?) (?:FOR VALUES|DEFAULT)/s.exec(sql ?? '') ?? [];
  if (rank === 'attach') return `ALTER TABLE ${parent} DETACH PARTITION ${child};`;
  if (rank === 'owned by') return sql?.replace(/ OWNED BY .*;$/s, ' OWNED BY NONE;');
  if (rank === 'refresh' || rank === 'refresh by functions') return `REFRESH MATERIALIZED VIEW ${name} WITH NO DATA;`;
  if (rank === 'extension dependency') return sql?.replace(' DEPENDS ON ', ' NO DEPENDS ON ');
  if (rank === 'use') return sql?.replace(/ (?:DISABLE|ENABLE ALWAYS|ENABLE REPLICA) TRIGGER /, ' ENABLE TRIGGER ');
  if (rank === 'published' && sql?.includes(' ADD TABLES IN SCHEMA ')) return sql.replace(' ADD TABLES ', ' DROP TABLES ');
  if (rank === 'schema' && sql?.startsWith('DROP')) return 'CREATE SCHEMA public;';
  const named = now.names.get(key);
  return named && dropText(named);
}

function columns(before: State, now: State): readonly Step[] {
  const [was, tables] = [columnAt(before), new Set(before.columns.map(({ key }) => key))];
  const kept = new Set(before.statements.map(({ key }) => key));
  return now.columns
    .filter((column) => !column.isInherited && (tables.has(column.key) || kept.has(column.key)) && !was(column))
    .map(({ relation, name, isAttribute, place }) =>
      step(
        `column ${relation}.${name}`,
        [place],
        [isAttribute ? `ALTER TYPE ${relation} DROP ATTRIBUTE ${name};` : `ALTER TABLE ${relation} DROP COLUMN ${name};`],
      ),
    );
}
