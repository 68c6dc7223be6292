import type { TableName } from '../../model/backup.ts';

interface Entry {
  readonly id: string;
  /** As in the list, to be handed back to pg_restore. */
  readonly line: string;
  readonly what: string;
  readonly dependsOn: readonly string[];
}

/** Kinds that stand by themselves: what hangs on a table brings none of them along, except through it. */
const OTHERS =
  /^(TABLE|VIEW|MATERIALIZED VIEW|FOREIGN TABLE|FUNCTION|PROCEDURE|AGGREGATE|TYPE|DOMAIN|SCHEMA|EXTENSION|PUBLICATION(?! TABLE)|STATISTICS DATA)\b/;

/**
 * The lines of `pg_restore --list --verbose` that make up one table: itself, its rows, its own sequences, defaults, keys, indexes,
 * triggers, policies, grants, comments, and the foreign keys that point to it. `pg_restore --table` would leave most of them out.
 */
export function selectTable(listing: string, table: TableName): readonly string[] {
  // The list has a space for a line break in a name.
  const [schema, name] = [table.schema, table.name].map((one) => one.replaceAll(/[\r\n]/g, ' '));
  const entries = readEntries(listing);
  const root = entries.find(({ what }) => what.startsWith(`TABLE ${schema} ${name} `));
  if (!root) return [];
  const isPartition = entries.some(({ what }) => what.startsWith(`TABLE ATTACH ${schema} ${name} `));
  const left = isPartition ? attachedIndexes(entries) : new Set<string>();
  const chosen = new Set([root.id]);
  const isWanted = ({ id, what, dependsOn }: Entry): boolean =>
    (!OTHERS.test(what) || isPartOfTable(what)) && !left.has(id) && dependsOn.some((one) => chosen.has(one));
  // Entries come after what they depend on, except for a few: a second and third round find those.
  for (let round = 0; round < 3; round += 1) for (const entry of entries) if (isWanted(entry)) chosen.add(entry.id);
  return entries.filter(({ id }) => chosen.has(id)).map(({ line }) => line);
}

/** A partition that joins its parent gets the parent's indexes from the server; its own would be there a second time. */
const attachedIndexes = (entries: readonly Entry[]): ReadonlySet<string> =>
  new Set(entries.filter(({ what }) => what.startsWith('INDEX ATTACH ')).flatMap(({ id, dependsOn }) => [id, ...dependsOn]));

const isPartOfTable = (what: string): boolean => what.startsWith('TABLE DATA ') || what.startsWith('TABLE ATTACH ');

function readEntries(listing: string): readonly Entry[] {
  const entries: Entry[] = [];
  for (const line of listing.split('\n')) {
    const [, id, what] = /^(\d+); \d+ \d+ (.*)$/.exec(line) ?? [];
    const [, needs] = /^;\s+depends on: (.*)$/.exec(line) ?? [];
    const last = entries.at(-1);
    if (id && what) entries.push({ id, line, what, dependsOn: [] });
    else if (needs && last) entries[entries.length - 1] = { ...last, dependsOn: needs.split(' ') };
  }
  return entries;
}
