import { compareSnapshots } from '../snapshot/compare-snapshots.ts';
import type { Snapshot } from '../snapshot/take-snapshot.ts';
import { alikeBut } from './alike.ts';
import { compareData, type DataPicture } from './row-pictures.ts';

/** A database at one moment: its schema, and the rows in it. */
export interface Picture {
  readonly schema: Snapshot;
  readonly data: DataPicture;
}

export interface Differences {
  readonly schema: readonly string[];
  readonly rows: readonly string[];
  /** What PostgreSQL cannot take back: `labels of the enum public.status stay: 'archived'`. */
  readonly stays: readonly string[];
  /** What comes back in another form that says the same. */
  readonly alike: readonly string[];
}

/** What is not as it was, without what nobody can bring back. */
export function compare(before: Picture, after: Picture): Differences {
  const stays = findStaying(before.schema, after.schema);
  const alike = findAlike(before.schema, after.schema);
  const tolerant = after.schema.map((line) => stays.find((one) => one.is(line))?.as ?? alike.get(line)?.as ?? line);
  return {
    schema: compareSnapshots(before.schema, tolerant),
    rows: compareData(before.data, after.data),
    stays: stays.map(({ text }) => text),
    alike: [...alike.values()].flatMap(({ as, but }) => (but === '' ? [] : [`${as.kind} ${as.name} comes back with other ${but}`])),
  };
}

/** Lines that are other ones only by their text. */
function findAlike(before: Snapshot, after: Snapshot): ReadonlyMap<Line, { readonly as: Line; readonly but: string }> {
  const known = new Map(before.map((line) => [`${line.kind} ${line.name}`, line]));
  return new Map(
    after.flatMap((line) => {
      const as = known.get(`${line.kind} ${line.name}`);
      const but = as === undefined || as.definition === line.definition ? undefined : alikeBut(as, line);
      return as === undefined || but === undefined ? [] : [[line, { as, but }] as const];
    }),
  );
}

type Line = Snapshot[number];

interface Staying {
  readonly is: (line: Line) => boolean;
  readonly as: Line;
  readonly text: string;
}

const LABEL = /'(?:[^']|'')*'/g;

/** Enum labels that a migration added: no statement drops one (manual: sql-altertype). */
function findStaying(before: Snapshot, after: Snapshot): readonly Staying[] {
  return before.flatMap((was): readonly Staying[] => {
    if (was.kind !== 'type' || !was.definition.startsWith('enum ')) return [];
    const now = after.find(({ kind, name }) => kind === 'type' && name === was.name);
    const [old, labels] = [was.definition, now?.definition ?? ''].map((text): readonly string[] => text.match(LABEL) ?? []);
    if (!now || !old || !labels) return [];
    const added = labels.filter((label) => !old.includes(label));
    const kept = labels.filter((label) => old.includes(label));
    if (added.length === 0 || kept.join() !== old.join()) return [];
    return [{ is: (line) => line === now, as: was, text: `${added.join(', ')} of ${was.name} stays: PostgreSQL drops no enum label` }];
  });
}
