import { formsOf } from './form.ts';

const GIVEN = `CREATE TABLE users (id bigint PRIMARY KEY, tenant_id bigint);
CREATE TABLE parents (id bigint NOT NULL, tenant_id bigint);
CREATE TABLE ordered (id bigint, parent_id bigint REFERENCES users);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION noted();
CREATE POLICY own ON users USING (tenant_id = 1);
CREATE RULE quiet AS ON DELETE TO parents DO ALSO NOTIFY gone;`;

export const TRIGGERS_POLICIES = formsOf('triggers-policies', GIVEN, {
  'create-trigger': 'CREATE TRIGGER other BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION noted();',
  'create-or-replace-trigger': 'CREATE OR REPLACE TRIGGER noted BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION noted();',
  'create-constraint-trigger': 'CREATE CONSTRAINT TRIGGER other AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION noted();',
  'drop-trigger': 'DROP TRIGGER noted ON users;',
  'rename-trigger': 'ALTER TRIGGER noted ON users RENAME TO seen;',
  'disable-trigger': 'ALTER TABLE users DISABLE TRIGGER noted;',
  'disable-trigger-all': 'ALTER TABLE users DISABLE TRIGGER ALL;',
  'disable-trigger-user': 'ALTER TABLE users DISABLE TRIGGER USER;',
  'enable-trigger': 'ALTER TABLE users ENABLE TRIGGER noted;',
  'enable-always-trigger': 'ALTER TABLE users ENABLE ALWAYS TRIGGER noted;',
  'enable-replica-trigger': 'ALTER TABLE users ENABLE REPLICA TRIGGER noted;',
  'enable-trigger-all': 'ALTER TABLE users ENABLE TRIGGER ALL;',
  'enable-row-security': 'ALTER TABLE users ENABLE ROW LEVEL SECURITY;',
  'disable-row-security': 'ALTER TABLE users DISABLE ROW LEVEL SECURITY;',
  'force-row-security': 'ALTER TABLE users FORCE ROW LEVEL SECURITY;',
  'create-policy': 'CREATE POLICY other ON users USING (tenant_id = 2);',
  'alter-policy': 'ALTER POLICY own ON users USING (tenant_id = 3);',
  'rename-policy': 'ALTER POLICY own ON users RENAME TO mine;',
  'drop-policy': 'DROP POLICY own ON users;',
  'create-rule': 'CREATE RULE loud AS ON UPDATE TO parents DO ALSO NOTIFY changed;',
  'drop-rule': 'DROP RULE quiet ON parents;',
  'disable-rule': 'ALTER TABLE parents DISABLE RULE quiet;',
  'owner-to': 'ALTER TABLE users OWNER TO truth_owner;',
  grant: 'GRANT SELECT ON users TO PUBLIC;',
  revoke: 'REVOKE ALL ON users FROM PUBLIC;',
  'grant-column': 'GRANT SELECT (id) ON users TO PUBLIC;',
  'replica-identity-full': 'ALTER TABLE users REPLICA IDENTITY FULL;',
  'replica-identity-index': 'ALTER TABLE users REPLICA IDENTITY USING INDEX users_pkey;',
  inherit: 'ALTER TABLE users INHERIT parents;',
  'no-inherit': { given: 'ALTER TABLE users INHERIT parents;', sql: 'ALTER TABLE users NO INHERIT parents;' },
  'create-inherits': 'CREATE TABLE child () INHERITS (parents);',
  'create-table-references': 'CREATE TABLE other (user_id bigint REFERENCES users);',
  'alter-publication': {
    given: 'CREATE PUBLICATION truth_all;',
    sql: 'ALTER PUBLICATION truth_all ADD TABLE users;\nDROP PUBLICATION truth_all;',
  },
  'comment-on-trigger': "COMMENT ON TRIGGER noted ON users IS 'noted';",
  'comment-on-policy': "COMMENT ON POLICY own ON users IS 'own';",
  'create-publication': 'CREATE PUBLICATION truth_all FOR TABLE users;\nDROP PUBLICATION truth_all;',
});
