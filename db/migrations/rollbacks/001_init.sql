-- Rollback for: 001_init

BEGIN;

DROP TABLE IF EXISTS audit_logs;
DROP TABLE IF EXISTS subscriptions;
DROP TABLE IF EXISTS users;
DROP TABLE IF EXISTS tenants;
DROP FUNCTION IF EXISTS refuse_audit_change();
DROP FUNCTION IF EXISTS touch_updated_at();

COMMIT;
