import { optionTexts } from './columns.ts';
import type { Named, Property, State } from './read-state.ts';
import { aboutOf } from './renames.ts';
import { type Step, step } from './step.ts';

type Setter = (head: string, was: string, is: string) => readonly string[];

const listOf = (value: string): readonly string[] => JSON.parse(value) as readonly string[];

const toastOptions = (value: string): readonly string[] => listOf(value).map((option) => `toast.${option}`);

const SETTERS: Readonly<Record<string, Setter>> = {
  persistence: (head, was) => [`${head} SET ${was};`],
  'row security': (head, was) => [`${head} ${was} ROW LEVEL SECURITY;`],
  forced: (head, was) => [`${head} ${was} ROW LEVEL SECURITY;`],
  identity: (head, was) => [`${head} REPLICA IDENTITY ${was};`],
  options: (head, was, is) => optionTexts(head, listOf(was), listOf(is)),
  'toast options': (head, was, is) => optionTexts(head, toastOptions(was), toastOptions(is)),
  parents: (head, was, is) => [
    ...listOf(is)
      .filter((one) => !listOf(was).includes(one))
      .map((one) => `${head} NO INHERIT ${one};`),
    ...listOf(was)
      .filter((one) => !listOf(is).includes(one))
      .map((one) => `${head} INHERIT ${one};`),
  ],
  'access method': (head, was) => [`${head} SET ACCESS METHOD ${was};`],
  tablespace: (head, was) => [`${head} SET TABLESPACE ${was};`],
  'foreign options': foreignOptions,
  counting: (head, was) => [`${head} ${was};`],
  default: (head, was) => [`${head} ${was ? `SET DEFAULT ${was}` : 'DROP DEFAULT'};`],
  'not null': (head, was) => [`${head} ${was} NOT NULL;`],
};

const SECRET = /pass|pwd|secret|token|key|credential|auth/i;

/** A secret stands in no file: what sets one is left to its author. */
function foreignOptions(head: string, was: string, is: string): readonly string[] {
  const [old, current] = [was, is].map(
    (list) => new Map(listOf(list).map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)])),
  );
  if (!old || !current || [...old.keys()].some((name) => SECRET.test(name))) return [];
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  const gone = [...current.keys()].filter((name) => !old.has(name)).map((name) => `DROP ${quoted(name)}`);
  const come = [...old]
    .filter(([name, value]) => current.get(name) !== value)
    .map(([name, value]) => `${current.has(name) ? 'SET' : 'ADD'} ${quoted(name)} '${value.replaceAll("'", "''")}'`);
  return [`${head} OPTIONS (${[...gone, ...come].join(', ')});`];
}

const headOf = ({ kind, identity }: Named, what: string): string =>
  `ALTER ${['default', 'not null'].includes(what) ? 'DOMAIN' : kind} ${identity}`;

/** What is set on tables, sequences and domains, as it was. */
export function propertyChanges(before: State, now: State): readonly Step[] {
  const place = ({ key, what }: Property): string => `${key} ${what}`;
  const current = new Map(now.properties.map((one) => [place(one), one.value]));
  return before.properties.flatMap((one): readonly Step[] => {
    const [is, named, setter] = [current.get(place(one)), now.names.get(one.key), SETTERS[one.what]];
    if (is === undefined || !named || !setter || is === one.value) return [];
    const sql = setter(headOf(named, one.what), one.value ?? '', is ?? '');
    // A number that lies outside of the bounds cannot stay.
    return [step(aboutOf(named), [one.key], sql, one.what === 'counting' ? sql.map((text) => text.replace(/;$/, ' RESTART;')) : [])];
  });
}
