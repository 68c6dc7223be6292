// What the rules say, what lint says and what polite locking expects, against what was measured (npm run truth).
import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/lint/rules.ts';
import { type Cell, cellOf, MODES, type Mode, stopsReaders, stopsWriters, strongest } from '../../truth/cell.ts';
import { expectedLocks, isAskedFor } from '../../truth/expected-locks.ts';
import type { Form } from '../../truth/forms/form.ts';
import { FORMS, holdsOn, MAJORS } from '../../truth/forms.ts';
import { readTable, tableText } from '../../truth/table.ts';
import { mostWaitedFor, waitedFor } from '../../truth/verdict.ts';
import { disagreements, EXCEPTIONS } from './disagreements.ts';
import { judgeRule } from './judge-rule.ts';
import { lintText } from './lint-text.ts';

const TABLE = new Map(readTable().map((row) => [row.id, row]));
const measured = (id: string, major: number): Cell => {
  const cell = cellOf(TABLE.get(id), major);
  if (!cell) throw new Error(`${id} was not measured on PostgreSQL ${major}: npm run truth`);
  return cell;
};

/** The same complaint on several majors is one. */
class Complaints {
  readonly found = new Map<string, number[]>();
  add(major: number, text: string): void {
    this.found.set(text, [...(this.found.get(text) ?? []), major]);
  }
  get lines(): readonly string[] {
    return [...this.found].map(([text, majors]) => `${text} (${majors.join(', ')})`);
  }
}

test('the table has every form on every major that knows it, and no other', () => {
  expect(FORMS.length).toBeGreaterThan(400);
  expect(new Set(FORMS.map(({ id }) => id)).size).toBe(FORMS.length);
  expect([...TABLE.keys()]).toEqual(FORMS.map(({ id }) => id));
  for (const form of FORMS)
    expect(
      TABLE.get(form.id)
        ?.cells.flatMap(({ majors }) => majors)
        .sort(),
      form.id,
    ).toEqual(MAJORS.filter((major) => holdsOn(form, major)));
});

/** Each form with each cell that was measured of it. */
const cellsOf = (form: Form): readonly { readonly parts: Cell; readonly majors: readonly number[] }[] => TABLE.get(form.id)?.cells ?? [];

/** Who was seen to wait although no lock makes them, or not to wait although one does. */
async function wrongWaits(form: Form, cell: Cell): Promise<readonly string[]> {
  const { schema } = await expectedLocks(form);
  const isTable = (name: string): boolean => schema.find(nameOf(name))?.kind === 'table';
  return cell.flatMap(({ locks = {}, readersWait = [], writersWait = [] }) => {
    const modes = Object.entries(locks);
    const missing = modes.filter(
      ([name, mode]) =>
        isTable(name) && ((stopsReaders(mode) && !readersWait.includes(name)) || (stopsWriters(mode) && !writersWait.includes(name))),
    );
    // Who waits for another's lock reads it along with its own: a partition, an index, the table of a view.
    const isCaused = (stops: (mode: Mode) => boolean, waiting: readonly string[]): boolean =>
      waiting.length === 0 || modes.some(([, mode]) => stops(mode));
    const isRight = isCaused(stopsReaders, readersWait) && isCaused(stopsWriters, writersWait);
    return [
      ...missing.map(([name, mode]) => `${form.id}: nobody waits for ${mode} on ${name}`),
      ...(isRight ? [] : [`${form.id}: somebody waits for nothing`]),
    ];
  });
}

const nameOf = (name: string) => {
  const [own, bare] = name.includes('.') ? name.split('.') : [undefined, name];
  return { name: bare ?? '', ...(own && { schema: own }) };
};

test('who was seen to wait is who has to, by PostgreSQL’s table of conflicts', async () => {
  const wrong = await Promise.all(FORMS.flatMap((form) => cellsOf(form).map(({ parts }) => wrongWaits(form, parts))));
  expect(wrong.flat()).toEqual([]);
  const [form] = FORMS.filter(({ id }) => id === 'columns/add-plain');
  if (!form) throw new Error('no such form');
  expect(await wrongWaits(form, [{ locks: { users: 'Share' } }])).toEqual(['columns/add-plain: nobody waits for Share on users']);
  expect(await wrongWaits(form, [{ readersWait: ['users'] }])).toEqual(['columns/add-plain: somebody waits for nothing']);
});

describe.each(RULES.map((rule) => ({ name: rule.id, rule })))('$name', ({ rule }) => {
  const { since = 0, until = Number.POSITIVE_INFINITY } = rule;
  const majors = MAJORS.filter((major) => major >= since && major <= until);
  test('does on a server what its class says', () => {
    if (EXCEPTIONS[`rule:${rule.id}:bad`]) return;
    for (const major of majors)
      expect(judgeRule(rule, measured(`rule:${rule.id}:bad`, major), measured(`rule:${rule.id}:good`, major)), `${major}`).toEqual([]);
  });
});

