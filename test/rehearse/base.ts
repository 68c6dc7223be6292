/** A schema with something of most kinds, for migrations that change one thing of it. */
export const BASE = `
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN price AS numeric CHECK (VALUE >= 0);
CREATE TABLE tenants (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'x', email varchar(80) UNIQUE, score int CHECK (score >= 0),
  mood mood NOT NULL DEFAULT 'ok', note text, made timestamptz DEFAULT now());
CREATE TABLE orders (id bigserial PRIMARY KEY, tenant int NOT NULL REFERENCES tenants (id) ON DELETE CASCADE, amount numeric(10, 2) DEFAULT 0,
  code text COLLATE "C", paid bool, tags text[], cost price);
CREATE INDEX orders_amount_idx ON orders (amount DESC) WHERE paid;
CREATE INDEX orders_code_idx ON orders (code text_pattern_ops);
CREATE VIEW paid_orders WITH (security_barrier) AS SELECT id, amount FROM orders WHERE paid;
CREATE MATERIALIZED VIEW totals AS SELECT tenant, sum(amount) AS total FROM orders GROUP BY tenant;
CREATE UNIQUE INDEX totals_key ON totals (tenant);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := coalesce(NEW.note, 'touched'); RETURN NEW; END $$;
CREATE FUNCTION double(n int) RETURNS int LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT n * 2 $$;
CREATE TRIGGER tenants_touch BEFORE UPDATE ON tenants FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants FOR SELECT USING (id > 0);
GRANT SELECT, INSERT ON tenants TO PUBLIC;
GRANT SELECT (amount) ON orders TO PUBLIC;
REVOKE EXECUTE ON FUNCTION double(int) FROM PUBLIC;
COMMENT ON COLUMN tenants.email IS 'where to write';
COMMENT ON TABLE orders IS 'what was bought';
CREATE SEQUENCE ticket START 100 INCREMENT 5;
CREATE TABLE log (at timestamptz NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE log_2024 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE STATISTICS orders_stats (dependencies) ON tenant, paid FROM orders;
`;
