import { MORE_PLANTED } from './more-planted.ts';
/** Rollbacks with one mistake each, beside the right ones. */
export interface Planted {
  readonly name: string;
  readonly up: string;
  readonly right: string;
  readonly wrong: string;
  /** What the finding must speak of. */
  readonly names: RegExp;
}

const OF_TABLES: readonly Planted[] = [
  {
    name: 'grant',
    up: 'REVOKE INSERT ON tenants FROM PUBLIC;',
    right: 'GRANT INSERT ON tenants TO PUBLIC;',
    wrong: 'SELECT 1;',
    names: /grant public\.tenants/,
  },
  {
    name: 'grant of a column',
    up: 'REVOKE SELECT (amount) ON orders FROM PUBLIC;',
    right: 'GRANT SELECT (amount) ON orders TO PUBLIC;',
    wrong: 'GRANT SELECT ON orders TO PUBLIC;',
    names: /grant public\.orders/,
  },
  {
    name: 'grant of a function',
    up: 'GRANT EXECUTE ON FUNCTION double(int) TO PUBLIC;',
    right: 'REVOKE EXECUTE ON FUNCTION double(int) FROM PUBLIC;',
    wrong: 'SELECT 1;',
    names: /double/,
  },
  {
    name: 'default',
    up: "ALTER TABLE tenants ALTER name SET DEFAULT 'y';",
    right: "ALTER TABLE tenants ALTER name SET DEFAULT 'x';",
    wrong: 'ALTER TABLE tenants ALTER name DROP DEFAULT;',
    names: /column public\.tenants\.name/,
  },
  {
    name: 'not null',
    up: 'ALTER TABLE tenants ALTER name DROP NOT NULL;',
    right: 'ALTER TABLE tenants ALTER name SET NOT NULL;',
    wrong: 'SELECT 1;',
    names: /public\.tenants\.name/,
  },
  {
    name: 'type of a column',
    up: 'ALTER TABLE tenants ALTER score TYPE bigint;',
    right: 'ALTER TABLE tenants ALTER score TYPE int;',
    wrong: 'ALTER TABLE tenants ALTER score TYPE numeric;',
    names: /tenants\.score/,
  },
  {
    name: 'length',
    up: 'ALTER TABLE tenants ALTER email TYPE varchar(200);',
    right: 'ALTER TABLE tenants ALTER email TYPE varchar(80);',
    wrong: 'ALTER TABLE tenants ALTER email TYPE varchar(100);',
    names: /tenants\.email/,
  },
  {
    name: 'collation',
    up: 'ALTER TABLE orders ALTER code TYPE text COLLATE "POSIX";',
    right: 'ALTER TABLE orders ALTER code TYPE text COLLATE "C";',
    wrong: 'ALTER TABLE orders ALTER code TYPE text;',
    names: /orders\.code/,
  },
  {
    name: 'comment',
    up: "COMMENT ON COLUMN tenants.email IS 'login';",
    right: "COMMENT ON COLUMN tenants.email IS 'where to write';",
    wrong: 'COMMENT ON COLUMN tenants.email IS NULL;',
    names: /comment public\.tenants\.email/,
  },
  {
    name: 'index that is unique',
    up: 'DROP INDEX totals_key;',
    right: 'CREATE UNIQUE INDEX totals_key ON totals (tenant);',
    wrong: 'CREATE INDEX totals_key ON totals (tenant);',
    names: /totals_key/,
  },
  {
    name: 'index predicate',
    up: 'DROP INDEX orders_amount_idx;',
    right: 'CREATE INDEX orders_amount_idx ON orders (amount DESC) WHERE paid;',
    wrong: 'CREATE INDEX orders_amount_idx ON orders (amount DESC);',
    names: /orders_amount_idx/,
  },
  {
    name: 'index order',
    up: 'DROP INDEX orders_amount_idx;',
    right: 'CREATE INDEX orders_amount_idx ON orders (amount DESC) WHERE paid;',
    wrong: 'CREATE INDEX orders_amount_idx ON orders (amount) WHERE paid;',
    names: /orders_amount_idx/,
  },
  {
    name: 'index operator class',
    up: 'DROP INDEX orders_code_idx;',
    right: 'CREATE INDEX orders_code_idx ON orders (code text_pattern_ops);',
    wrong: 'CREATE INDEX orders_code_idx ON orders (code);',
    names: /orders_code_idx/,
  },
  {
    name: 'index option',
    up: 'ALTER INDEX orders_code_idx SET (fillfactor = 70);',
    right: 'ALTER INDEX orders_code_idx RESET (fillfactor);',
    wrong: 'SELECT 1;',
    names: /orders_code_idx/,
  },
  {
    name: 'unique constraint',
    up: 'ALTER TABLE tenants DROP CONSTRAINT tenants_email_key;',
    right: 'ALTER TABLE tenants ADD CONSTRAINT tenants_email_key UNIQUE (email);',
    wrong: 'CREATE UNIQUE INDEX tenants_email_key ON tenants (email);',
    names: /tenants_email_key/,
  },
  {
    name: 'check',
    up: 'ALTER TABLE tenants DROP CONSTRAINT tenants_score_check;',
    right: 'ALTER TABLE tenants ADD CONSTRAINT tenants_score_check CHECK (score >= 0);',
    wrong: 'ALTER TABLE tenants ADD CONSTRAINT tenants_score_check CHECK (score > 0) NOT VALID;',
    names: /tenants_score_check/,
  },
  {
    name: 'validity',
    up: 'ALTER TABLE tenants DROP CONSTRAINT tenants_score_check;',
    right: 'ALTER TABLE tenants ADD CONSTRAINT tenants_score_check CHECK (score >= 0);',
    wrong: 'ALTER TABLE tenants ADD CONSTRAINT tenants_score_check CHECK (score >= 0) NOT VALID;',
    names: /tenants_score_check/,
  },
  {
    name: 'foreign key action',
    up: 'ALTER TABLE orders DROP CONSTRAINT orders_tenant_fkey;',
    right: 'ALTER TABLE orders ADD CONSTRAINT orders_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants (id) ON DELETE CASCADE;',
    wrong: 'ALTER TABLE orders ADD CONSTRAINT orders_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants (id);',
    names: /orders_tenant_fkey/,
  },
  {
    name: 'deferrability',
    up: 'ALTER TABLE orders ALTER CONSTRAINT orders_tenant_fkey DEFERRABLE;',
    right: 'ALTER TABLE orders ALTER CONSTRAINT orders_tenant_fkey NOT DEFERRABLE;',
    wrong: 'ALTER TABLE orders ALTER CONSTRAINT orders_tenant_fkey DEFERRABLE INITIALLY DEFERRED;',
    names: /orders_tenant_fkey/,
  },
  {
    name: 'policy',
    up: 'DROP POLICY own ON tenants;',
    right: 'CREATE POLICY own ON tenants FOR SELECT USING (id > 0);',
    wrong: 'CREATE POLICY own ON tenants USING (id > 0);',
    names: /policy public\.tenants\.own/,
  },
  {
    name: 'row security',
    up: 'ALTER TABLE tenants DISABLE ROW LEVEL SECURITY;',
    right: 'ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;',
    wrong: 'SELECT 1;',
    names: /table public\.tenants/,
  },
  {
    name: 'trigger state',
    up: 'ALTER TABLE tenants DISABLE TRIGGER tenants_touch;',
    right: 'ALTER TABLE tenants ENABLE TRIGGER tenants_touch;',
    wrong: 'ALTER TABLE tenants ENABLE ALWAYS TRIGGER tenants_touch;',
    names: /tenants_touch/,
  },
  {
    name: 'trigger event',
    up: 'DROP TRIGGER tenants_touch ON tenants;',
    right: 'CREATE TRIGGER tenants_touch BEFORE UPDATE ON tenants FOR EACH ROW EXECUTE FUNCTION touch();',
    wrong: 'CREATE TRIGGER tenants_touch BEFORE INSERT OR UPDATE ON tenants FOR EACH ROW EXECUTE FUNCTION touch();',
    names: /tenants_touch/,
  },
  {
    name: 'function body',
    up: 'CREATE OR REPLACE FUNCTION double(n int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT n * 3 $$;',
    right: 'CREATE OR REPLACE FUNCTION double(n int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT n * 2 $$;',
    wrong: 'CREATE OR REPLACE FUNCTION double(n int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT n + n $$;',
    names: /double/,
  },
  {
    name: 'volatility',
    up: 'ALTER FUNCTION double(int) STABLE;',
    right: 'ALTER FUNCTION double(int) IMMUTABLE;',
    wrong: 'SELECT 1;',
    names: /double/,
  },
];

export const PLANTED = [...OF_TABLES, ...MORE_PLANTED];
