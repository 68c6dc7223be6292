import { eventHash } from '../../src/history/table-functions.ts';
import type { Random } from '../support/seeded.ts';

/** What the owner of the tables does to them with plain SQL. */
export interface Tampering {
  readonly kind: string;
  /** Only a head that was kept outside the database can reveal it. */
  readonly needsOutsideHead?: true;
  readonly sql: (pick: Random, state: State) => string;
}

/** How many events and rows there are to tamper with. */
export interface State {
  readonly events: number;
  readonly names: readonly string[];
}

const J = 'schema_migrations_journal';
const H = 'schema_migrations';

/** With the guards switched off, and on again as if nothing had been. */
export const unguarded = (sql: string): string =>
  `ALTER TABLE ${J} DISABLE TRIGGER ALL; ${sql}; ALTER TABLE ${J} ENABLE ALWAYS TRIGGER ${J}_append; ALTER TABLE ${J} ENABLE ALWAYS TRIGGER ${J}_keep;`;

/** Gives every event its number and hash anew, as a careful forger does. */
export const RECOMPUTE = `DO $$ DECLARE e record; prev text := ''; n bigint := 0; BEGIN
  FOR e IN SELECT id FROM ${J} ORDER BY id LOOP
    n := n + 1;
    UPDATE ${J} SET id = n, prev_hash = prev WHERE id = e.id;
    UPDATE ${J} j SET hash = ${eventHash('j')} WHERE j.id = n RETURNING j.hash INTO prev;
  END LOOP; END $$`;
const FORGET_HEAD = 'UPDATE schema_migrations_lock SET journal_head = NULL';
const FORGE_HEAD = `UPDATE schema_migrations_lock SET journal_head = (SELECT id || ':' || hash FROM ${J} ORDER BY id DESC LIMIT 1)`;
/** Takes out of history what the journal does not apply any more. */
const CONSISTENT = `DELETE FROM ${H} h WHERE coalesce((SELECT e.event FROM ${J} e WHERE e.name = h.name AND e.event IN ('step-done', 'step-rolled-back')
  ORDER BY e.id DESC LIMIT 1), '') <> 'step-done'`;

const FIELDS = [
  "at = at - interval '1 day'",
  "run = 'another'",
  'details = details || \'{"by": "nobody"}\'',
  "checksum = repeat('0', 64)",
  "name = '999_other'",
  "event = 'settled'",
  "hash = repeat('0', 64)",
  "prev_hash = repeat('0', 64)",
  "script = 'SELECT 1;'",
];
const COLUMNS = [
  "checksum = repeat('0', 64)",
  "migration_time = migration_time - interval '1 day'",
  "applied_by = 'nobody'",
  'batch = batch + 100',
  "name = name || '_x'",
  'id = id + 1000',
  "description = 'harmless'",
  'duration_ms = 999999',
  'name = NULL',
];

const one = <T>(pick: Random, from: readonly T[]): T => from[pick(from.length)] as T;
const someRow = (pick: Random, { names }: State): string => `name = '${one(pick, names)}'`;
const cut = (pick: Random, { events }: State): number => 1 + pick(events - 2);

