import type { LockstepError } from '../model/lockstep-error.ts';
import { findUsedEnumValues } from './enum-uses.ts';
import { findLine } from './lines.ts';
import { editsOf, proposal } from './script/edits.ts';
import type { Reading } from './script/read-script.ts';
import { refusal } from './script/refusals.ts';

/** The file's own BEGIN … COMMIT holds a statement that cannot run, or cannot take effect, inside a transaction. */
export function wrappedRefusal(reading: Reading, index: number): LockstepError {
  const { start, summary } = reading.statements[index] ?? { start: 0, summary: '' };
  return refusal(reading.file, start, {
    code: 'non-transactional-in-transaction',
    what: describeUse(reading, index) ?? `${summary} cannot run inside BEGIN … COMMIT`,
    next: proposal(reading, editsOf(reading)),
  });
}

function describeUse(reading: Reading, index: number): string | undefined {
  const value = findUsedEnumValues(reading, { from: 0, to: reading.statements.length }).find((used) => used.index === index);
  if (!value) return undefined;
  const { line } = { line: findLine(reading.file.text, reading.statements[value.usedBy]?.start ?? 0).number };
  return `The new enum value '${value.effect.label}' cannot be used (line ${line}) in the transaction that adds it`;
}
