import { pick, type Random } from '../support/seeded.ts';

/** A migration as one branch has it. */
export interface Made {
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** The table that it makes, where it makes one. */
  readonly table?: string;
  /** Others stand on it, so that no branch may write it anew. */
  readonly isNeeded?: boolean;
}

/** The migrations of one commit, by name. */
export type State = ReadonlyMap<string, Made>;

export interface Commit {
  readonly state: State;
  /** Places in the list of commits. */
  readonly parents: readonly number[];
}

const BASE: Made = {
  name: '001_base',
  up: 'CREATE TABLE t0 (id int PRIMARY KEY, v text); CREATE TABLE t1 (id int PRIMARY KEY, v text);',
  down: 'DROP TABLE t1; DROP TABLE t0;',
  isNeeded: true,
};

/** Branches that fork anywhere, take the same numbers, write migrations anew, and merge. */
export function randomGraph(random: Random): readonly Commit[] {
  const commits: Commit[] = [{ state: new Map([[BASE.name, BASE]]), parents: [] }];
  const needed = new Set<string>();
  for (let i = 1; i <= 8; i += 1) {
    const parent = random(commits.length);
    const other = random(commits.length);
    const state = commits[parent]?.state ?? new Map();
    const wish = random(10);
    if (wish < 2 && other !== parent) commits.push({ state: merge(state, commits[other]?.state ?? state), parents: [parent, other] });
    else if (wish < 4) commits.push({ state: writeAnew(state, needed, random), parents: [parent] });
    else commits.push({ state: grow(state, { needed, random, id: i }), parents: [parent] });
  }
  return commits;
}

/** Of a migration that both have, the first one's text. */
const merge = (one: State, other: State): State => new Map([...other, ...one]);

function writeAnew(state: State, needed: ReadonlySet<string>, random: Random): State {
  const free = [...state.values()].filter(({ name, table, isNeeded }) => table && !isNeeded && !needed.has(name));
  const chosen = free[random(free.length || 1)];
  if (!chosen) return state;
  const again = { ...chosen, up: `${chosen.up} ALTER TABLE ${chosen.table} ADD COLUMN w${random(1000)} int DEFAULT 1;` };
  return new Map([...state, [again.name, again]]);
}

interface Growth {
  readonly needed: Set<string>;
  readonly random: Random;
  readonly id: number;
}

function grow(state: State, { needed, random, id }: Growth): State {
  const numbers = [...state.keys()].map((name) => Number.parseInt(name, 10));
  const name = `${String(Math.max(...numbers) + 1).padStart(3, '0')}_m${id}`;
  const tables = [...state.values()].filter(({ table }) => table);
  const parent = tables[random(tables.length || 1)];
  const made = KINDS[pick(random, Object.keys(KINDS))]?.(id, parent?.table ?? 't0') ?? { up: '', down: '' };
  if (parent && made.up.includes(`REFERENCES ${parent.table}`)) needed.add(parent.name);
  return new Map([...state, [name, { name, ...made }]]);
}

type Text = Omit<Made, 'name'>;

const KINDS: Readonly<Record<string, (id: number, parent: string) => Text>> = {
  table: (i) => ({ up: `CREATE TABLE x${i} (id int PRIMARY KEY, v text DEFAULT 'd');`, down: `DROP TABLE x${i};`, table: `x${i}` }),
  child: (i, parent) => ({
    up: `CREATE TABLE x${i} (id int PRIMARY KEY, v text, parent int REFERENCES ${parent});`,
    down: `DROP TABLE x${i};`,
    table: `x${i}`,
  }),
  column: (i) => ({ up: `ALTER TABLE t0 ADD COLUMN c${i} int NOT NULL DEFAULT 3;`, down: `ALTER TABLE t0 DROP COLUMN c${i};` }),
  index: (i) => ({ up: `CREATE INDEX i${i} ON t1 (v, id);`, down: `DROP INDEX i${i};` }),
  concurrently: (i) => ({ up: `CREATE INDEX CONCURRENTLY i${i} ON t1 (lower(v));`, down: `DROP INDEX CONCURRENTLY i${i};` }),
  check: (i) => ({ up: `ALTER TABLE t1 ADD CONSTRAINT k${i} CHECK (id > -${i});`, down: `ALTER TABLE t1 DROP CONSTRAINT k${i};` }),
  view: (i) => ({ up: `CREATE VIEW v${i} AS SELECT id, v FROM t0 WHERE id <> ${i};`, down: `DROP VIEW v${i};` }),
  enum: (i) => ({
    up: `CREATE TYPE e${i} AS ENUM ('a', 'b'); CREATE TABLE x${i} (id int PRIMARY KEY, v text, e e${i} DEFAULT 'a');`,
    down: `DROP TABLE x${i}; DROP TYPE e${i};`,
    table: `x${i}`,
  }),
  trigger: (i) => ({
    up: `CREATE FUNCTION f${i}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER g${i} AFTER INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION f${i}();`,
    down: `DROP TRIGGER g${i} ON t1; DROP FUNCTION f${i}();`,
  }),
};
