import type { Objects } from '../sql/script/read-objects.ts';

/** A file and what it defines and needs. */
export interface Ordered extends Pick<Objects, 'defines' | 'needs' | 'mentions' | 'drops'> {
  readonly name: string;
}

type Edges = ReadonlyMap<string, ReadonlySet<string>>;

/** Which of the files each of them needs, by the names of what they define; a schema counts where both name one. */
function edgesOf(files: readonly Ordered[], namesOf: (file: Ordered) => ReadonlySet<string>): Edges {
  const makers = new Map<string, { readonly name: string; readonly schema: string | undefined }[]>();
  for (const { name, defines } of files)
    for (const { bare, schema } of defines.filter(({ on }) => on === undefined))
      makers.set(bare.toLowerCase(), [...(makers.get(bare.toLowerCase()) ?? []), { name, schema: schema?.toLowerCase() }]);
  const makersOf = (wanted: string): readonly string[] => {
    const dot = wanted.lastIndexOf('.');
    const schema = dot < 0 ? undefined : wanted.slice(0, dot);
    const found = makers.get(wanted.slice(dot + 1)) ?? [];
    return found.filter((one) => schema === undefined || one.schema === undefined || one.schema === schema).map(({ name }) => name);
  };
  return new Map(files.map((file) => [file.name, new Set([...namesOf(file)].flatMap(makersOf).filter((maker) => maker !== file.name))]));
}

/**
 * Sorts files so that each stands behind what it needs; by name where nothing else tells, and behind all others where it defines nothing: a grant may mean everything. What the bodies of functions mention counts
 * where it contradicts nothing: the server reads them only when they run.
 */
export function orderRepeatables<T extends Ordered>(files: readonly T[]): readonly T[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const needs = edgesOf(files, (file) => file.needs);
  const mentions = edgesOf(files, (file) => file.mentions);
  const sorted: T[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const file = byName.get(name);
    if (!file || seen.has(name)) return;
    seen.add(name);
    const soft = [...(mentions.get(name) ?? [])].filter((one) => !reach(needs, [one]).has(name));
    for (const one of [...(needs.get(name) ?? []), ...soft].sort()) visit(one);
    sorted.push(file);
  };
  const rank = (file: T): string => `${file.defines.length === 0 ? 1 : 0}${file.name}`;
  for (const { name } of files.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1))) visit(name);
  return sorted;
}

/** What depends on files that drop something: their DROP … CASCADE may take it along. */
export function dependentsOf(files: readonly Ordered[], names: readonly string[]): ReadonlySet<string> {
  const needs = edgesOf(files, (file) => file.needs);
  const dropping = files.filter(({ name, drops }) => drops && names.includes(name)).map(({ name }) => name);
  return new Set(files.map(({ name }) => name).filter((name) => dropping.some((one) => one !== name && reach(needs, [name]).has(one))));
}

function reach(edges: Edges, from: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop())
    for (const next of edges.get(name) ?? []) {
      if (!found.has(next)) open.push(next);
      found.add(next);
    }
  return found;
}
