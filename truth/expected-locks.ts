import { checksumOf } from '../src/files/read-source.ts';
import { replayFile } from '../src/lint/lint-file.ts';
import { Schema } from '../src/lint/schema/schema.ts';
import { readTrees } from '../src/sql/script/read-trees.ts';
import { MODES, type Mode, strongest } from './cell.ts';
import type { Form } from './forms/form.ts';

const fileOf = (text: string) => ({ path: 'form.sql', text, checksum: checksumOf(text) });

/** Whether polite locking looks at it: those of queries and of changed rows are everywhere and wait for few. */
export const isAskedFor = (mode: Mode): boolean => MODES.indexOf(mode) >= MODES.indexOf('ShareUpdateExclusive');

export interface ExpectedPart {
  /** What the statements' texts say that they lock, by table; an index stands for its table. */
  readonly locks: Readonly<Record<string, Mode>>;
  readonly text: string;
}

/** What lock-needs.ts reads out of each part of a form. */
export async function expectedLocks(form: Form): Promise<{ readonly parts: readonly ExpectedPart[]; readonly schema: Schema }> {
  const schema = new Schema();
  await replayFile(fileOf(form.given), schema);
  const parts = new Map<number, { locks: Record<string, Mode>; text: string }>();
  for (const { part, effects, start, end } of (await readTrees(fileOf(form.sql))).statements) {
    const known = parts.get(part) ?? { locks: {}, text: '' };
    for (const { relation, mode } of effects?.locks ?? []) {
      const table = schema.findIndex(relation)?.table ?? relation;
      const name = table.schema && table.schema !== 'public' ? `${table.schema}.${table.name}` : table.name;
      known.locks[name] = strongest(known.locks[name], mode);
    }
    parts.set(part, { ...known, text: `${known.text}${form.sql.slice(start, end)}\n` });
  }
  return { parts: [...parts.values()], schema };
}
