import type { Backfill } from '../../model/backfill.ts';
import type { LockstepError } from '../../model/lockstep-error.ts';
import type { Effect, Part, Statement } from '../../model/script.ts';
import { findLabels } from '../text/labels.ts';
import { findLine } from '../text/positions.ts';
import { checksumOf } from '../text/statement-text.ts';
import { editsOf, proposal } from './edits.ts';
import type { Reading } from './read-script.ts';
import { refusalAt } from './refusals.ts';
import { PLAIN, type Trait } from './traits.ts';
import { type Body, commitsRefusal, savepointRefusal } from './transaction-control.ts';

interface EnumValue {
  /** Of the statement that adds it. */
  readonly index: number;
  readonly effect: Extract<Trait, { kind: 'enum-value' }>['effect'];
  /** Of the last statement that mentions it. */
  readonly usedBy: number;
}

/** The ALTER TYPE … ADD VALUE statements in this stretch whose label a later statement of the stretch mentions. */
function findUsedEnumValues(reading: Reading, stretch: { readonly from: number; readonly to: number }): readonly EnumValue[] {
  const added = [...reading.traits].flatMap(([index, trait]) =>
    trait.kind === 'enum-value' && index >= stretch.from && index < stretch.to ? [{ index, effect: trait.effect }] : [],
  );
  const [first] = added;
  if (!first) return [];
  const uses = lastUses(reading, { from: first.index + 1, to: stretch.to }, new Set(added.map(({ effect }) => effect.label)));
  return added.map((value) => ({ ...value, usedBy: uses.get(value.effect.label) ?? -1 })).filter(({ index, usedBy }) => usedBy > index);
}

function lastUses(
  reading: Reading,
  stretch: { readonly from: number; readonly to: number },
  labels: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (let index = stretch.from; index < stretch.to; index += 1) {
    const statement = reading.statements[index];
    // `ADD VALUE 'c' AFTER 'b'` may follow `ADD VALUE 'b'` at once.
    if (!statement || reading.traits.get(index)?.kind === 'enum-value') continue;
    for (const label of findLabels(reading.file.text, statement, labels)) uses.set(label, index);
  }
  return uses;
}

/** The file's own BEGIN … COMMIT holds a statement that cannot run, or cannot take effect, inside a transaction. */
function wrappedRefusal(reading: Reading, index: number): LockstepError {
  return refusalAt(reading, index, (summary) => ({
    code: 'non-transactional-in-transaction',
    what: describeUse(reading, index) ?? `${summary} cannot run inside BEGIN … COMMIT`,
    next: proposal(reading, editsOf(reading)),
  }));
}

function describeUse(reading: Reading, index: number): string | undefined {
  const value = findUsedEnumValues(reading, { from: 0, to: reading.statements.length }).find((used) => used.index === index);
  if (!value) return undefined;
  const line = findLine(reading.file.text, reading.statements[value.usedBy]?.start ?? 0).number;
  return `The new enum value '${value.effect.label}' cannot be used (line ${line}) in the transaction that adds it`;
}

/** Statements `from` up to, without, `to`. With an effect it is one statement that runs without a transaction. */
interface Draft {
  readonly from: number;
  readonly to: number;
  readonly backfill?: Backfill;
  readonly effect?: Effect;
}

/** Groups statements into parts. Refuses a file that puts its own BEGIN … COMMIT around what cannot run in a transaction. */
export function arrangeParts(reading: Reading, body: Body): readonly Part[] {
  const drafts = draftParts(reading, body).flatMap((draft) =>
    draft.effect || draft.backfill ? [draft] : separateEnumValues(reading, draft),
  );
  if (body.isWrapped) {
    const alone = drafts.find(({ effect }) => effect);
    if (alone) throw wrappedRefusal(reading, alone.from);
  }
  const [only, ...others] = drafts;
  // Nearly every file is one transactional part, and that one is never told apart from its file.
  if (only && !only.effect && !only.backfill && others.length === 0)
    return [{ mode: 'transaction', statements: reading.statements.slice(only.from, only.to), checksum: reading.file.checksum }];
  return drafts.map((draft) => partOf(reading, draft));
}

