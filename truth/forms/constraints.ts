import { formsOf } from './form.ts';

const GIVEN = `CREATE TABLE plans (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint NOT NULL, email text, age integer, plan_id bigint, during tsrange);`;
const KEY = 'ADD CONSTRAINT plan FOREIGN KEY (plan_id) REFERENCES plans (id)';

export const CONSTRAINTS = formsOf('constraints', GIVEN, {
  'add-check': 'ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0);',
  'add-check-not-valid': 'ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0) NOT VALID;',
  'add-check-not-enforced': ['ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0) NOT ENFORCED;', { since: 18 }],
  'validate-check': {
    given: 'ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0) NOT VALID;',
    sql: 'ALTER TABLE users VALIDATE CONSTRAINT grown;',
  },
  'validate-check-with-add':
    'ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0) NOT VALID;\nALTER TABLE users VALIDATE CONSTRAINT grown;',
  'validate-check-under-lock': {
    given: 'ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0) NOT VALID;',
    sql: 'ALTER TABLE users ADD COLUMN name text;\nALTER TABLE users VALIDATE CONSTRAINT grown;',
  },
  'add-foreign-key': `ALTER TABLE users ${KEY};`,
  'add-foreign-key-not-valid': `ALTER TABLE users ${KEY} NOT VALID;`,
  'add-foreign-key-not-enforced': [`ALTER TABLE users ${KEY} NOT ENFORCED;`, { since: 18 }],
  'add-foreign-key-to-itself': 'ALTER TABLE plans ADD CONSTRAINT itself FOREIGN KEY (id) REFERENCES plans (id);',
  'add-foreign-key-type-differs': 'ALTER TABLE users ADD CONSTRAINT plan FOREIGN KEY (age) REFERENCES plans (id);',
  'validate-foreign-key': { given: `ALTER TABLE users ${KEY} NOT VALID;`, sql: 'ALTER TABLE users VALIDATE CONSTRAINT plan;' },
  'drop-foreign-key': { given: `ALTER TABLE users ${KEY} NOT VALID;`, sql: 'ALTER TABLE users DROP CONSTRAINT plan;' },
  'alter-foreign-key-deferrable': { given: `ALTER TABLE users ${KEY};`, sql: 'ALTER TABLE users ALTER CONSTRAINT plan DEFERRABLE;' },
  'add-unique': 'ALTER TABLE users ADD CONSTRAINT users_email UNIQUE (email);',
  'add-unique-using-index': {
    given: 'CREATE UNIQUE INDEX users_email ON users (email);',
    sql: 'ALTER TABLE users ADD CONSTRAINT users_email UNIQUE USING INDEX users_email;',
  },
  'add-unique-deferrable': 'ALTER TABLE users ADD CONSTRAINT users_email UNIQUE (email) DEFERRABLE;',
  'add-unique-nulls-not-distinct': ['ALTER TABLE users ADD CONSTRAINT users_email UNIQUE NULLS NOT DISTINCT (email);', { since: 15 }],
  'add-primary-key': 'ALTER TABLE users ADD PRIMARY KEY (id);',
  'add-primary-key-nullable': 'ALTER TABLE users ADD PRIMARY KEY (age);',
  'add-primary-key-using-index': {
    given: 'CREATE UNIQUE INDEX users_id ON users (id);',
    sql: 'ALTER TABLE users ADD CONSTRAINT users_id PRIMARY KEY USING INDEX users_id;',
  },
  'add-primary-key-using-index-nullable': {
    given: 'CREATE UNIQUE INDEX users_age ON users (age);',
    sql: 'ALTER TABLE users ADD CONSTRAINT users_age PRIMARY KEY USING INDEX users_age;',
  },
  'add-exclusion': 'ALTER TABLE users ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);',
  'add-not-null': ['ALTER TABLE users ADD CONSTRAINT n NOT NULL email;', { since: 18 }],
  'add-not-null-not-valid': ['ALTER TABLE users ADD CONSTRAINT n NOT NULL email NOT VALID;', { since: 18 }],
  'validate-not-null': {
    given: 'ALTER TABLE users ADD CONSTRAINT n NOT NULL email NOT VALID;',
    sql: 'ALTER TABLE users VALIDATE CONSTRAINT n;',
    since: 18,
  },
  'set-not-null-and-drop-check': {
    given: 'ALTER TABLE users ADD CONSTRAINT there CHECK (email IS NOT NULL);',
    sql: 'ALTER TABLE users ALTER COLUMN email SET NOT NULL, DROP CONSTRAINT there;',
  },
  'set-not-null-then-drop-check': {
    given: 'ALTER TABLE users ADD CONSTRAINT there CHECK (email IS NOT NULL);',
    sql: 'ALTER TABLE users ALTER COLUMN email SET NOT NULL;\nALTER TABLE users DROP CONSTRAINT there;',
  },
  'drop-check': { given: 'ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0);', sql: 'ALTER TABLE users DROP CONSTRAINT grown;' },
  'rename-constraint': {
    given: 'ALTER TABLE users ADD CONSTRAINT grown CHECK (age > 0);',
    sql: 'ALTER TABLE users RENAME CONSTRAINT grown TO adult;',
  },
  'add-domain-check': {
    given: 'CREATE DOMAIN positive AS integer;\nCREATE TABLE ages (age positive);',
    sql: 'ALTER DOMAIN positive ADD CONSTRAINT above CHECK (VALUE > 0);',
  },
  'add-domain-check-not-valid': {
    given: 'CREATE DOMAIN positive AS integer;\nCREATE TABLE ages (age positive);',
    sql: 'ALTER DOMAIN positive ADD CONSTRAINT above CHECK (VALUE > 0) NOT VALID;',
  },
  'validate-domain-check': {
    given:
      'CREATE DOMAIN positive AS integer;\nALTER DOMAIN positive ADD CONSTRAINT above CHECK (VALUE > 0) NOT VALID;\nCREATE TABLE ages (age positive);',
    sql: 'ALTER DOMAIN positive VALIDATE CONSTRAINT above;',
  },
  'set-domain-not-null': {
    given: 'CREATE DOMAIN positive AS integer;\nCREATE TABLE ages (age positive);',
    sql: 'ALTER DOMAIN positive SET NOT NULL;',
  },
  'create-domain': 'CREATE DOMAIN positive AS integer CHECK (VALUE > 0);',
});
