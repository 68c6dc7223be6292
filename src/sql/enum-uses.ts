import type { Reading } from './script/read-script.ts';
import type { Trait } from './script/traits.ts';
import { findLabels } from './text/labels.ts';

export interface EnumValue {
  /** Of the statement that adds it. */
  readonly index: number;
  readonly effect: Extract<Trait, { kind: 'enum-value' }>['effect'];
  /** Of the last statement that mentions it. */
  readonly usedBy: number;
}

/** The ALTER TYPE … ADD VALUE statements in this stretch whose label a later statement of the stretch mentions. */
export function findUsedEnumValues(reading: Reading, stretch: { readonly from: number; readonly to: number }): readonly EnumValue[] {
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
