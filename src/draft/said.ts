import { SAID } from '../snapshot/statements/order-statements.ts';
import type { Statement } from '../snapshot/statements/read-statements.ts';
import type { State } from './read-state.ts';
import { type Step, step } from './step.ts';

/** Owners, comments, labels, grants and settings: what was said since is taken back, then what was said before is said again. */
export function saidChanges(before: State, now: State): readonly Step[] {
  const [was, is] = [before, now].map(({ statements }) => statements.filter(({ rank }) => SAID.includes(rank)));
  if (!was || !is) return [];
  // Members of extensions have no statements, and other keys in each database: names tell which one is meant.
  const text = ({ rank, sql }: Statement): string => `${rank} ${sql}`;
  const [old, current] = [new Set(was.map(text)), new Set(is.map(text))];
  const come = was.filter((one) => !current.has(text(one)));
  const gone = is.filter((one) => !old.has(text(one)));
  return [
    ...gone.flatMap((one) =>
      takeBack(
        one,
        come.some((other) => isReplacedBy(one, other)),
      ),
    ),
    ...come.map((one) => step(`${one.rank} ${one.name}`, [], [one.sql ?? ''])),
  ];
}

/** What is said once of each object needs no taking back. */
const isReplacedBy = (one: Statement, other: Statement): boolean =>
  one.rank !== 'grant' && one.rank !== 'default privilege' && one.rank === other.rank && one.name === other.name;

function takeBack({ rank, name, sql }: Statement, isReplaced: boolean): readonly Step[] {
  const text = sql === null || isReplaced ? undefined : opposite(rank, sql);
  return text === undefined ? [] : [step(`${rank} ${name}`, [], [text])];
}

function opposite(rank: Statement['rank'], sql: string): string | undefined {
  if (rank === 'owner') return sql.replace(/ OWNER TO .*;$/s, ' OWNER TO CURRENT_USER;');
  if (rank === 'comment' || rank === 'security label')
    return sql.replace(/ IS +E?'.*'(;| *', current_database\(\)\); END \$database\$;)$/s, ' IS NULL$1');
  if (rank === 'setting') return sql.replace(/ SET (\S+) = .*(', current_database)/s, ' RESET $1$2');
  const isGrant = /\bGRANT .* TO /s.test(sql);
  if (!isGrant) return sql.replace(/\bREVOKE (.*) FROM /s, 'GRANT $1 TO ');
  return sql.replace(/\bGRANT (.*) TO (.*?)(?: WITH GRANT OPTION)?(;|', current)/s, 'REVOKE $1 FROM $2$3');
}
