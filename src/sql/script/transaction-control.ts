import { shellWord } from '../../model/command.ts';
import type { LockstepError } from '../../model/lockstep-error.ts';
import { editsOf, proposal } from './edits.ts';
import type { Reading } from './read-script.ts';
import { refusalAt } from './refusals.ts';
import type { Trait } from './traits.ts';

/** The statements that really run: `from` up to, without, `to`; and how their transaction begins. */
export interface Body {
  readonly from: number;
  readonly to: number;
  readonly begin: string;
  /** The file has its own BEGIN … COMMIT around them. */
  readonly isWrapped: boolean;
}

interface Control {
  readonly index: number;
  readonly trait: Trait;
}

/** Takes the outer BEGIN … COMMIT off. Refuses transaction control anywhere else. */
export function unwrap(reading: Reading): Body {
  const last = reading.statements.length - 1;
  const controls = Array.from(reading.traits, ([index, trait]): Control => ({ index, trait })).filter(isControl);
  const [first, second] = controls;
  if (!first) return { from: 0, to: last + 1, begin: 'BEGIN', isWrapped: false };
  const wraps = first.index === 0 && first.trait.kind === 'begin' && second?.index === last && isPlainCommit(second);
  if (!wraps || first.trait.kind !== 'begin') throw controlRefusal(reading, controls);
  if (reading.directives.length > 0) throw mixedRefusal(reading);
  if (first.trait.begin.includes('READ ONLY')) throw readOnlyRefusal(reading);
  return { from: 1, to: last, begin: first.trait.begin, isWrapped: true };
}

const isControl = ({ trait: { kind } }: Control): boolean => kind === 'begin' || kind === 'commit' || kind === 'rollback';
const isPlainCommit = ({ trait }: Control): boolean => trait.kind === 'commit' && !trait.chain;

function controlRefusal(reading: Reading, controls: readonly Control[]): LockstepError {
  const { index, what } = findOffender(reading, controls);
  const next = 'remove it, or split the file into several migrations: each runs in a transaction of its own';
  const isHopeless = controls.some(({ trait }) => trait.kind === 'rollback');
  return refusalAt(reading, index, () =>
    isHopeless ? { code: 'transaction-control', what, next } : { code: 'own-transactions', what, next: rewriting(reading) },
  );
}

function findOffender(reading: Reading, controls: readonly Control[]): { readonly index: number; readonly what: string } {
  const nameOf = ({ index }: Control): string => reading.statements[index]?.summary ?? '';
  const [first] = controls;
  const alone = controls.find(({ trait }) => trait.kind === 'rollback' || (trait.kind === 'commit' && trait.chain));
  if (alone)
    return { index: alone.index, what: `${nameOf(alone)} cannot stand in a migration, which is one transaction that Lockstep ends` };
  if (first && controls.every(({ trait }) => trait.kind === 'begin')) return { index: first.index, what: `${nameOf(first)} has no COMMIT` };
  if (first && controls.every(({ trait }) => trait.kind === 'commit')) return { index: first.index, what: `${nameOf(first)} has no BEGIN` };
  const inner = controls.find(({ index, trait }) => index !== 0 || trait.kind !== 'begin') ?? first;
  return { index: inner?.index ?? 0, what: inner ? `${nameOf(inner)} in the middle of a migration would break up its transaction` : '' };
}

function mixedRefusal(reading: Reading): LockstepError {
  const what = 'BEGIN … COMMIT and -- part: markers cannot stand in the same file';
  return refusalAt(reading, 0, () => ({ code: 'own-transactions', what, next: rewriting(reading) }));
}

const rewriting = (reading: Reading): string =>
  `npm run migrate:repair -- --rewrite ${shellWord(reading.file.path)}   or by hand: ${proposal(reading, editsOf(reading))}`;

function readOnlyRefusal(reading: Reading): LockstepError {
  return refusalAt(reading, 0, () => ({
    code: 'transaction-control',
    what: 'A migration cannot run READ ONLY: it is recorded in its own transaction',
    next: 'write BEGIN; without READ ONLY, or leave BEGIN and COMMIT out',
  }));
}

/** SAVEPOINT and its kin need the transaction that a marker has turned off. */
export const savepointRefusal = (reading: Reading, index: number): LockstepError =>
  refusalAt(reading, index, (summary) => ({
    code: 'transaction-control',
    what: `${summary} needs a transaction, and -- part: no-transaction turns it off`,
    next: 'write -- part: transaction on a line before it, or remove it',
  }));

/** PostgreSQL would answer 2D000 half-way through the plan. */
export const commitsRefusal = (reading: Reading, index: number): LockstepError =>
  refusalAt(reading, index, (summary) => ({
    code: 'transaction-control',
    what: `The ${summary} has a COMMIT or ROLLBACK in its body, which cannot end the transaction that a migration is`,
    next: 'write -- part: no-transaction on a line before it, or take the COMMIT out',
  }));
