import { orderStatements, SAID } from '../snapshot/statements/order-statements.ts';
import type { Rank } from '../snapshot/statements/pieces.ts';
import type { Statement } from '../snapshot/statements/read-statements.ts';
import { countOn } from './columns.ts';
import { dropSql, onlyIn } from './drops.ts';
import type { State } from './read-state.ts';
import { type Step, step, type Way } from './step.ts';

/** These change part by part. */
const BY_PARTS: readonly Rank[] = ['table', 'sequence', 'schema'];

/** Objects that are there and read otherwise. */
export function objectChanges(before: State, now: State): readonly Step[] {
  const current = new Map(now.statements.map((one) => [`${one.key} ${one.rank}`, one]));
  return before.statements.flatMap((was) => {
    const is = current.get(`${was.key} ${was.rank}`);
    const isOther = is && was.sql !== null && is.sql !== was.sql && !SAID.includes(was.rank) && !BY_PARTS.includes(was.rank);
    return isOther && !isOfParts(was) ? [step(`${was.rank} ${was.name}`, [was.key], ...changeWays(was, is, now))] : [];
  });
}

const isOfParts = ({ rank, sql }: Statement): boolean => rank === 'type' && / AS (?:ENUM )?\(/.test(sql ?? '');

function changeWays(was: Statement, is: Statement, now: State): readonly Way[] {
  const sql = was.sql ?? '';
  const drop = dropSql(is, now);
  const again: Way = { sql: drop === undefined ? [sql] : [drop, ...(createWays(was, now)[0]?.sql ?? [sql])] };
  if (['owned by', 'use', 'refresh'].includes(was.rank)) return [{ sql: [sql] }];
  if (was.rank === 'view' && sql.startsWith('CREATE VIEW')) return [{ sql: [sql.replace('CREATE VIEW', 'CREATE OR REPLACE VIEW')] }, again];
  return was.rank === 'function' ? [{ sql: [sql] }, again, { sql: [UNCHECKED, sql] }] : [again];
}

const UNCHECKED = 'SET LOCAL check_function_bodies = off;';

/** Objects that are gone, what is needed first. */
export function creations(before: State, now: State): readonly Step[] {
  const gone = onlyIn(before, now).filter(({ sql }) => sql !== null && sql !== '');
  const ordered = orderStatements({ statements: gone, needs: before.needs }).flatMap(({ first, rest }) => [first, ...rest]);
  return [...ordered.filter((one) => !isOfWholeTree(one)), ...ordered.filter(isOfWholeTree)].map((one) =>
    step(`${one.rank} ${one.name}`, [], ...createWays(one, before)),
  );
}

/** An index of a partitioned table takes those that its partitions have already. */
const isOfWholeTree = ({ rank, sql }: Statement): boolean => (rank === 'index' && / ON ONLY /.test(sql ?? '')) || rank === 'foreign key';

function createWays(statement: Statement, before: State): readonly Way[] {
  const { rank, name } = statement;
  const sql = statement.sql ?? '';
  if (/'\(hidden\)'|host=hidden/.test(sql)) return [{ sql: [sql], tag: 'LOSSY', why: `(hidden) stands for a value that no catalog shows` }];
  if (rank === 'table') return [{ sql: [sql], tag: 'structure only', why: `the rows of ${name} are not brought back` }];
  if (rank === 'index' && sql.includes(' ON ONLY ')) return [{ sql: [sql.replace(' ON ONLY ', ' ON ')] }, { sql: [sql] }];
  if (rank === 'key') return [{ sql: [withChildren(sql)] }, { sql: [sql] }];
  if (rank === 'check') return [{ sql: [sql] }, { sql: [withChildren(sql)] }];
  if (rank === 'owned by') return [{ sql: [sql, ...counting(statement, before)] }, { sql: [sql] }];
  return rank === 'function' ? [{ sql: [sql] }, { sql: [UNCHECKED, sql] }] : [{ sql: [sql] }];
}

const withChildren = (sql: string): string => sql.replace('ALTER TABLE ONLY ', 'ALTER TABLE ');

function counting({ sql, name }: Statement, { columns }: State): readonly string[] {
  const owner = columns.find(({ relation, name: column }) => sql?.endsWith(` OWNED BY ${relation}.${column};`));
  return owner ? [countOn(`'${name.replaceAll("'", "''")}'`, owner.name, owner.relation)] : [];
}