test('lint says of every form what was measured, no more and no less', { timeout: 60_000 }, async () => {
  const complaints = new Complaints();
  const excused = new Set<string>();
  for (const form of FORMS)
    for (const major of MAJORS.filter((one) => holdsOn(form, one))) {
      const wrong = disagreements(await lintText(form.sql, { given: form.given, major }), measured(form.id, major));
      if (wrong.length > 0 && EXCEPTIONS[form.id]) excused.add(form.id);
      else for (const text of wrong) complaints.add(major, `${form.id} ${text}`);
    }
  expect(complaints.lines).toEqual([]);
  expect([...excused].sort(), 'exceptions that are used').toEqual(Object.keys(EXCEPTIONS).sort());
});

test('a rule that claims too much, or too little, is noticed', async () => {
  const cell = measured('columns/add-plain', 18);
  const [finding] = await lintText('ALTER TABLE users ALTER COLUMN email SET NOT NULL;', { given: 'CREATE TABLE users (email text);' });
  if (!finding) throw new Error('nothing found');
  expect(disagreements([finding], cell)).toEqual(['keeps nobody waiting; told: set-not-null error']);
  expect(disagreements([], measured('columns/set-not-null', 18))).toEqual(['keeps others waiting; told: nothing']);
  const [rule] = RULES.filter(({ id }) => id === 'set-not-null');
  if (!rule) throw new Error('no such rule');
  expect(judgeRule(rule, cell, cell)).toEqual(['bad keeps nobody waiting while it works']);
  expect(judgeRule({ ...rule, class: 'rewrite' }, measured('columns/set-not-null', 18), cell)).toEqual(['bad rewrites no table']);
  expect(judgeRule({ ...rule, class: 'runtime-error' }, cell, cell)).toEqual(['bad does not fail']);
});

/** DO blocks are opaque, and say so. */
const UNSEEN = ['dml/do-set-not-null', 'dml/do-execute-create-index', 'refused/do-variable', 'refused/do-foreach'];

/** What a text says that it locks, and what it was seen to lock: of the relations that it names, the strongest lock of each or of its indexes. */
async function wrongLocks(form: Form, cell: Cell): Promise<readonly string[]> {
  const { parts, schema } = await expectedLocks(form);
  const tableOf = (name: string): string => schema.findIndex({ name })?.table.name ?? name;
  return cell.flatMap(({ error, locks = {} }, index) => {
    const { locks: expected = {}, text = '' } = parts[index] ?? {};
    if (error) return [];
    const seen: Record<string, Mode> = {};
    for (const [name, mode] of Object.entries(locks)) if (isAskedFor(mode)) seen[tableOf(name)] = strongest(seen[tableOf(name)], mode);
    const isNamed = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text) || name in expected;
    const isGiven = (name: string): boolean => {
      const kind = schema.find(nameOf(name))?.kind;
      return kind !== undefined && kind !== 'sequence';
    };
    const names = [...new Set([...Object.keys(seen).filter(isNamed), ...Object.keys(expected).filter(isGiven)])];
    return names
      .filter((name) => seen[name] !== expected[name])
      .map((name) => `${form.id}: ${name} is locked ${seen[name] ?? 'not at all'}, expected ${expected[name] ?? 'nothing'}`);
  });
}

test('the locks that polite locking expects are those that are taken', async () => {
  const seen = FORMS.filter(({ id }) => !UNSEEN.includes(id));
  const wrong = await Promise.all(seen.flatMap((form) => cellsOf(form).map(({ parts }) => wrongLocks(form, parts))));
  expect(wrong.flat()).toEqual([]);
});

test('a lock that is expected too weak, or for nothing, is noticed', async () => {
  const form = FORMS.find(({ id }) => id === 'columns/add-plain');
  if (!form) throw new Error('no such form');
  expect(await wrongLocks(form, [{ locks: { users: 'Share' } }])).toEqual([
    'columns/add-plain: users is locked Share, expected AccessExclusive',
  ]);
  expect(await wrongLocks(form, [{}])).toEqual(['columns/add-plain: users is locked not at all, expected AccessExclusive']);
});

test('a form a line, so that a difference names it', () => {
  expect(
    tableText([
      { id: 'a', cells: [] },
      { id: 'b', cells: [] },
    ]),
  ).toBe('[\n{"id":"a","cells":[]},\n{"id":"b","cells":[]}\n]\n');
  expect(MODES.at(-1)).toBe('AccessExclusive');
  expect(mostWaitedFor([{ readersWait: ['a'], writersWait: ['a', 'b'] }, {}])).toBe(2);
  expect([...waitedFor({})]).toEqual([]);
});