export const TAMPERINGS: readonly Tampering[] = [
  { kind: 'journal truncated', sql: () => unguarded(`TRUNCATE ${J}`) },
  { kind: 'newest event deleted', sql: () => unguarded(`DELETE FROM ${J} WHERE id = (SELECT max(id) FROM ${J})`) },
  { kind: 'suffix of the journal deleted', sql: (pick, state) => unguarded(`DELETE FROM ${J} WHERE id > ${cut(pick, state)}`) },
  {
    kind: 'suffix of the journal deleted, and history to match',
    sql: (pick, state) => unguarded(`DELETE FROM ${J} WHERE id > ${cut(pick, state)}; ${CONSISTENT}`),
  },
  { kind: 'prefix of the journal deleted', sql: (pick, state) => unguarded(`DELETE FROM ${J} WHERE id <= ${cut(pick, state)}`) },
  { kind: 'one event deleted', sql: (pick, { events }) => unguarded(`DELETE FROM ${J} WHERE id = ${1 + pick(events)}`) },
  {
    kind: 'one event deleted, and the gap closed',
    sql: (pick, { events }) => {
      const id = 1 + pick(events - 1);
      return unguarded(
        `DELETE FROM ${J} WHERE id = ${id}; UPDATE ${J} SET id = -id WHERE id > ${id}; UPDATE ${J} SET id = -id - 1 WHERE id < 0`,
      );
    },
  },
  {
    kind: 'two events change places',
    sql: (pick, { events }) => {
      const [a, b] = [1 + pick(events - 1), events];
      return unguarded(
        `UPDATE ${J} SET id = 0 WHERE id = ${a}; UPDATE ${J} SET id = ${a} WHERE id = ${b}; UPDATE ${J} SET id = ${b} WHERE id = 0`,
      );
    },
  },
  { kind: 'an event changed', sql: (pick, { events }) => unguarded(`UPDATE ${J} SET ${one(pick, FIELDS)} WHERE id = ${1 + pick(events)}`) },
  {
    kind: 'an event forged',
    sql: (_, { events }) =>
      unguarded(
        `INSERT INTO ${J} SELECT ${events + 1}, run, event, now(), name, direction, part, checksum, details, script, hash, md5(hash) FROM ${J} WHERE id = ${events}`,
      ),
  },
  {
    kind: 'a trigger disabled',
    sql: (pick) =>
      one(pick, [
        `ALTER TABLE ${J} DISABLE TRIGGER ${J}_keep`,
        `ALTER TABLE ${J} DISABLE TRIGGER ALL`,
        `ALTER TABLE ${J} ENABLE REPLICA TRIGGER ${J}_append`,
        `ALTER TABLE ${H} DISABLE TRIGGER ALL`,
      ]),
  },
  {
    kind: 'a trigger dropped',
    sql: (pick) =>
      one(pick, [`DROP TRIGGER ${J}_keep ON ${J}`, `DROP TRIGGER ${J}_append ON ${J}`, `DROP TRIGGER ${H}_keep_first ON ${H}`]),
  },
  {
    kind: 'a trigger function replaced',
    sql: (pick) =>
      `CREATE OR REPLACE FUNCTION ${one(pick, [`${J}_keep`, `${J}_append`])}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
  },
  {
    kind: 'a guard bypassed',
    sql: (pick) =>
      one(pick, [
        `CREATE RULE r AS ON INSERT TO ${J} DO INSTEAD NOTHING`,
        `CREATE RULE "Odd r" AS ON DELETE TO ${H} DO INSTEAD NOTHING`,
        `CREATE OR REPLACE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER zz BEFORE INSERT ON ${J} FOR EACH ROW EXECUTE FUNCTION swallow()`,
        `CREATE OR REPLACE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.checksum := NULL; RETURN NEW; END'; CREATE TRIGGER aa BEFORE INSERT ON ${H} FOR EACH ROW EXECUTE FUNCTION forge()`,
        `ALTER TABLE ${J} ENABLE ROW LEVEL SECURITY`,
      ]),
  },
  { kind: 'a row of history deleted', sql: (pick, state) => `DELETE FROM ${H} WHERE ${someRow(pick, state)}` },
  {
    kind: 'a row of history written',
    sql: (pick) => `INSERT INTO ${H} (name, batch, migration_time) VALUES ('${500 + pick(400)}_new', 99, now())`,
  },
  { kind: 'a row of history changed', sql: (pick, state) => `UPDATE ${H} SET ${one(pick, COLUMNS)} WHERE ${someRow(pick, state)}` },
  {
    kind: 'two rows of history change places',
    sql: () =>
      `UPDATE ${H} SET id = -id WHERE id IN (SELECT id FROM ${H} ORDER BY id LIMIT 2); UPDATE ${H} SET id = (SELECT -sum(id) FROM ${H} WHERE id < 0) + id WHERE id < 0`,
  },
  { kind: 'history truncated', sql: () => `TRUNCATE ${H}` },
  { kind: 'history and journal truncated', sql: () => `${unguarded(`TRUNCATE ${J}`)} TRUNCATE ${H}` },
  {
    kind: 'the kept head changed',
    sql: (pick) =>
      `UPDATE schema_migrations_lock SET journal_head = '${one(pick, ['1:00', 'none', `3:${'0'.repeat(64)}`, `9999:${'a'.repeat(64)}`])}'`,
  },
  {
    kind: 'an event changed, and every hash recomputed',
    sql: (pick, { events }) =>
      unguarded(`UPDATE ${J} SET details = details || '{"by": "nobody"}' WHERE id = ${1 + pick(events - 2)}; ${RECOMPUTE}`),
  },
  {
    kind: 'an event deleted, and everything recomputed',
    sql: (pick, { events }) => unguarded(`DELETE FROM ${J} WHERE id = ${1 + pick(events - 1)}; ${RECOMPUTE}`),
  },
  {
    kind: 'an event changed, everything recomputed, and the kept head too',
    needsOutsideHead: true,
    sql: (pick, { events }) =>
      unguarded(`UPDATE ${J} SET at = at - interval '1 day' WHERE id = ${1 + pick(events)}; ${RECOMPUTE}; ${FORGE_HEAD}`),
  },
  {
    kind: 'suffix deleted, history to match, and the kept head forgotten',
    needsOutsideHead: true,
    sql: (pick) => `${unguarded(`DELETE FROM ${J} WHERE id > ${1 + pick(4)}; ${CONSISTENT}`)} ${one(pick, [FORGET_HEAD, FORGE_HEAD])}`,
  },
  {
    kind: 'all three tables emptied',
    needsOutsideHead: true,
    sql: () => `${unguarded(`TRUNCATE ${J}`)} TRUNCATE ${H}; TRUNCATE schema_migrations_lock`,
  },
  { kind: 'the tables dropped', needsOutsideHead: true, sql: () => `DROP TABLE ${H}, ${J}, schema_migrations_lock` },
];
