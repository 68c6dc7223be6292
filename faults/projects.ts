/** Files by path, and what is done with them. */
export interface FaultProject {
  readonly name: string;
  readonly tree: Readonly<Record<string, string>>;
  /** What is applied before the run under fault: a version, or nothing at all. */
  readonly base: string | undefined;
  readonly command: Command;
  /** What is left for the background is done by a worker of the same command, behind its run. */
  readonly isBackground?: true;
}

/** The plain command of the run under fault, which is also what is run again. */
export type Command = 'up' | 'down-to-001' | 'down';

const pair = (name: string, forward: string, back: string): Record<string, string> => ({
  [`db/migrations/${name}.sql`]: forward,
  [`db/migrations/rollbacks/${name}.sql`]: back,
});

const FIRST = pair(
  '001_first',
  `CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE person (id int PRIMARY KEY, name text NOT NULL, age int, mood mood NOT NULL DEFAULT 'ok');
INSERT INTO person SELECT i, 'person ' || i, i % 90 FROM generate_series(1, 500) i;
CREATE INDEX person_age ON person (age);
CREATE INDEX person_old ON person (name, age);
CREATE TABLE event (at int NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (100);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (100) TO (200);
INSERT INTO event SELECT i, 'event ' || i FROM generate_series(0, 199) i;
`,
  'DROP TABLE event; DROP TABLE person; DROP TYPE mood;\n',
);

const ORDERS = pair(
  '002_orders',
  `CREATE TABLE orders (id int PRIMARY KEY, person_id int NOT NULL, total numeric NOT NULL);
INSERT INTO orders SELECT i, i, i * 1.5 FROM generate_series(1, 200) i;
ALTER TABLE orders ADD CONSTRAINT orders_person FOREIGN KEY (person_id) REFERENCES person (id) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_person;
`,
  'DROP TABLE orders;\n',
);

const COUNTERS = pair(
  '003_counters',
  `ALTER TABLE person ADD COLUMN seen int NOT NULL DEFAULT 0;
UPDATE person SET seen = seen + 1;
CREATE FUNCTION seen(p person) RETURNS int LANGUAGE sql AS $$ SELECT p.seen $$;
CREATE VIEW seen_people AS SELECT id, seen FROM person WHERE seen > 0;
`,
  'DROP VIEW seen_people; DROP FUNCTION seen(person); ALTER TABLE person DROP COLUMN seen;\n',
);

// More than one piece of 500 statements: the runner is idle in its transaction in between.
const BULK = pair(
  '004_bulk',
  `CREATE TABLE bulk (id int PRIMARY KEY);\n${Array.from({ length: 510 }, (_, i) => `INSERT INTO bulk VALUES (${i});`).join('\n')}\n`,
  'DROP TABLE bulk;\n',
);

const CONCURRENT = pair(
  '002_concurrent',
  `CREATE INDEX CONCURRENTLY person_name ON person (name);
CREATE INDEX CONCURRENTLY ON person (age, name);
UPDATE person SET age = age + 1;
DROP INDEX CONCURRENTLY person_old;
REINDEX INDEX CONCURRENTLY person_age;
`,
  'DROP INDEX CONCURRENTLY person_name;\nUPDATE person SET age = age - 1;\nCREATE INDEX CONCURRENTLY person_old ON person (name, age);\nDROP INDEX CONCURRENTLY person_age_name_idx;\n',
);

const ENUM_AND_MORE = pair(
  '003_enum_and_more',
  `ALTER TYPE mood ADD VALUE 'happy';
UPDATE person SET mood = 'happy' WHERE age > 50;
VACUUM person;
ALTER TABLE event DETACH PARTITION event_1 CONCURRENTLY;
`,
  "UPDATE person SET mood = 'ok';\nALTER TABLE event ATTACH PARTITION event_1 FOR VALUES FROM (0) TO (100);\n",
);

const CODE = {
  'migrations/002_code.mjs': `export async function up(knex) {
  await knex.schema.createTable('note', (table) => { table.integer('id').primary(); table.text('text'); });
  await knex('note').insert([{ id: 1, text: 'one?' }, { id: 2, text: 'two' }]);
  await knex.raw('UPDATE person SET age = age + ?', [1]);
}
export async function down(knex) {
  await knex.raw('UPDATE person SET age = age - ?', [1]);
  await knex.schema.dropTable('note');
}
`,
};

// Done twice, or not at all, a batch of it shows in the sums.
const BATCHES = pair(
  '002_batches',
  `ALTER TABLE person ADD COLUMN seen int NOT NULL DEFAULT 0;
-- part: backfill batch=130
UPDATE person SET seen = seen + age + 1;
CREATE TABLE seen (id int PRIMARY KEY, seen int);
-- part: backfill batch=200
INSERT INTO seen SELECT id, seen FROM person WHERE age > 10 ON CONFLICT DO NOTHING;
`,
  'DROP TABLE seen;\n-- part: backfill batch=170\nUPDATE person SET seen = seen - age - 1;\n-- part: transaction\nALTER TABLE person DROP COLUMN seen;\n',
);

// Several ranges, of which the last batch of each ends where its range does; two parts, one behind the other.
const BACKGROUND = pair(
  '002_background',
  `ALTER TABLE person ADD COLUMN seen int NOT NULL DEFAULT 0, ADD COLUMN low text;
-- part: backfill in background batch=130
UPDATE person SET seen = seen + age + 1;
-- part: backfill in background batch=200
-- verify: SELECT count(*) FROM person WHERE low IS NULL
UPDATE person SET low = lower(name) WHERE low IS NULL;
`,
  'ALTER TABLE person DROP COLUMN seen, DROP COLUMN low;\n',
);

export const PROJECTS: readonly FaultProject[] = [
  { name: 'transactional', tree: { ...FIRST, ...ORDERS, ...COUNTERS, ...BULK }, base: '001', command: 'up' },
  { name: 'non-transactional', tree: { ...FIRST, ...CONCURRENT, ...ENUM_AND_MORE }, base: '001', command: 'up' },
  { name: 'backfill', tree: { ...FIRST, ...BATCHES }, base: '001', command: 'up' },
  { name: 'rollback of a backfill', tree: { ...FIRST, ...BATCHES }, base: '002', command: 'down' },
  { name: 'background', tree: { ...FIRST, ...BACKGROUND }, base: '001', command: 'up', isBackground: true },
  { name: 'code', tree: { ...FIRST, ...CODE, ...COUNTERS }, base: '001', command: 'up' },
  { name: 'fresh database', tree: { ...FIRST, ...ORDERS }, base: undefined, command: 'up' },
  { name: 'rollback to 001', tree: { ...FIRST, ...CONCURRENT, ...COUNTERS }, base: '003', command: 'down-to-001' },
  { name: 'rollback of the last', tree: { ...FIRST, ...ORDERS, ...COUNTERS }, base: '003', command: 'down' },
];
