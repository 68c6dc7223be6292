import { formsOf } from './form.ts';

const PARENT = 'CREATE TABLE events (id bigint, at date NOT NULL) PARTITION BY RANGE (at);';
const STANDING = 'CREATE TABLE events_other PARTITION OF events DEFAULT;';
const CHILD = 'CREATE TABLE events_2026 (id bigint, at date NOT NULL);';
const BOUNDS = "FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')";
const LATER = "FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')";
const CHECKED = "ALTER TABLE events_2026 ADD CONSTRAINT bounds CHECK (at >= '2026-01-01' AND at < '2027-01-01');";
const NOT_LATER = "ALTER TABLE events_other ADD CONSTRAINT bounds CHECK (at < '2030-01-01' OR at >= '2031-01-01');";
const WHOLE = `CREATE TABLE events_2026 PARTITION OF events ${BOUNDS};`;

export const PARTITIONS = formsOf('partitions', PARENT, {
  'create-partition-of': `CREATE TABLE events_2026 PARTITION OF events ${BOUNDS};`,
  'create-partition-of-with-default': { given: STANDING, sql: `CREATE TABLE events_2030 PARTITION OF events ${LATER};` },
  'create-partition-of-with-default-checked': {
    given: `${STANDING}\n${NOT_LATER}`,
    sql: `CREATE TABLE events_2030 PARTITION OF events ${LATER};`,
  },
  'create-partition-of-with-default-checked-nullable': {
    given: `CREATE TABLE days (at date) PARTITION BY RANGE (at);\nCREATE TABLE days_other PARTITION OF days DEFAULT;\nALTER TABLE days_other ADD CHECK (at < '2030-01-01' OR at >= '2031-01-01');`,
    sql: `CREATE TABLE days_2030 PARTITION OF days ${LATER};`,
  },
  'create-default-partition': { given: WHOLE, sql: STANDING },
  'create-like-and-attach': `CREATE TABLE events_2026 (LIKE events INCLUDING ALL);\nALTER TABLE events ATTACH PARTITION events_2026 ${BOUNDS};`,
  attach: { given: CHILD, sql: `ALTER TABLE events ATTACH PARTITION events_2026 ${BOUNDS};` },
  'attach-checked': { given: `${CHILD}\n${CHECKED}`, sql: `ALTER TABLE events ATTACH PARTITION events_2026 ${BOUNDS};` },
  'attach-checked-nullable': {
    given: `CREATE TABLE days (at date) PARTITION BY RANGE (at);\nCREATE TABLE days_2026 (at date);\nALTER TABLE days_2026 ADD CHECK (at >= '2026-01-01' AND at < '2027-01-01');`,
    sql: `ALTER TABLE days ATTACH PARTITION days_2026 ${BOUNDS};`,
  },
  'attach-checked-with-is-not-null': {
    given: `CREATE TABLE days (at date) PARTITION BY RANGE (at);\nCREATE TABLE days_2026 (at date);\nALTER TABLE days_2026 ADD CHECK (at IS NOT NULL AND at >= '2026-01-01' AND at < '2027-01-01');`,
    sql: `ALTER TABLE days ATTACH PARTITION days_2026 ${BOUNDS};`,
  },
  'attach-list-checked-nullable': {
    given:
      "CREATE TABLE kinds (kind text, n integer) PARTITION BY LIST (kind);\nCREATE TABLE kinds_a (kind text, n integer);\nINSERT INTO kinds_a SELECT 'a', i FROM generate_series(1, 3000) i;\nALTER TABLE kinds_a ADD CHECK (kind = 'a');",
    sql: "ALTER TABLE kinds ATTACH PARTITION kinds_a FOR VALUES IN ('a');",
  },
  'attach-with-default': {
    given: `${STANDING}\n${CHILD}\n${CHECKED}\nINSERT INTO events SELECT i, '2020-01-01' FROM generate_series(1, 3000) i;`,
    sql: `ALTER TABLE events ATTACH PARTITION events_2026 ${BOUNDS};`,
  },
  'attach-default': {
    given: `${WHOLE}\nCREATE TABLE events_other (id bigint, at date NOT NULL);\nINSERT INTO events_other SELECT i, '2020-01-01' FROM generate_series(1, 3000) i;`,
    sql: 'ALTER TABLE events ATTACH PARTITION events_other DEFAULT;',
  },
  detach: { given: WHOLE, sql: 'ALTER TABLE events DETACH PARTITION events_2026;' },
  'detach-concurrently': { given: WHOLE, sql: 'ALTER TABLE events DETACH PARTITION events_2026 CONCURRENTLY;' },
  'detach-concurrently-with-default': {
    given: `${WHOLE}\n${STANDING}`,
    sql: 'ALTER TABLE events DETACH PARTITION events_2026 CONCURRENTLY;',
  },
  'drop-partition': { given: WHOLE, sql: 'DROP TABLE events_2026;' },
  'truncate-partition': { given: WHOLE, sql: 'TRUNCATE events_2026;' },
  'add-column': { given: WHOLE, sql: 'ALTER TABLE events ADD COLUMN note text;' },
  'add-check': { given: WHOLE, sql: 'ALTER TABLE events ADD CONSTRAINT c CHECK (id > 0);' },
  'add-unique': { given: WHOLE, sql: 'ALTER TABLE events ADD CONSTRAINT u UNIQUE (id, at);' },
  'add-foreign-key': {
    given: `${WHOLE}\nCREATE TABLE plans (id bigint PRIMARY KEY);`,
    sql: 'ALTER TABLE events ADD CONSTRAINT plan FOREIGN KEY (id) REFERENCES plans (id);',
  },
  'add-foreign-key-not-valid': {
    given: `${WHOLE}\nCREATE TABLE plans (id bigint PRIMARY KEY);`,
    sql: 'ALTER TABLE events ADD CONSTRAINT plan FOREIGN KEY (id) REFERENCES plans (id) NOT VALID;',
  },
  'add-foreign-key-to-partition': {
    given: `${WHOLE}\nCREATE TABLE plans (id bigint PRIMARY KEY);`,
    sql: 'ALTER TABLE events_2026 ADD CONSTRAINT plan FOREIGN KEY (id) REFERENCES plans (id) NOT VALID;',
  },
  'change-type': { given: WHOLE, sql: 'ALTER TABLE events ALTER COLUMN id TYPE numeric;' },
});