function draftParts(reading: Reading, body: Body): readonly Draft[] {
  const modes = new Map(reading.directives.map(({ before, mode }) => [before, mode]));
  const cutter = new Cutter(body.from);
  let mode: Part['mode'] = 'transaction';
  for (let index = body.from; index < body.to; index += 1) {
    const changed = modes.get(index);
    if (changed) cutter.cut(index);
    mode = changed ?? mode;
    const how = howAlone(reading, index, mode);
    if (how) cutter.cutOut(index, how);
    // A backfill is one statement.
    if (mode === 'backfill') mode = 'transaction';
  }
  return cutter.finish(body.to);
}

/** How a statement runs on its own; undefined when it joins its neighbours. @throws LockstepError for one that cannot run in this mode */
function howAlone(reading: Reading, index: number, mode: Part['mode']): Pick<Draft, 'effect' | 'backfill'> | undefined {
  const trait = reading.traits.get(index) ?? PLAIN;
  if (trait.kind === 'backfill') return { backfill: trait.backfill };
  if (mode === 'backfill') throw notABackfill(reading, index);
  if (trait.kind === 'savepoint' && mode === 'no-transaction') throw savepointRefusal(reading, index);
  if (trait.kind === 'commits' && mode === 'transaction') throw commitsRefusal(reading, index);
  const effect = effectAlone(trait, mode);
  return effect && { effect };
}

const notABackfill = (reading: Reading, index: number): LockstepError =>
  refusalAt(reading, index, (summary) => ({
    code: 'not-a-backfill',
    what: `${summary} cannot run in batches`,
    next: 'a backfill is UPDATE, DELETE, or INSERT … SELECT … ON CONFLICT DO NOTHING of one table; -- part: transaction runs it as a whole',
  }));

/** The effect of a statement that runs on its own; undefined when it joins its neighbours. */
function effectAlone(trait: Trait, mode: Part['mode']): Effect | undefined {
  if (trait.kind === 'alone') return trait.effect;
  if (mode === 'transaction') return undefined;
  return trait.kind === 'plain' || trait.kind === 'enum-value' ? trait.effect : { kind: 'unknown' };
}

/** New enum values that the same transaction goes on to use run on their own: until commit, PostgreSQL answers 55P04. */
function separateEnumValues(reading: Reading, draft: Draft): readonly Draft[] {
  const used = findUsedEnumValues(reading, draft);
  const cutter = new Cutter(draft.from);
  for (const { index, effect } of used) cutter.cutOut(index, { effect });
  return cutter.finish(draft.to);
}

class Cutter {
  private readonly drafts: Draft[] = [];
  private from: number;

  constructor(from: number) {
    this.from = from;
  }

  cut(at: number): void {
    if (at > this.from) this.drafts.push({ from: this.from, to: at });
    this.from = at;
  }

  cutOut(index: number, how: Pick<Draft, 'effect' | 'backfill'>): void {
    this.cut(index);
    this.drafts.push({ from: index, to: index + 1, ...how });
    this.from = index + 1;
  }

  finish(at: number): readonly Draft[] {
    this.cut(at);
    return this.drafts;
  }
}

function partOf({ file, statements }: Reading, { from, to, effect, backfill }: Draft): Part {
  const own: readonly Statement[] = statements.slice(from, to);
  const checksum = checksumOf(file.text, own);
  const [only] = own;
  if (backfill && only) return { mode: 'backfill', statements: [only], checksum, backfill };
  return effect && only
    ? { mode: 'no-transaction', statements: [only], checksum, effect }
    : { mode: 'transaction', statements: own, checksum };
}
