-- Migration: 001_init
-- Created at: 2026-11-22
-- Description: Initial schema (tenants, users, subscriptions, audit_logs)

BEGIN;

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION touch_updated_at() IS 'Keeps updated_at true; to be used as a BEFORE UPDATE trigger';

CREATE TABLE tenants (
  id         uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  slug       text        NOT NULL,
  name       text        NOT NULL,
  status     text        NOT NULL DEFAULT 'active',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tenants_slug_key     UNIQUE (slug),
  CONSTRAINT tenants_slug_check   CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  CONSTRAINT tenants_name_check   CHECK (btrim(name) <> ''),
  CONSTRAINT tenants_status_check CHECK (status IN ('active', 'suspended', 'closed'))
);

COMMENT ON TABLE  tenants      IS 'Customers. Every tenant-owned row refers to one and is deleted with it';
COMMENT ON COLUMN tenants.slug IS 'Stable name for URLs: lower case letters, digits and inner hyphens';

CREATE TRIGGER tenants_touch BEFORE UPDATE ON tenants
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE users (
  id            uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id     uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  email         text        NOT NULL,
  full_name     text        NOT NULL,
  role          text        NOT NULL DEFAULT 'member',
  status        text        NOT NULL DEFAULT 'active',
  last_login_at timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT users_email_check  CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 320),
  CONSTRAINT users_role_check   CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
  CONSTRAINT users_status_check CHECK (status IN ('invited', 'active', 'disabled'))
);

-- One account per address and tenant, however the address is typed. Leads on tenant_id, so it serves the foreign key too.
CREATE UNIQUE INDEX users_tenant_id_email_key ON users (tenant_id, lower(email));

COMMENT ON TABLE  users       IS 'People who sign in, each in one tenant';
COMMENT ON COLUMN users.email IS 'As typed; unique per tenant without regard to case';

CREATE TRIGGER users_touch BEFORE UPDATE ON users
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE subscriptions (
  id                   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id            uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  plan                 text        NOT NULL,
  status               text        NOT NULL DEFAULT 'trialing',
  seats                integer     NOT NULL DEFAULT 1,
  current_period_start timestamptz NOT NULL DEFAULT now(),
  current_period_end   timestamptz NOT NULL,
  canceled_at          timestamptz,
  created_at           timestamptz NOT NULL DEFAULT now(),
  updated_at           timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT subscriptions_plan_check     CHECK (plan IN ('free', 'starter', 'pro', 'enterprise')),
  CONSTRAINT subscriptions_status_check   CHECK (status IN ('trialing', 'active', 'past_due', 'canceled')),
  CONSTRAINT subscriptions_seats_check    CHECK (seats > 0),
  CONSTRAINT subscriptions_period_check   CHECK (current_period_end > current_period_start),
  CONSTRAINT subscriptions_canceled_check CHECK ((status = 'canceled') = (canceled_at IS NOT NULL))
);

CREATE INDEX subscriptions_tenant_id_status_idx ON subscriptions (tenant_id, status);
-- A tenant has at most one subscription that is not canceled.
CREATE UNIQUE INDEX subscriptions_tenant_id_live_key ON subscriptions (tenant_id) WHERE status <> 'canceled';

COMMENT ON TABLE subscriptions IS 'What a tenant pays for; canceled ones are kept';

CREATE TRIGGER subscriptions_touch BEFORE UPDATE ON subscriptions
  FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE audit_logs (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id   uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  actor_id    uuid,
  action      text        NOT NULL,
  entity_type text        NOT NULL,
  entity_id   uuid,
  details     jsonb       NOT NULL DEFAULT '{}',
  occurred_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT audit_logs_action_check  CHECK (action ~ '^[a-z_]+(\.[a-z_]+)*$'),
  CONSTRAINT audit_logs_details_check CHECK (jsonb_typeof(details) = 'object')
);

CREATE INDEX audit_logs_tenant_id_occurred_at_idx ON audit_logs (tenant_id, occurred_at DESC);
CREATE INDEX audit_logs_tenant_id_entity_idx ON audit_logs (tenant_id, entity_type, entity_id);

COMMENT ON TABLE  audit_logs          IS 'Who did what; append-only, gone only together with its tenant';
COMMENT ON COLUMN audit_logs.actor_id IS 'The user who acted. No foreign key: the entry outlives the user';

CREATE FUNCTION refuse_audit_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  -- A tenant that is deleted takes its log along: the cascade arrives from within another trigger.
  IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'audit_logs is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER audit_logs_append_only BEFORE UPDATE OR DELETE ON audit_logs
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit_logs
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

COMMIT;
