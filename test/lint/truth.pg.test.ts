// A part of the truth table is measured anew, on the oldest and the newest server: TRUTH_SEED=7 TRUTH_FORMS=448 decide which.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCatalogSchema } from '../../src/lint/schema/catalog.ts';
import { type Cell, cellOf } from '../../truth/cell.ts';
import type { Form } from '../../truth/forms/form.ts';
import { FORMS, holdsOn } from '../../truth/forms.ts';
import { measure, prepare } from '../../truth/measure.ts';
import { openSessions, type Sessions } from '../../truth/sessions.ts';
import { readTable } from '../../truth/table.ts';
import { onOldestAndNewest } from '../support/database.ts';
import { sampleSize } from '../support/sample-size.ts';
import { seeded } from '../support/seeded.ts';
import { disagreements, EXCEPTIONS } from './disagreements.ts';
import { lintText } from './lint-text.ts';

const SEED = Number(process.env['TRUTH_SEED'] ?? Date.now() % 100_000);
const COUNT = sampleSize('TRUTH_FORMS', { everyday: 5, inCi: 20 });
const TABLE = new Map(readTable().map((row) => [row.id, row]));

function drawn(forms: readonly Form[]): readonly Form[] {
  const random = seeded(SEED);
  const left = [...forms];
  const taken: Form[] = [];
  while (taken.length < COUNT && left.length > 0) taken.push(...left.splice(random(left.length), 1));
  return taken;
}

/** A cell that is not as it was written down. */
const flipped = (
  form: Form,
  { major, now, table = TABLE }: { readonly major: number; readonly now: Cell; readonly table?: typeof TABLE },
) => {
  const kept = cellOf(table.get(form.id), major);
  return JSON.stringify(kept) === JSON.stringify(now) ? [] : [`${form.id}: ${JSON.stringify(kept)} is now ${JSON.stringify(now)}`];
};

onOldestAndNewest('the truth table', ({ major, sharedDatabase }) => {
  const database = sharedDatabase();
  let sessions: Sessions | undefined;
  const open = (): Sessions => {
    if (!sessions) throw new Error('the sessions are there inside tests only');
    return sessions;
  };
  beforeAll(async () => {
    sessions = await openSessions(database().connect);
  });
  afterAll(() => sessions?.close());

  test(`says what ${COUNT} forms do, drawn by TRUTH_SEED=${SEED}`, { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    for (const form of drawn(FORMS.filter((one) => holdsOn(one, major))))
      wrong.push(...flipped(form, { major, now: await measure(form, open()) }));
    expect(wrong, `TRUTH_SEED=${SEED}`).toEqual([]);
  });

  test('lint beside a catalog says of them what was measured', { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    for (const form of drawn(FORMS.filter((one) => holdsOn(one, major) && !EXCEPTIONS[one.id]))) {
      await prepare(form, open());
      const schema = await readCatalogSchema(open().subject, false);
      schema.isPending = true;
      const findings = await lintText(form.sql, { schema, major });
      wrong.push(...disagreements(findings, cellOf(TABLE.get(form.id), major) ?? []).map((text) => `${form.id} ${text}`));
    }
    expect(wrong, `TRUTH_SEED=${SEED}`).toEqual([]);
  });

  test('a cell that somebody flipped is noticed', async () => {
    const form = FORMS.find(({ id }) => id === 'columns/set-not-null');
    if (!form) throw new Error('no such form');
    const now = await measure(form, open());
    expect(flipped(form, { major, now })).toEqual([]);
    const parts = [{ locks: { users: 'ShareRowExclusive' as const }, writersWait: ['users'], scans: ['users'] }];
    const table = new Map(TABLE).set(form.id, { id: form.id, cells: [{ majors: [major], parts }] });
    expect(flipped(form, { major, now, table })).toHaveLength(1);
  });

  test('a statement that cannot run in a transaction is looked at while it waits', async () => {
    const given = 'CREATE TABLE users (id bigint PRIMARY KEY, email text);';
    const cell = await measure({ id: 'x', given, sql: 'CREATE INDEX CONCURRENTLY i ON users (email);\nVACUUM FULL users;' }, open());
    expect(cell).toEqual([
      { locks: { users: 'ShareUpdateExclusive' }, builds: ['users'] },
      { locks: { users: 'AccessExclusive' }, readersWait: ['users'], writersWait: ['users'], rewrites: ['users'], builds: ['users'] },
    ]);
  });
});
